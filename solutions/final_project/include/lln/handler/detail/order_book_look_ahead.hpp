// BasicOrderBooks: look-ahead. Included by order_book.hpp only.
//
// Each step asks for lines whose address stands in lines that the step before asked for. Adding and naming
// messages are sorted apart without a branch, so that the steps need not guess the type of each.
#pragma once

namespace lln::handler {

/// Lines whose address is in the message itself; returns the block behind the window.
template <class Table>
const std::byte* BasicOrderBooks<Table>::look_at_messages(Window& window, const std::byte* block,
                                                          std::size_t count) const noexcept {
  window.size = std::min(count, look_ahead);
  window.adds = 0;
  window.names = 0;
  window.replaces = 0;
  for (std::size_t i = 0; i < window.size; ++i) {
    // A file or a day in memory is longer than the caches. In a receive buffer the bytes are near and this asks in vain.
    prefetch_behind(block, stream_ahead);
    const std::byte* message = block + 2;
    const std::uint16_t length = length_of(message);
    block = message + length;
    window.messages[i] = message;
    window.guesses[i] = {};
    if (length < itch::length_of('D')) continue;  // the shortest message about an order
    const itch::OrderView view{{message}};
    const std::uint8_t type = view.type();
    const bool adds = (type == 'A' || type == 'F') && length >= itch::length_of('A');
    const std::uint8_t index = static_cast<std::uint8_t>(i);
    window.adding[window.adds] = index;
    window.naming[window.names] = index;
    window.adds += adds;
    window.names += !adds;
    const Home home = orders_.home(view.ref());
    window.guesses[i].home = home;
    orders_.prefetch(home);
    if (type == 'E' || type == 'C') prefetch(&statistics_[known(Locate{view.locate()}) ? view.locate() : 0]);
    if (type == 'U' && length >= itch::length_of('U')) {
      window.replacing[window.replaces++] = index;
      orders_.prefetch(orders_.home(itch::OrderReplaceView{{{message}}}.new_ref()));
      for (const PriceLevels& levels : book(Locate{view.locate()}).side) levels.prefetch();
    }
  }
  for (std::size_t i = 0; i < window.adds; ++i) {
    const itch::AddOrderView view{{{window.messages[window.adding[i]]}}};
    book(Locate{view.locate()}).side[view.side() == 'S'].prefetch();
  }
  return block;
}

/// The queue and the levels of an order that is named; the queue that an order is added to.
template <class Table>
void BasicOrderBooks<Table>::look_at_orders(Window& window) const noexcept {
  if constexpr (!Table::order_is_in_index)
    for (std::size_t i = 0; i < window.names; ++i)
      orders_.prefetch_order(itch::OrderView{{window.messages[window.naming[i]]}}.ref());
  for (std::size_t i = 0; i < window.names; ++i) {
    const std::size_t index = window.naming[i];
    const itch::OrderView view{{window.messages[index]}};
    Guess& guess = window.guesses[index];
    guess.at = orders_.guess(view.ref(), guess.home);
    queues_.prefetch(orders_.queue(guess.at));
    book(Locate{view.locate()}).side[orders_.side(guess.at)].prefetch();
  }
  for (std::size_t i = 0; i < window.adds; ++i) {
    const std::size_t index = window.adding[i];
    const itch::AddOrderView view{{{window.messages[index]}}};
    window.guesses[index].at = look_at_level(Locate{view.locate()}, view.side() == 'S', view.price());
  }
  for (std::size_t i = 0; i < window.replaces; ++i) {
    const std::size_t index = window.replacing[i];
    const itch::OrderReplaceView view{{{window.messages[index]}}};
    look_at_level(Locate{view.locate()}, orders_.side(window.guesses[index].at), view.price());
  }
}

/// The queue of a level, and the place of the level.
template <class Table>
inline PriceLevels::Place BasicOrderBooks<Table>::look_at_level(Locate locate, std::size_t side,
                                                                std::uint32_t price) const noexcept {
  const PriceLevels& levels = book(locate).side[side];
  const std::int32_t key = key_of(price, side);
  const PriceLevels::Place place = levels.find(key, deep_levels_);
  if (levels.holds(place, key, deep_levels_)) queues_.prefetch(levels.queue(place, deep_levels_));
  return place;
}

}  // namespace lln::handler
