// mutant: invalid release: a replace that cannot be done leaves the old order where it is
#pragma once

#include <lln/feed/digest_builder.hpp>
#include <lln/project/book_types.hpp>
#include <lln/project/itch_events.hpp>

#include <book_parts.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace lln::project {

class OrderBooks {
 public:
  explicit OrderBooks(const Capacity& capacity, BookSink* sink = nullptr)
      : capacity_(capacity),
        sink_(sink),
        index_(capacity.orders),
        orders_(capacity.orders),
        levels_(capacity.orders),
        books_(std::size_t{capacity.symbols} + 1) {
    clear();
  }

  OrderBooks(const OrderBooks&) = delete;
  OrderBooks& operator=(const OrderBooks&) = delete;

  void on(const OrderAdded& event) noexcept {
    if (event.locate == 0 || event.locate > capacity_.symbols) return count(counters_.bad_locate);
    if (event.side != 'B' && event.side != 'S') return count(counters_.invalid_field);
    const Bbo before = bbo(event.locate);
    add(event.locate, static_cast<Side>(event.side), event.reference, event.shares, event.price);
    tell(event.locate, before);
  }

  void on(const OrderDeleted& event) noexcept {
    const std::uint32_t order = find(event.reference, event.locate);
    if (order == no_place) return;
    const Bbo before = bbo(event.locate);
    remove(order);
    tell(event.locate, before);
  }

  void on(const OrderCancelled& event) noexcept {
    const std::uint32_t order = find(event.reference, event.locate);
    if (order == no_place) return;
    const Bbo before = bbo(event.locate);
    reduce(order, event.shares);
    tell(event.locate, before);
  }

  void on(const OrderExecuted& event) noexcept {
    const std::uint32_t order = find(event.reference, event.locate);
    if (order == no_place) return;
    const Bbo before = bbo(event.locate);
    const std::uint32_t price = levels_[orders_[order].level].price;
    trade(event.locate, price, reduce(order, event.shares), event.match, true);
    tell(event.locate, before);
  }

  void on(const OrderExecutedWithPrice& event) noexcept {
    const std::uint32_t order = find(event.reference, event.locate);
    if (order == no_place) return;
    const Bbo before = bbo(event.locate);
    trade(event.locate, event.price, reduce(order, event.shares), event.match, event.printable != 'N');
    tell(event.locate, before);
  }

  void on(const OrderReplaced& event) noexcept {
    const std::uint32_t order = find(event.reference, event.locate);
    if (order == no_place) return;
    if (event.shares == 0 || event.price > max_price) return count(counters_.invalid_field);
    const Bbo before = bbo(event.locate);
    const Side side = levels_[orders_[order].level].side;
    remove(order);
    add(event.locate, side, event.new_reference, event.shares, event.price);
    tell(event.locate, before);
  }

  void on(const Trade& event) noexcept {
    if (event.locate <= capacity_.symbols) trade(event.locate, event.price, event.shares, event.match, true);
  }
  void on(const CrossTrade& event) noexcept {
    if (event.locate <= capacity_.symbols) trade(event.locate, event.price, event.shares, event.match, true);
  }
  void on(const StockDirectory& event) noexcept {
    if (event.locate == 0 || event.locate > capacity_.symbols) return count(counters_.bad_locate);
    books_[event.locate].symbol = event.stock;
  }
  void on(const SystemEvent&) noexcept {}
  void on(const TradingAction&) noexcept {}
  void on(const BrokenTrade&) noexcept {}

  Bbo bbo(std::uint16_t locate) const noexcept {
    Bbo result;
    const Book& asked = book(locate);
    if (const std::uint32_t bid = asked.best[0]; bid != no_place) {
      result.bid_price = levels_[bid].price;
      result.bid_shares = levels_[bid].shares;
    }
    if (const std::uint32_t ask = asked.best[1]; ask != no_place) {
      result.ask_price = levels_[ask].price;
      result.ask_shares = levels_[ask].shares;
    }
    return result;
  }

  std::size_t levels(std::uint16_t locate, Side side, std::span<Level> out) const noexcept {
    std::size_t written = 0;
    for (std::uint32_t at = book(locate).best[number(side)]; at != no_place && written != out.size();
         at = levels_[at].worse)
      out[written++] = {levels_[at].price, levels_[at].orders, levels_[at].shares};
    return written;
  }

  std::size_t orders(std::uint16_t locate, std::span<BookOrder> out) const noexcept {
    std::size_t written = 0;
    for_each_order(locate, [&](const BookOrder& order) {
      if (written != out.size()) out[written++] = order;
    });
    return written;
  }

  std::size_t order_count(std::uint16_t locate) const noexcept { return book(locate).orders; }
  std::size_t order_count() const noexcept { return live_; }

  std::uint64_t digest(std::uint16_t locate) const noexcept {
    feed::DigestBuilder digest;
    for_each_order(locate, [&](const BookOrder& order) {
      digest.add(order.reference, static_cast<feed::Side>(order.side), {order.price}, order.shares);
    });
    return digest.value();
  }

  std::string_view symbol(std::uint16_t locate) const noexcept {
    std::string_view text(book(locate).symbol.data(), book(locate).symbol.size());
    while (!text.empty() && (text.back() == ' ' || text.back() == '\0')) text.remove_suffix(1);
    return text;
  }

  const BookCounters& counters() const noexcept { return counters_; }

  void clear() noexcept {
    index_.clear();
    for (std::uint32_t i = 0; i < capacity_.orders; ++i) {
      orders_[i].behind = i + 1 < capacity_.orders ? i + 1 : no_place;
      levels_[i].worse = orders_[i].behind;
    }
    free_order_ = free_level_ = capacity_.orders != 0 ? 0 : no_place;
    live_ = 0;
    std::fill(books_.begin(), books_.end(), Book{});
  }

