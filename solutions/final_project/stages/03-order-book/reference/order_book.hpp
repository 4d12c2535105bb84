// The reference handler's books behind the interface of stage 3: another inner design (orders inside the hash table's
// cache lines, queues in blocks, ladders of levels) that passes the same tests. Each event is written as the message
// that it came from, because those books read messages where they lie.
#pragma once

#include <lln/feed/big_endian.hpp>
#include <lln/handler/order_book.hpp>
#include <lln/project/book_types.hpp>
#include <lln/project/itch_events.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

namespace lln::project {

class OrderBooks {
 public:
  explicit OrderBooks(const Capacity& capacity, BookSink* sink = nullptr)
      : books_(
            {.orders = capacity.orders, .levels = levels_for(capacity.orders), .symbols = capacity.symbols}),
        sink_{sink} {}

  OrderBooks(const OrderBooks&) = delete;
  OrderBooks& operator=(const OrderBooks&) = delete;

  void on(const OrderAdded& e) noexcept {
    write('A', e).put(e.reference).put(e.side).put(e.shares).put(e.stock).put(e.price).apply(*this);
  }
  void on(const OrderDeleted& e) noexcept { write('D', e).put(e.reference).apply(*this); }
  void on(const OrderCancelled& e) noexcept { write('X', e).put(e.reference).put(e.shares).apply(*this); }
  void on(const OrderExecuted& e) noexcept {
    write('E', e).put(e.reference).put(e.shares).put(e.match).apply(*this);
  }
  void on(const OrderExecutedWithPrice& e) noexcept {
    write('C', e).put(e.reference).put(e.shares).put(e.match).put(e.printable).put(e.price).apply(*this);
  }
  void on(const OrderReplaced& e) noexcept {
    write('U', e).put(e.reference).put(e.new_reference).put(e.shares).put(e.price).apply(*this);
  }
  void on(const Trade& e) noexcept {
    write('P', e)
        .put(std::uint64_t{0})
        .put(e.side)
        .put(e.shares)
        .put(e.stock)
        .put(e.price)
        .put(e.match)
        .apply(*this);
  }
  void on(const CrossTrade& e) noexcept {
    write('Q', e).put(e.shares).put(e.stock).put(e.price).put(e.match).put('O').apply(*this);
  }
  void on(const StockDirectory& e) noexcept { write('R', e).put(e.stock).pad(39).apply(*this); }
  void on(const SystemEvent&) noexcept {}
  void on(const TradingAction&) noexcept {}
  void on(const BrokenTrade&) noexcept {}

  Bbo bbo(std::uint16_t locate) const noexcept { return Forward::same(books_.bbo({locate})); }
  std::size_t levels(std::uint16_t locate, Side side, std::span<Level> out) const noexcept {
    std::size_t written = 0;
    std::array<handler::LevelView, 64> some;
    if (out.size() <= some.size()) {
      written = books_.levels({locate}, static_cast<feed::Side>(side), std::span(some).first(out.size()));
      std::transform(some.begin(), some.begin() + static_cast<std::ptrdiff_t>(written), out.begin(),
                     same_level);
      return written;
    }
    std::vector<handler::LevelView> all(out.size());
    written = books_.levels({locate}, static_cast<feed::Side>(side), all);
    std::transform(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(written), out.begin(), same_level);
    return written;
  }
  std::size_t orders(std::uint16_t locate, std::span<BookOrder> out) const noexcept {
    std::size_t written = 0;
    std::array<handler::OrderView, 64> some;
    if (out.size() <= some.size()) {
      written = books_.orders({locate}, std::span(some).first(out.size()));
      std::transform(some.begin(), some.begin() + static_cast<std::ptrdiff_t>(written), out.begin(),
                     same_order);
      return written;
    }
    std::vector<handler::OrderView> all(out.size());
    written = books_.orders({locate}, all);
    std::transform(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(written), out.begin(), same_order);
    return written;
  }
  std::size_t order_count(std::uint16_t locate) const noexcept { return books_.order_count({locate}); }
  std::size_t order_count() const noexcept { return books_.order_count(); }
  std::uint64_t digest(std::uint16_t locate) const noexcept { return books_.digest({locate}); }
  std::string_view symbol(std::uint16_t locate) const noexcept { return books_.symbol({locate}); }
  const BookCounters& counters() const noexcept {
    const handler::BookCounters& theirs = books_.counters();
    counters_ = {.bad_locate = theirs.bad_locate,
                 .invalid_field = theirs.invalid_field,
                 .unknown_reference = theirs.unknown_reference,
                 .duplicate_reference = theirs.duplicate_reference,
                 .over_reduced = theirs.over_reduced,
                 .capacity_exhausted = theirs.capacity_exhausted};
    return counters_;
  }
  void clear() noexcept { books_.clear(); }

 private:
  // A block for each level, and one more for every ten orders.
  static std::uint32_t levels_for(std::uint32_t orders) {
    return static_cast<std::uint32_t>(
        std::min<std::uint64_t>(std::uint64_t{orders} + orders / 10 + 16, (1U << 24) - 2));
  }
  static Level same_level(const handler::LevelView& level) noexcept {
    return {level.price, level.orders, level.shares};
  }
  static BookOrder same_order(const handler::OrderView& order) noexcept {
    return {order.ref, static_cast<Side>(order.side), order.price, order.shares};
  }

  // One message with its length in front, as in a packet.
  class Writer {
   public:
    template <class T>
      requires std::is_integral_v<T>
    Writer& put(T value) noexcept {
      feed::store_be(bytes_.data() + size_, static_cast<std::make_unsigned_t<T>>(value));
      size_ += sizeof value;
      return *this;
    }
    Writer& put(const Stock& stock) noexcept {
      for (const char letter : stock) put(letter);
      return *this;
    }
    Writer& pad(std::size_t length) noexcept {
      size_ = 2 + length;
      return *this;
    }
    void apply(OrderBooks& books) noexcept {
      feed::store_be(bytes_.data(), static_cast<std::uint16_t>(size_ - 2));
      books.books_.apply_one(std::span(bytes_).subspan(2, size_ - 2), books.sink_);
    }

   private:
    std::array<std::byte, 64> bytes_{};
    std::size_t size_ = 2;
  };
  static Writer write(char type, const EventHeader& header) noexcept {
    Writer writer;
    writer.put(type).put(header.locate).put(std::uint16_t{0}).put(std::uint16_t{0}).put(std::uint32_t{0});
    return writer;
  }

  struct Forward {
    BookSink* to;

    static Bbo same(const handler::Bbo& bbo) noexcept {
      return {bbo.bid_price, bbo.bid_shares, bbo.ask_price, bbo.ask_shares};
    }
    void on_bbo(handler::Locate locate, const handler::Bbo& bbo) noexcept {
      if (to != nullptr) to->on_bbo(locate.value, same(bbo));
    }
    void on_trade(handler::Locate locate, std::uint32_t price, std::uint64_t shares, std::uint64_t match,
                  bool printable) noexcept {
      if (to != nullptr) to->on_trade(locate.value, price, shares, match, printable);
    }
    void on_applied(const std::byte*) noexcept {}
  };

  handler::OrderBooks books_;
  Forward sink_;
  mutable BookCounters counters_;
};

}  // namespace lln::project
