// Values that the order books take and hand out. No behaviour, no ownership, any thread.
#pragma once

#include <lln/feed/itch_types.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace lln::handler {

using feed::Locate;
using feed::Side;

/// How much memory the books take at construction. Nothing grows later: what finds no room is refused and counted in
/// BookCounters::capacity_exhausted. The defaults hold a busy NASDAQ day (1.65 M live orders, 8,400 symbols).
struct Capacity {
  std::uint32_t orders = 2'000'000;  ///< live at once, 1 to 2^28
  /// Queue blocks: one for each (symbol, side, price) with orders, one more for every ten orders beyond ten. 1 to
  /// 2^24 - 2.
  std::uint32_t levels = 800'000;
  std::uint32_t symbols = 65'535;  ///< locates 1 .. symbols; at most 65,535
};

/// Best bid and offer. A side without orders has price 0 and shares 0. Prices in 1/10,000 dollar.
struct Bbo {
  std::uint64_t bid_shares = 0;
  std::uint64_t ask_shares = 0;
  std::uint32_t bid_price = 0;
  std::uint32_t ask_price = 0;

  friend bool operator==(const Bbo&, const Bbo&) = default;
};

struct LevelView {
  std::uint32_t price = 0;   ///< 1/10,000 dollar
  std::uint32_t orders = 0;  ///< in the queue
  std::uint64_t shares = 0;  ///< sum over the queue

  friend bool operator==(const LevelView&, const LevelView&) = default;
};

struct OrderView {
  std::uint64_t ref = 0;
  Side side = Side::buy;
  std::uint32_t price = 0;   ///< 1/10,000 dollar
  std::uint32_t shares = 0;  ///< remaining

  friend bool operator==(const OrderView&, const OrderView&) = default;
};

/// What was traded in one symbol today. A C that is not printable takes shares out of the book but is no volume: the
/// cross that it belongs to is printed as one Q. Notionals are shares x price in 1/10,000 dollar and wrap at 2^64.
struct SymbolStatistics {
  std::uint64_t executions = 0;  ///< E and printable C
  std::uint64_t executed_shares = 0;
  std::uint64_t executed_notional = 0;
  std::uint64_t unprinted_executions = 0;  ///< C with printable N
  std::uint64_t hidden_trades = 0;         ///< P
  std::uint64_t hidden_shares = 0;
  std::uint64_t hidden_notional = 0;
  std::uint64_t crosses = 0;  ///< Q
  std::uint64_t cross_shares = 0;
  std::uint32_t last_price = 0;   ///< of the latest E, printable C, P or Q with shares; 1/10,000 dollar
  std::uint32_t last_shares = 0;  ///< of the same, saturating

  friend bool operator==(const SymbolStatistics&, const SymbolStatistics&) = default;
};

/// What the books met, good and bad; the names are those of SPEC.md section 9.
struct BookCounters {
  std::array<std::uint64_t, 256> messages{};  ///< by type byte, bad ones included
  std::uint64_t unknown_type = 0;
  std::uint64_t truncated = 0;
  std::uint64_t bad_locate = 0;
  std::uint64_t invalid_field = 0;
  std::uint64_t unknown_reference = 0;
  std::uint64_t duplicate_reference = 0;
  std::uint64_t over_reduced = 0;
  std::uint64_t capacity_exhausted = 0;

  std::uint64_t total() const noexcept {
    std::uint64_t sum = 0;
    for (const std::uint64_t count : messages) sum += count;
    return sum;
  }

  friend bool operator==(const BookCounters&, const BookCounters&) = default;
};

}  // namespace lln::handler
