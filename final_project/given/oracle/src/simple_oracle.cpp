#include <lln/feed/digest_builder.hpp>
#include <lln/feed/simple_book.hpp>
#include <lln/project/oracle/simple_oracle.hpp>
#include <lln/project/oracle/words.hpp>

#include <algorithm>

namespace lln::project::oracle {
namespace {

Bbo best(const std::vector<BookOrder>& sorted) {
  Bbo bbo;
  for (const BookOrder& order : sorted) {
    std::uint32_t& price = order.side == Side::buy ? bbo.bid_price : bbo.ask_price;
    std::uint64_t& shares = order.side == Side::buy ? bbo.bid_shares : bbo.ask_shares;
    if (shares == 0) price = order.price;
    if (price == order.price) shares += order.shares;
  }
  return bbo;
}

}  // namespace

std::string told_trade(std::uint32_t price, std::uint64_t shares, std::uint64_t match, bool printable) {
  return "trade " + at_price(shares, price) + ", match " + std::to_string(match) +
         (printable ? "" : ", not printable");
}

class SimpleOracle::Books {
 public:
  explicit Books(const Capacity& capacity) : capacity_(capacity) {}

  Shown apply(const FlowEvent& event) {
    Shown shown;
    const Bbo before = best(orders(event.locate));
    shown.told = trade(event);
    if (!refused(event)) give(*this, event);
    const std::vector<BookOrder> after = orders(event.locate);
    shown.bbo = best(after);
    if (shown.bbo != before) shown.told += (shown.told.empty() ? "" : "; ") + text(shown.bbo);
    feed::DigestBuilder digest;
    for (const BookOrder& order : after)
      digest.add(order.reference, static_cast<feed::Side>(order.side), {order.price}, order.shares);
    shown.digest = digest.value();
    shown.orders = after.size();
    shown.all_orders = books_.live_orders();
    const feed::SimpleBookCounters& theirs = books_.counters();
    shown.counters = {.bad_locate = theirs.bad_locate + beyond_,
                      .invalid_field = theirs.invalid_field,
                      .unknown_reference = theirs.unknown_reference,
                      .duplicate_reference = theirs.duplicate_reference,
                      .over_reduced = theirs.over_reduced,
                      .capacity_exhausted = exhausted_};
    return shown;
  }

  std::vector<BookOrder> orders(std::uint16_t locate) const {
    std::vector<BookOrder> sorted;
    for (const feed::BookOrder& order : books_.orders({locate}))
      sorted.push_back({order.reference, static_cast<Side>(order.side), order.price.value, order.shares});
    std::stable_sort(sorted.begin(), sorted.end(), [](const BookOrder& a, const BookOrder& b) {
      if (a.side != b.side) return a.side == Side::buy;
      return a.side == Side::buy ? a.price > b.price : a.price < b.price;
    });
    return sorted;
  }
  std::string symbol(std::uint16_t locate) const { return books_.symbol({locate}); }

  // The events, as messages of the feed.
  void on(const OrderAdded& e) {
    feed::AddOrder m;
    m.reference = e.reference, m.side = static_cast<feed::Side>(e.side), m.shares = e.shares;
    m.price = {e.price};
    apply(m, e);
  }
  void on(const OrderExecuted& e) {
    feed::OrderExecuted m;
    m.reference = e.reference, m.executed = e.shares;
    apply(m, e);
  }
  void on(const OrderExecutedWithPrice& e) {
    feed::OrderExecutedWithPrice m;
    m.reference = e.reference, m.executed = e.shares, m.printable = e.printable, m.price = {e.price};
    apply(m, e);
  }
  void on(const OrderCancelled& e) {
    feed::OrderCancel m;
    m.reference = e.reference, m.cancelled = e.shares;
    apply(m, e);
  }
  void on(const OrderDeleted& e) {
    feed::OrderDelete m;
    m.reference = e.reference;
    apply(m, e);
  }
  void on(const OrderReplaced& e) {
    feed::OrderReplace m;
    m.old_reference = e.reference, m.new_reference = e.new_reference, m.shares = e.shares;
    m.price = {e.price};
    apply(m, e);
  }
  void on(const Trade&) {}
  void on(const CrossTrade&) {}
  void on(const SystemEvent&) {}
  void on(const TradingAction&) {}
  void on(const BrokenTrade&) {}
  void on(const StockDirectory& e) {
    feed::StockDirectory m;
    m.stock = e.stock;
    apply(m, e);
  }

 private:
  template <class M>
  void apply(M& message, const EventHeader& event) {
    message.header.locate = {event.locate};
    books_.apply(feed::Message(message));
  }

  // The simple books have no largest locate and no largest number of orders: what is refused for that reason alone is
  // kept from them.
  bool refused(const FlowEvent& event) {
    if (event.type != 'A' && event.type != 'R') return false;
    if (event.locate > capacity_.symbols) {
      ++beyond_;
      return true;
    }
    const bool storable = event.locate != 0 && (event.side == 'B' || event.side == 'S') &&
                          event.shares != 0 && event.price <= feed::max_price.value;
    if (event.type == 'R' || !storable || books_.find(event.reference) != nullptr ||
        books_.live_orders() != capacity_.orders)
      return false;
    ++exhausted_;
    return true;
  }

  // What is traded by this event, which has not been applied yet.
  std::string trade(const FlowEvent& event) const {
    std::uint64_t shares = event.shares;
    std::uint32_t price = event.price;
    if (event.type == 'E' || event.type == 'C') {
      const feed::BookOrder* order = books_.find(event.reference);
      if (order == nullptr || order->locate.value != event.locate) return {};
      shares = std::min<std::uint64_t>(shares, order->shares);
      if (event.type == 'E') price = order->price.value;
    } else if ((event.type != 'P' && event.type != 'Q') || event.locate > capacity_.symbols) {
      return {};
    }
    if (shares == 0) return {};
    return told_trade(price, shares, event.match, event.type != 'C' || event.printable != 'N');
  }

  Capacity capacity_;
  feed::SimpleBooks books_;
  std::uint64_t beyond_ = 0;
  std::uint64_t exhausted_ = 0;
};

SimpleOracle::SimpleOracle(const Capacity& capacity) : books_(std::make_unique<Books>(capacity)) {}
SimpleOracle::~SimpleOracle() = default;

Shown SimpleOracle::apply(const FlowEvent& event) { return books_->apply(event); }
std::vector<BookOrder> SimpleOracle::orders(std::uint16_t locate) const { return books_->orders(locate); }
std::string SimpleOracle::symbol(std::uint16_t locate) const { return books_->symbol(locate); }

std::vector<Level> SimpleOracle::levels(std::uint16_t locate, Side side) const {
  std::vector<Level> levels;
  for (const BookOrder& order : orders(locate)) {
    if (order.side != side) continue;
    if (levels.empty() || levels.back().price != order.price) levels.push_back({order.price, 0, 0});
    levels.back().shares += order.shares;
    ++levels.back().orders;
  }
  return levels;
}

}  // namespace lln::project::oracle
