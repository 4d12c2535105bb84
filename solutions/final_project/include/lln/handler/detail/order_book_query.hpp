// BasicOrderBooks: construction and questions, none of it on the hot path. Included by order_book.hpp only.
#pragma once

namespace lln::handler {

template <class Table>
const Capacity& BasicOrderBooks<Table>::checked(const Capacity& capacity) {
  const auto check = [](const char* what, std::uint32_t value, std::uint32_t highest) {
    if (value < 1 || value > highest)
      throw std::invalid_argument("order book capacity: " + std::to_string(value) + " " + what +
                                  ", must be 1 to " + std::to_string(highest));
  };
  check("orders", capacity.orders, 1U << 28);
  check("levels", capacity.levels, Table::max_queue - 1);
  check("symbols", capacity.symbols, std::numeric_limits<std::uint16_t>::max());
  return capacity;
}

template <class Table>
std::size_t BasicOrderBooks<Table>::levels(Locate locate, Side side,
                                           std::span<LevelView> out) const noexcept {
  const PriceLevels& levels = book(locate).side[side_index(side)];
  const std::size_t n = std::min(levels.size(), out.size());
  for (std::size_t i = 0; i < n; ++i) {
    const Level level = levels.level(i, deep_levels_);
    out[i] = {
        .price = price_of(level.key, side_index(side)), .orders = 0, .shares = queues_.shares(level.queue)};
    queues_.visit(level.queue, [&](std::uint32_t) { ++out[i].orders; });
  }
  return n;
}

template <class Table>
template <class Visit>
void BasicOrderBooks<Table>::visit_book(Locate locate, Visit&& visit) const noexcept {
  for (const Side side : {Side::buy, Side::sell}) {
    const PriceLevels& levels = book(locate).side[side_index(side)];
    for (std::size_t i = 0; i < levels.size(); ++i) {
      const Level level = levels.level(i, deep_levels_);
      queues_.visit(level.queue, [&](Slot slot) {
        visit(
            OrderView{orders_.ref(slot), side, price_of(level.key, side_index(side)), orders_.shares(slot)});
      });
    }
  }
}

template <class Table>
std::size_t BasicOrderBooks<Table>::order_count(Locate locate) const noexcept {
  std::size_t n = 0;
  visit_book(locate, [&](const OrderView&) { ++n; });
  return n;
}

template <class Table>
std::size_t BasicOrderBooks<Table>::orders(Locate locate, std::span<OrderView> out) const noexcept {
  std::size_t n = 0;
  visit_book(locate, [&](const OrderView& order) {
    if (n < out.size()) out[n++] = order;
  });
  return n;
}

template <class Table>
std::uint64_t BasicOrderBooks<Table>::digest(Locate locate) const noexcept {
  feed::DigestBuilder digest;
  visit_book(locate, [&](const OrderView& order) {
    digest.add(order.ref, order.side, feed::Price4{order.price}, order.shares);
  });
  return digest.value();
}

template <class Table>
std::string_view BasicOrderBooks<Table>::symbol(Locate locate) const noexcept {
  if (!known(locate)) return {};
  const Name& name = symbols_[locate.value];
  return name.declared ? feed::trimmed(name.text) : std::string_view{};
}

template <class Table>
std::optional<Locate> BasicOrderBooks<Table>::find_symbol(std::string_view symbol) const noexcept {
  for (std::size_t at = 1; at < symbols_.size(); ++at)
    if (symbols_[at].declared && feed::trimmed(symbols_[at].text) == symbol)
      return Locate{static_cast<std::uint16_t>(at)};
  return std::nullopt;
}

template <class Table>
void BasicOrderBooks<Table>::clear() noexcept {
  orders_.clear();
  queues_.clear();
  deep_levels_.clear();
  // Those never used are left alone: their pages may never have been touched.
  for (std::size_t at = 0; at < books_.size(); ++at)
    for (PriceLevels& levels : books_[at].side)
      if (!levels.empty()) levels.clear();
  std::fill_n(statistics_.data(), statistics_.size(), SymbolStatistics{});
  std::fill_n(symbols_.data(), symbols_.size(), Name{});
}

}  // namespace lln::handler
