// Stage 3: the order books of all symbols. The brief is in README.md.
#pragma once

#include <lln/project/book_types.hpp>
#include <lln/project/itch_events.hpp>

#include <book_parts.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace lln::project {

// Every live order of every symbol, in its place in its queue. Each event has the effect that SPEC.md section 9.3 says,
// whatever its fields are; nothing is fatal. One thread. Memory is taken in the constructor: no allocation after it.
class OrderBooks {
 public:
  // sink: is told of changes (book_types.hpp); nullptr: nobody is. Throws when there is no memory.
  explicit OrderBooks(const Capacity& capacity, BookSink* sink = nullptr) {
    static_cast<void>(capacity);  // TODO 1
    static_cast<void>(sink);
  }

  OrderBooks(const OrderBooks&) = delete;
  OrderBooks& operator=(const OrderBooks&) = delete;

  void on(const OrderAdded&) noexcept {}              // TODO 1
  void on(const OrderDeleted&) noexcept {}            // TODO 3
  void on(const OrderCancelled&) noexcept {}          // TODO 3
  void on(const OrderExecuted&) noexcept {}           // TODO 3
  void on(const OrderExecutedWithPrice&) noexcept {}  // TODO 3
  void on(const OrderReplaced&) noexcept {}           // TODO 4
  void on(const Trade&) noexcept {}  // TODO 5: a trade of an order that was never shown. Locate 0 to symbols
  void on(const CrossTrade&) noexcept {}      // TODO 5: likewise
  void on(const StockDirectory&) noexcept {}  // TODO 6
  void on(const SystemEvent&) noexcept {}     // no effect on a book, as the next two
  void on(const TradingAction&) noexcept {}
  void on(const BrokenTrade&) noexcept {}

  // Any locate may be asked for: one that has no orders, or is beyond the capacity, has an empty book.

  Bbo bbo(std::uint16_t) const noexcept {
    return {1, 41, 1, 41};  // TODO 2
  }
  // Best first, as many as `out` has room for; returns how many were written.
  std::size_t levels(std::uint16_t, Side, std::span<Level>) const noexcept {
    return 0;  // TODO 2
  }
  // In the order of the digest (SPEC.md section 10), as many as `out` has room for; returns how many were written.
  std::size_t orders(std::uint16_t, std::span<BookOrder>) const noexcept {
    return 0;  // TODO 2
  }
  std::size_t order_count(std::uint16_t) const noexcept { return 41; }  // TODO 2: of one symbol
  std::size_t order_count() const noexcept { return 41; }               // TODO 2: of all
  std::uint64_t digest(std::uint16_t) const noexcept {
    return 41;  // TODO 2: SPEC.md section 10
  }
  // Of the latest StockDirectory, without the padding; empty when there was none.
  std::string_view symbol(std::uint16_t) const noexcept { return "?"; }  // TODO 6
  const BookCounters& counters() const noexcept { return counters_; }

  // No orders and no symbols, as after construction; the counters stay. The sink is not told.
  void clear() noexcept {}  // TODO 6

 private:
  BookCounters counters_{.bad_locate = 41};
};

}  // namespace lln::project
