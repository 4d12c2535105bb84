// The output stream of a handler: records of 40 bytes that say what the books became, and because of which message.
//
// Threads: pure functions. Guarantees: noexcept, no allocation but in describe(); encoding is some byte swaps and
// stores. Source: SPEC.md section 11.
#pragma once

#include <lln/feed/big_endian.hpp>
#include <lln/feed/itch_types.hpp>
#include <lln/feed/moldudp64.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>

namespace lln::feed {

inline constexpr std::size_t output_record_size = 40;
inline constexpr std::uint16_t output_version = 1;

/// A session is taken up: all books are empty, no price is known.
struct SessionBegin {
  std::uint64_t sequence = 0;  ///< the next message
  SessionId session{};
  std::uint16_t version = output_version;
  bool operator==(const SessionBegin&) const = default;
};

/// After a message that changed the best price, or the shares at it, on either side; at most once a message. A side
/// without orders has price 0 and shares 0.
struct BestPrices {
  std::uint64_t sequence = 0;
  Locate locate;
  std::uint32_t bid_price = 0;
  std::uint32_t ask_price = 0;
  std::uint64_t bid_shares = 0;
  std::uint64_t ask_shares = 0;
  bool operator==(const BestPrices&) const = default;
};

/// E, C, P and Q of more than 0 shares, before the BestPrices of the same message.
struct TradePrint {
  std::uint64_t sequence = 0;
  Locate locate;
  std::uint32_t price = 0;
  std::uint64_t shares = 0;
  std::uint64_t match = 0;
  bool printable = true;
  bool operator==(const TradePrint&) const = default;
};

/// The books are those of a snapshot now. The best prices of every book that is not empty follow.
struct BooksReplaced {
  std::uint64_t sequence = 0;  ///< the first message that is not in them
  bool operator==(const BooksReplaced&) const = default;
};

/// Messages [sequence, end) were given up: the books may be wrong from here on.
struct MessagesLost {
  std::uint64_t sequence = 0;
  std::uint64_t end = 0;
  bool operator==(const MessagesLost&) const = default;
};

struct SessionEnd {
  std::uint64_t sequence = 0;  ///< one past the last message
  bool operator==(const SessionEnd&) const = default;
};

using OutputRecord =
    std::variant<SessionBegin, BestPrices, TradePrint, BooksReplaced, MessagesLost, SessionEnd>;
using OutputBytes = std::span<std::byte, output_record_size>;

void encode(const SessionBegin& record, OutputBytes to) noexcept;
void encode(const BooksReplaced& record, OutputBytes to) noexcept;
void encode(const MessagesLost& record, OutputBytes to) noexcept;
void encode(const SessionEnd& record, OutputBytes to) noexcept;

inline void encode(const BestPrices& record, OutputBytes to) noexcept {
  store_be(&to[0], (std::uint32_t{'B'} << 24) | record.locate.value);
  store_be(&to[4], std::uint32_t{0});
  store_be(&to[8], record.sequence);
  store_be(&to[16], record.bid_price);
  store_be(&to[20], record.ask_price);
  store_be(&to[24], record.bid_shares);
  store_be(&to[32], record.ask_shares);
}

inline void encode(const TradePrint& record, OutputBytes to) noexcept {
  const std::uint32_t printable = record.printable ? 'Y' : 'N';
  store_be(&to[0], (std::uint32_t{'T'} << 24) | (printable << 16) | record.locate.value);
  store_be(&to[4], record.price);
  store_be(&to[8], record.sequence);
  store_be(&to[16], record.shares);
  store_be(&to[24], record.match);
  store_be(&to[32], std::uint64_t{0});
}

/// Nothing when the kind is unknown.
std::optional<OutputRecord> decode_output(std::span<const std::byte, output_record_size> from) noexcept;

/// For people: "best prices of locate 13 after message 1002: bid 300 at 150.1200, ask 250 at 150.1300".
std::string describe(const OutputRecord& record);

}  // namespace lln::feed
