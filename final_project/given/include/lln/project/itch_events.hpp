// ITCH messages as values: what the decoder (stage 1) makes of bytes and the books (stage 3) are made of.
//
// Numbers are in the machine's byte order, as they came: nothing here has been judged. Prices have four decimals
// (12345 is 1.2345). Field by field: SPEC.md section 2. The types that no book needs are decoded to nothing.
#pragma once

#include <array>
#include <cstdint>

namespace lln::project {

using Stock = std::array<char, 8>;  ///< spaces on the right
using Mpid = std::array<char, 4>;   ///< spaces on the right

/// What every message begins with.
struct EventHeader {
  std::uint16_t locate = 0;        ///< the instrument; 0: none
  std::uint64_t timestamp_ns = 0;  ///< since midnight
};

/// S
struct SystemEvent : EventHeader {
  char event = ' ';
};

/// R
struct StockDirectory : EventHeader {
  Stock stock{};
};

/// H
struct TradingAction : EventHeader {
  Stock stock{};
  char state = ' ';
};

/// A, and F, which names the participant
struct OrderAdded : EventHeader {
  std::uint64_t reference = 0;
  char side = ' ';  ///< 'B' or 'S' in a valid message
  std::uint32_t shares = 0;
  Stock stock{};
  std::uint32_t price = 0;
  Mpid participant{};  ///< zeros for A
};

/// E
struct OrderExecuted : EventHeader {
  std::uint64_t reference = 0;
  std::uint32_t shares = 0;
  std::uint64_t match = 0;
};

/// C
struct OrderExecutedWithPrice : EventHeader {
  std::uint64_t reference = 0;
  std::uint32_t shares = 0;
  std::uint64_t match = 0;
  char printable = ' ';  ///< 'N': not volume
  std::uint32_t price = 0;
};

/// X
struct OrderCancelled : EventHeader {
  std::uint64_t reference = 0;
  std::uint32_t shares = 0;
};

/// D
struct OrderDeleted : EventHeader {
  std::uint64_t reference = 0;
};

/// U
struct OrderReplaced : EventHeader {
  std::uint64_t reference = 0;
  std::uint64_t new_reference = 0;
  std::uint32_t shares = 0;
  std::uint32_t price = 0;
};

/// P
struct Trade : EventHeader {
  char side = ' ';
  std::uint32_t shares = 0;
  Stock stock{};
  std::uint32_t price = 0;
  std::uint64_t match = 0;
};

/// Q
struct CrossTrade : EventHeader {
  std::uint64_t shares = 0;
  Stock stock{};
  std::uint32_t price = 0;
  std::uint64_t match = 0;
};

/// B
struct BrokenTrade : EventHeader {
  std::uint64_t match = 0;
};

}  // namespace lln::project
