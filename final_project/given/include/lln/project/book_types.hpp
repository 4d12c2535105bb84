// Values that the order books take and hand out, and the one who is told what changed.
//
// Plain values without ownership. Prices have four decimals (12345 is 1.2345).
#pragma once

#include <cstdint>

namespace lln::project {

/// How much the books are made for. All memory is taken at construction.
struct Capacity {
  std::uint32_t symbols = 65'535;  ///< locates 1 .. symbols
  std::uint32_t orders =
      2'000'000;  ///< live at once, all symbols together; they may all have prices of their own
};

enum class Side : char { buy = 'B', sell = 'S' };

/// Best bid and offer. A side without orders has price 0 and shares 0.
struct Bbo {
  std::uint32_t bid_price = 0;
  std::uint64_t bid_shares = 0;
  std::uint32_t ask_price = 0;
  std::uint64_t ask_shares = 0;

  bool operator==(const Bbo&) const = default;
};

/// All orders of one side and price.
struct Level {
  std::uint32_t price = 0;
  std::uint32_t orders = 0;
  std::uint64_t shares = 0;

  bool operator==(const Level&) const = default;
};

struct BookOrder {
  std::uint64_t reference = 0;
  Side side = Side::buy;
  std::uint32_t price = 0;
  std::uint32_t shares = 0;  ///< remaining, never 0

  bool operator==(const BookOrder&) const = default;
};

/// What was wrong with messages; the names are those of SPEC.md section 9.3.
struct BookCounters {
  std::uint64_t bad_locate = 0;
  std::uint64_t invalid_field = 0;
  std::uint64_t unknown_reference = 0;
  std::uint64_t duplicate_reference = 0;
  std::uint64_t over_reduced = 0;
  std::uint64_t capacity_exhausted = 0;

  bool operator==(const BookCounters&) const = default;
};

/// Is told what a message changed, when the books show it already. Must not call back into a change of the books.
class BookSink {
 public:
  virtual ~BookSink() = default;
  /// The best price of a side, or its shares, are others than before the message. At most once a message, after its
  /// trade.
  virtual void on_bbo(std::uint16_t locate, const Bbo& bbo) noexcept = 0;
  /// Shares that changed hands: E at the order's price, C at its own; P and Q as they say. Never 0 shares.
  /// Not printable (C with 'N'): no volume, because a cross will print it.
  virtual void on_trade(std::uint16_t locate, std::uint32_t price, std::uint64_t shares, std::uint64_t match,
                        bool printable) noexcept = 0;
};

}  // namespace lln::project
