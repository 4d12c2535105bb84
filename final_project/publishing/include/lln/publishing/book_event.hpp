// What a handler tells its neighbours on the same machine: best prices, trades, and how far both can be trusted.
//
// Plain values of fixed size, in the machine's byte order, written into memory that other processes map: a change of any
// of them is a change of `layout_version` (layout.hpp). Prices have four decimals (12345 is 1.2345).
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <type_traits>

namespace lln::publishing {

using Stock = std::array<char, 8>;       ///< spaces on the right; zeros: not named yet
using SessionId = std::array<char, 10>;  ///< spaces on the right

/// Best bid and offer. A side without orders has price 0 and shares 0.
struct Quote {
  std::uint64_t bid_shares = 0;
  std::uint64_t ask_shares = 0;
  std::uint32_t bid_price = 0;
  std::uint32_t ask_price = 0;

  friend bool operator==(const Quote&, const Quote&) = default;
};

struct TradePrint {
  std::uint64_t match = 0;
  std::uint64_t shares = 0;
  std::uint32_t price = 0;
  std::uint32_t printable = 0;  ///< 1: counts as volume

  friend bool operator==(const TradePrint&, const TradePrint&) = default;
};

enum class EventKind : std::uint8_t {
  session,      ///< another session begins: forget everything
  quote,        ///< the best bid and offer of one symbol, absolute
  trade,        ///< one print
  books_void,   ///< messages are missing: quotes are wrong until books_valid
  books_valid,  ///< and the quotes that differ have been sent
  end,          ///< of the session; nothing follows
};

/// What made an event.
struct Cause {
  std::uint64_t sequence = 0;  ///< MoldUDP64 number of the message; 0: none (a snapshot)
  std::int64_t rx_ns = 0;      ///< when its packet came, CLOCK_REALTIME; 0: unknown
};

/// One item of the ring.
struct BookEvent {
  EventKind kind = EventKind::session;
  std::uint8_t unused = 0;
  std::uint16_t locate = 0;          ///< of a quote or trade
  std::uint32_t session_number = 0;  ///< 1 for the publisher's first session
  Cause cause;
  std::uint64_t ticks = 0;              ///< TscClock when it was published: the same counter in all processes
  std::array<std::uint64_t, 3> body{};  ///< a Quote or a TradePrint, by kind

  Quote quote() const noexcept { return std::bit_cast<Quote>(body); }
  TradePrint trade() const noexcept { return std::bit_cast<TradePrint>(body); }
};

/// What is known of one symbol, the latest.
struct SymbolState {
  Quote quote;
  std::uint64_t volume = 0;      ///< shares of printable trades
  std::uint64_t next_event = 0;  ///< number of the first event that is not in here
  Stock stock{};
  std::uint32_t last_price = 0;   ///< of the last trade; 0: none
  std::uint32_t last_shares = 0;  ///< of the same, saturating
};

enum class FeedPhase : std::uint8_t { waiting, live, recovering, ended };

/// Where the feed stands, renewed with every beat.
struct FeedStatus {
  SessionId session{};
  FeedPhase phase = FeedPhase::waiting;
  bool books_valid = true;
  std::uint32_t session_number = 0;
  std::uint64_t messages = 0;  ///< applied to the books in all sessions
};

static_assert(std::is_trivially_copyable_v<BookEvent> && sizeof(BookEvent) == 56,
              "with its version one cache line");
static_assert(std::is_trivially_copyable_v<SymbolState> && sizeof(SymbolState) == 56, "the same");
static_assert(std::is_trivially_copyable_v<FeedStatus> && sizeof(FeedStatus) == 24);

}  // namespace lln::publishing
