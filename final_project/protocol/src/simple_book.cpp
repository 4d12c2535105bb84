#include <lln/feed/simple_book.hpp>

#include <algorithm>

namespace lln::feed {
namespace {

// Orders of one side, best price first, FIFO within a price.
std::vector<BookOrder> by_priority(const std::list<BookOrder>& orders, Side side) {
  std::vector<BookOrder> sorted;
  std::copy_if(orders.begin(), orders.end(), std::back_inserter(sorted),
               [side](const BookOrder& order) { return order.side == side; });
  std::stable_sort(sorted.begin(), sorted.end(), [side](const BookOrder& a, const BookOrder& b) {
    return side == Side::buy ? a.price > b.price : a.price < b.price;
  });
  return sorted;
}

bool storable(Side side, std::uint32_t shares, Price4 price) {
  return (side == Side::buy || side == Side::sell) && shares > 0 && price <= max_price;
}

}  // namespace

void SimpleBooks::apply(std::span<const std::byte> bytes) {
  const DecodeResult result = decode(bytes);
  if (result) return apply(*result.message);
  ++counters_.messages;
  ++(result.error == DecodeError::unknown_type ? counters_.unknown_type : counters_.truncated);
}

void SimpleBooks::apply(const Message& message) {
  ++counters_.messages;
  std::visit([this](const auto& m) { handle(m); }, message);
}

void SimpleBooks::handle(const AddOrder& m) {
  add({m.reference, m.header.locate, m.side, m.price, m.shares, m.header.timestamp_ns, std::nullopt});
}

void SimpleBooks::handle(const AddOrderMpid& m) {
  add({m.reference, m.header.locate, m.side, m.price, m.shares, m.header.timestamp_ns, m.attribution});
}

void SimpleBooks::add(const BookOrder& order) {
  if (order.locate.value == 0)
    ++counters_.bad_locate;
  else if (!storable(order.side, order.shares, order.price))
    ++counters_.invalid_field;
  else if (by_reference_.contains(order.reference))
    ++counters_.duplicate_reference;
  else
    insert(order);
}

void SimpleBooks::handle(const OrderExecuted& m) {
  const auto place = place_of(m.reference, m.header.locate);
  if (!place) return;
  BookStatistics& statistics = book(m.header.locate).statistics;
  ++statistics.executions;
  statistics.executed_shares += reduce(*place, m.executed);
}

void SimpleBooks::handle(const OrderExecutedWithPrice& m) {
  const auto place = place_of(m.reference, m.header.locate);
  if (!place) return;
  BookStatistics& statistics = book(m.header.locate).statistics;
  const std::uint32_t executed = reduce(*place, m.executed);
  if (m.printable == 'N') {
    ++statistics.unprinted_executions;
  } else {
    ++statistics.executions;
    statistics.executed_shares += executed;
  }
}

void SimpleBooks::handle(const OrderCancel& m) {
  if (const auto place = place_of(m.reference, m.header.locate)) reduce(*place, m.cancelled);
}

void SimpleBooks::handle(const OrderDelete& m) {
  if (const auto place = place_of(m.reference, m.header.locate)) remove(*place);
}

void SimpleBooks::handle(const OrderReplace& m) {
  const auto place = place_of(m.old_reference, m.header.locate);
  if (!place) return;
  BookOrder order = **place;
  remove(*place);
  order.reference = m.new_reference;
  order.shares = m.shares;
  order.price = m.price;
  order.timestamp_ns = m.header.timestamp_ns;
  add(order);
}

void SimpleBooks::handle(const StockDirectory& m) {
  if (m.header.locate.value == 0)
    ++counters_.bad_locate;
  else
    keep(m);
}

void SimpleBooks::handle(const Trade& m) {
  BookStatistics& statistics = book(m.header.locate).statistics;
  ++statistics.hidden_trades;
  statistics.hidden_shares += m.shares;
}

void SimpleBooks::handle(const CrossTrade& m) {
  BookStatistics& statistics = book(m.header.locate).statistics;
  ++statistics.crosses;
  statistics.cross_shares += m.shares;
}

void SimpleBooks::keep(const Message& message) {
  book(header_of(message).locate).latest.insert_or_assign(type_of(message), message);
}

void SimpleBooks::insert(const BookOrder& order) {
  std::list<BookOrder>& orders = book(order.locate).orders;
  by_reference_.emplace(order.reference, orders.insert(orders.end(), order));
}

void SimpleBooks::remove(Place place) {
  by_reference_.erase(place->reference);
  book(place->locate).orders.erase(place);
}

// Returns the shares that really went.
std::uint32_t SimpleBooks::reduce(Place place, std::uint32_t shares) {
  const std::uint32_t removed = std::min(shares, place->shares);
  if (shares > removed) ++counters_.over_reduced;
  place->shares -= removed;
  if (place->shares == 0) remove(place);
  return removed;
}

auto SimpleBooks::place_of(std::uint64_t reference, Locate locate) -> std::optional<Place> {
  const auto found = by_reference_.find(reference);
  if (found == by_reference_.end()) {
    ++counters_.unknown_reference;
    return std::nullopt;
  }
  if (found->second->locate != locate) {
    ++counters_.bad_locate;
    return std::nullopt;
  }
  return found->second;
}

auto SimpleBooks::book(Locate locate) -> Book& {
  if (locate.value >= books_.size()) books_.resize(std::size_t{locate.value} + 1);
  return books_[locate.value];
}

auto SimpleBooks::book_or_empty(Locate locate) const noexcept -> const Book& {
  static const Book empty;
  return locate.value < books_.size() ? books_[locate.value] : empty;
}

std::vector<BookLevel> SimpleBooks::levels(Locate locate, Side side) const {
  std::vector<BookLevel> levels;
  for (const BookOrder& order : by_priority(orders(locate), side)) {
    if (levels.empty() || levels.back().price != order.price) levels.push_back({order.price, 0, 0});
    levels.back().shares += order.shares;
    ++levels.back().orders;
  }
  return levels;
}

std::optional<BookLevel> SimpleBooks::best(Locate locate, Side side) const {
  const std::vector<BookLevel> all = levels(locate, side);
  if (all.empty()) return std::nullopt;
  return all.front();
}

const std::list<BookOrder>& SimpleBooks::orders(Locate locate) const noexcept {
  return book_or_empty(locate).orders;
}

const BookOrder* SimpleBooks::find(std::uint64_t reference) const noexcept {
  const auto found = by_reference_.find(reference);
  return found == by_reference_.end() ? nullptr : &*found->second;
}

std::uint64_t SimpleBooks::digest(Locate locate) const {
  DigestBuilder digest;
  for (const Side side : {Side::buy, Side::sell})
    for (const BookOrder& order : by_priority(orders(locate), side))
      digest.add(order.reference, order.side, order.price, order.shares);
  return digest.value();
}

std::vector<SymbolDigest> SimpleBooks::digests() const {
  std::vector<SymbolDigest> result;
  for (const Locate locate : locates()) {
    const std::string name = symbol(locate);
    result.push_back({locate, name.empty() ? "-" : name, orders(locate).size(), digest(locate)});
  }
  return result;
}

std::vector<Locate> SimpleBooks::locates() const {
  std::vector<Locate> result;
  for (std::size_t i = 1; i < books_.size(); ++i) {
    const Locate locate{static_cast<std::uint16_t>(i)};
    if (!books_[i].orders.empty() || latest(locate, MessageType::stock_directory)) result.push_back(locate);
  }
  return result;
}

std::string SimpleBooks::symbol(Locate locate) const {
  const Message* directory = latest(locate, MessageType::stock_directory);
  return directory ? std::string(trimmed(std::get<StockDirectory>(*directory).stock)) : std::string();
}

const BookStatistics& SimpleBooks::statistics(Locate locate) const noexcept {
  return book_or_empty(locate).statistics;
}

const Message* SimpleBooks::latest(Locate locate, MessageType type) const noexcept {
  const auto& kept = book_or_empty(locate).latest;
  const auto found = kept.find(type);
  return found == kept.end() ? nullptr : &found->second;
}

}  // namespace lln::feed
