// Values that the order books take and hand out. No behaviour, no ownership, any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace lln::handler {

// ITCH stock locate: today's number of an instrument, dense from 1.
enum class Locate : std::uint16_t {};

constexpr std::size_t index(Locate locate) noexcept { return static_cast<std::size_t>(locate); }

enum class Side : std::uint8_t { bid, ask };

// How much memory the books take at construction. Nothing grows later: what does not fit is refused and
// counted in BookCounters::capacity_exhausted.
struct Capacity {
  std::uint32_t orders = 2'000'000;  // live at once; a busy NASDAQ day needs 1.65 M
  std::uint32_t levels =
      1'000'000;                   // distinct (symbol, side, price) at once, long queues count several times
  std::uint32_t symbols = 16'384;  // locates 1 .. symbols
};

// Best bid and offer. A side without orders has price 0 and shares 0. Prices in 1/10,000 dollar.
struct Bbo {
  std::uint32_t bid_price = 0;
  std::uint32_t ask_price = 0;
  std::uint64_t bid_shares = 0;
  std::uint64_t ask_shares = 0;

  friend bool operator==(const Bbo&, const Bbo&) = default;
};

struct LevelView {
  std::uint32_t price = 0;   // 1/10,000 dollar
  std::uint32_t orders = 0;  // in the queue
  std::uint64_t shares = 0;  // sum over the queue

  friend bool operator==(const LevelView&, const LevelView&) = default;
};

struct OrderView {
  std::uint64_t ref = 0;
  Side side = Side::bid;
  std::uint32_t price = 0;
  std::uint32_t shares = 0;

  friend bool operator==(const OrderView&, const OrderView&) = default;
};

// What was traded in one symbol today. Continuous trading: E, printable C, and P. Non-printable C takes
// shares from the book, but is not volume: the cross that it belongs to is printed as one Q.
struct SymbolStatistics {
  std::uint64_t executed_shares = 0;    // E, printable C, P
  std::uint64_t executed_notional = 0;  // the same, shares x price in 1/10,000 dollar; wraps at 2^64
  std::uint64_t trade_count = 0;        // the same, messages
  std::uint64_t cross_shares = 0;       // Q
  std::uint64_t cross_count = 0;        // Q with shares
  std::uint32_t last_price = 0;         // of the latest print of any kind, 1/10,000 dollar; 0 = none yet

  friend bool operator==(const SymbolStatistics&, const SymbolStatistics&) = default;
};

// What the books met, good and bad. A bad message changes no book unless its row says so.
struct BookCounters {
  std::array<std::uint64_t, 256> messages{};  // by type byte, bad ones included
  std::uint64_t applied = 0;                  // of known type and right length
  std::uint64_t unknown_type = 0;             // skipped by length
  std::uint64_t truncated = 0;                // empty, or shorter or longer than its type says
  std::uint64_t unknown_reference = 0;        // E, C, X, D, U on an order that is not there
  std::uint64_t duplicate_reference = 0;      // A, F, U with a reference that is alive
  std::uint64_t over_reduced = 0;             // E, C, X for more shares than the order has
  std::uint64_t zero_shares = 0;              // A, F, U, E, C, X with zero shares
  std::uint64_t bad_locate = 0;               // locate 0, above the capacity, or not the order's own
  std::uint64_t capacity_exhausted = 0;       // no room for an order or level

  friend bool operator==(const BookCounters&, const BookCounters&) = default;
};

}  // namespace lln::handler