 private:
  static constexpr std::uint32_t max_price = 2'000'000'000;

  static std::size_t number(Side side) noexcept { return side == Side::buy ? 0 : 1; }
  static bool better(Side side, std::uint32_t a, std::uint32_t b) noexcept {
    return side == Side::buy ? a > b : a < b;
  }
  static void count(std::uint64_t& counter) noexcept { ++counter; }

  // Nobody can write into the book of locate 0: it stands for every book that is not there.
  const Book& book(std::uint16_t locate) const noexcept {
    return books_[locate <= capacity_.symbols ? locate : 0];
  }

  std::uint32_t find(std::uint64_t reference, std::uint16_t locate) noexcept {
    const std::uint32_t order = index_.find(reference);
    if (order == no_place) {
      ++counters_.unknown_reference;
      return no_place;
    }
    if (levels_[orders_[order].level].locate != locate) {
      ++counters_.bad_locate;
      return no_place;
    }
    return order;
  }

  void add(std::uint16_t locate, Side side, std::uint64_t reference, std::uint32_t shares,
           std::uint32_t price) noexcept {
    if (shares == 0 || price > max_price) return count(counters_.invalid_field);
    if (index_.find(reference) != no_place) return count(counters_.duplicate_reference);
    if (free_order_ == no_place) return count(counters_.capacity_exhausted);
    const std::uint32_t at = free_order_;
    free_order_ = orders_[at].behind;
    const std::uint32_t level = level_at(locate, side, price);
    PriceLevel& queue = levels_[level];
    orders_[at] = {reference, shares, level, queue.last, no_place};
    (queue.last == no_place ? queue.first : orders_[queue.last].behind) = at;
    queue.last = at;
    queue.shares += shares;
    ++queue.orders;
    ++books_[locate].orders;
    ++live_;
    index_.insert(reference, at);
  }

  // The level of this price; a new one, linked in between its neighbours, when there is none. There is always a free
  // one: each level in use has at least one of the orders.
  std::uint32_t level_at(std::uint16_t locate, Side side, std::uint32_t price) noexcept {
    std::uint32_t& best = books_[locate].best[number(side)];
    std::uint32_t above = no_place;
    std::uint32_t below = best;
    while (below != no_place && better(side, levels_[below].price, price)) {
      above = below;
      below = levels_[below].worse;
    }
    if (below != no_place && levels_[below].price == price) return below;
    const std::uint32_t fresh = free_level_;
    free_level_ = levels_[fresh].worse;
    levels_[fresh] = {.price = price, .better = above, .worse = below, .locate = locate, .side = side};
    (above == no_place ? best : levels_[above].worse) = fresh;
    if (below != no_place) levels_[below].better = fresh;
    return fresh;
  }

  // Returns the shares that really went.
  std::uint32_t reduce(std::uint32_t at, std::uint32_t shares) noexcept {
    Order& order = orders_[at];
    if (shares > order.shares) ++counters_.over_reduced;
    const std::uint32_t gone = std::min(shares, order.shares);
    if (gone == order.shares) {
      remove(at);
    } else {
      order.shares -= gone;
      levels_[order.level].shares -= gone;
    }
    return gone;
  }

  void remove(std::uint32_t at) noexcept {
    Order& order = orders_[at];
    PriceLevel& queue = levels_[order.level];
    index_.erase(order.reference);
    (order.ahead == no_place ? queue.first : orders_[order.ahead].behind) = order.behind;
    (order.behind == no_place ? queue.last : orders_[order.behind].ahead) = order.ahead;
    queue.shares -= order.shares;
    --books_[queue.locate].orders;
    --live_;
    if (--queue.orders == 0) drop_level(order.level);
    order.behind = free_order_;
    free_order_ = at;
  }

  void drop_level(std::uint32_t at) noexcept {
    PriceLevel& level = levels_[at];
    std::uint32_t& best = books_[level.locate].best[number(level.side)];
    (level.better == no_place ? best : levels_[level.better].worse) = level.worse;
    if (level.worse != no_place) levels_[level.worse].better = level.better;
    level.worse = free_level_;
    free_level_ = at;
  }

  void tell(std::uint16_t locate, const Bbo& before) noexcept {
    if (sink_ == nullptr) return;
    if (const Bbo after = bbo(locate); after != before) sink_->on_bbo(locate, after);
  }
  void trade(std::uint16_t locate, std::uint32_t price, std::uint64_t shares, std::uint64_t match,
             bool printable) noexcept {
    if (sink_ != nullptr && shares != 0) sink_->on_trade(locate, price, shares, match, printable);
  }

  template <class Visit>
  void for_each_order(std::uint16_t locate, Visit visit) const noexcept {
    for (std::uint32_t best : book(locate).best)
      for (std::uint32_t level = best; level != no_place; level = levels_[level].worse)
        for (std::uint32_t at = levels_[level].first; at != no_place; at = orders_[at].behind)
          visit(BookOrder{orders_[at].reference, levels_[level].side, levels_[level].price,
                          orders_[at].shares});
  }

  Capacity capacity_;
  BookSink* sink_;
  BookCounters counters_;
  ReferenceIndex index_;
  std::vector<Order> orders_;
  std::vector<PriceLevel> levels_;
  std::vector<Book> books_;
  std::uint32_t free_order_ = no_place;
  std::uint32_t free_level_ = no_place;
  std::size_t live_ = 0;
};

}  // namespace lln::project
