// BasicOrderBooks: what each message does. Included by order_book.hpp only.
#pragma once

namespace lln::handler {

template <class Table>
template <class Sink>
void BasicOrderBooks<Table>::apply(const BlockRun& run, Sink& sink) noexcept {
  Window window;
  const std::byte* block = run.first;
  for (std::size_t left = run.count; left != 0; left -= window.size) {
    block = look_at_messages(window, block, left);
    look_at_orders(window);
    for (std::size_t i = 0; i < window.size; ++i) {
      const std::byte* message = window.messages[i];
      apply_guessed({message, length_of(message)}, window.guesses[i], sink);
    }
  }
}

template <class Table>
template <class Sink>
void BasicOrderBooks<Table>::apply_one(std::span<const std::byte> message, Sink& sink) noexcept {
  apply_guessed(message, no_guess, sink);
}

template <class Table>
template <class Sink>
inline void BasicOrderBooks<Table>::apply_guessed(std::span<const std::byte> message, Guess guess,
                                                  Sink& sink) noexcept {
  if (message.empty()) [[unlikely]] {
    ++counters_.messages[0];
    ++counters_.truncated;
    sink.on_applied(nullptr);
    return;
  }
  const std::uint8_t type = std::to_integer<std::uint8_t>(message[0]);
  ++counters_.messages[type];
  const std::size_t needed = itch::length_of(type);
  if (needed == 0) [[unlikely]] {
    ++counters_.unknown_type;
  } else if (message.size() < needed) [[unlikely]] {
    ++counters_.truncated;
  } else {
    dispatch(message.data(), guess, sink);
  }
  sink.on_applied(message.data());
}

template <class Table>
template <class Sink>
inline void BasicOrderBooks<Table>::dispatch(const std::byte* message, Guess guess, Sink& sink) noexcept {
  switch (static_cast<char>(message[0])) {
    case 'A':
    case 'F':
      return add({message}, guess, sink);
    case 'D':
      return remove({message}, guess, sink);
    case 'U':
      return replace({message}, guess, sink);
    case 'E':
      return execute({message}, guess, sink);
    case 'C':
      return execute_at({message}, guess, sink);
    case 'X':
      return cancel({message}, guess, sink);
    case 'P':
      return print_trade({message}, sink);
    case 'Q':
      return print_cross({message}, sink);
    case 'R':
      return declare({message});
    default:
      return;
  }
}

template <class Table>
template <class Sink>
void BasicOrderBooks<Table>::add(itch::AddOrderView message, Guess guess, Sink& sink) noexcept {
  const std::uint16_t locate = message.locate();
  if (!usable(locate)) [[unlikely]] {
    ++counters_.bad_locate;
    return;
  }
  const char side = message.side();
  const std::uint32_t shares = message.shares();
  const std::uint32_t price = message.price();
  if ((side != 'B' && side != 'S') || !storable(shares, price)) [[unlikely]] {
    ++counters_.invalid_field;
    return;
  }
  if (put_in(locate, side == 'S', message.ref(), shares, price, guess))
    sink.on_bbo(Locate{locate}, books_[locate].bbo());
}

template <class Table>
template <class Sink>
void BasicOrderBooks<Table>::remove(itch::OrderView message, Guess guess, Sink& sink) noexcept {
  const Slot slot = find(message, guess);
  if (slot == Table::none) [[unlikely]]
    return;
  if (take_out(slot)) sink.on_bbo(Locate{message.locate()}, books_[message.locate()].bbo());
}

template <class Table>
template <class Sink>
void BasicOrderBooks<Table>::replace(itch::OrderReplaceView message, Guess guess, Sink& sink) noexcept {
  const Slot slot = find(message, guess);
  if (slot == Table::none) [[unlikely]]
    return;
  const std::uint16_t locate = message.locate();
  const Book& book = books_[locate];
  const Bbo before = book.bbo();
  const std::size_t side = orders_.side(slot);
  take_out(slot);
  if (storable(message.shares(), message.price())) {
    put_in(locate, side, message.new_ref(), message.shares(), message.price(), no_guess);
  } else {
    ++counters_.invalid_field;
  }
  // Out and in again may cancel out; one event for both otherwise.
  if (const Bbo after = book.bbo(); after != before) sink.on_bbo(Locate{locate}, after);
}

template <class Table>
template <class Sink>
void BasicOrderBooks<Table>::cancel(itch::OrderCancelView message, Guess guess, Sink& sink) noexcept {
  const Slot slot = find(message, guess);
  if (slot == Table::none) [[unlikely]]
    return;
  if (reduce(slot, message.cancelled()).best_changed)
    sink.on_bbo(Locate{message.locate()}, books_[message.locate()].bbo());
}

template <class Table>
template <class Sink>
void BasicOrderBooks<Table>::execute(itch::OrderExecutedView message, Guess guess, Sink& sink) noexcept {
  const Slot slot = find(message, guess);
  if (slot == Table::none) [[unlikely]]
    return;
  const std::uint16_t locate = message.locate();
  const std::uint32_t price = block_of(slot).price;
  const Reduced executed = reduce(slot, message.executed());
  count_execution(locate, price, executed.shares);
  if (executed.shares != 0) sink.on_trade(Locate{locate}, price, executed.shares, message.match(), true);
  if (executed.best_changed) sink.on_bbo(Locate{locate}, books_[locate].bbo());
}

template <class Table>
template <class Sink>
void BasicOrderBooks<Table>::execute_at(itch::OrderExecutedWithPriceView message, Guess guess,
                                        Sink& sink) noexcept {
  const Slot slot = find(message, guess);
  if (slot == Table::none) [[unlikely]]
    return;
  const std::uint16_t locate = message.locate();
  const Reduced executed = reduce(slot, message.executed());
  if (message.printable()) {
    count_execution(locate, message.price(), executed.shares);
  } else {
    ++statistics_[locate].unprinted_executions;
  }
  if (executed.shares != 0)
    sink.on_trade(Locate{locate}, message.price(), executed.shares, message.match(), message.printable());
  if (executed.best_changed) sink.on_bbo(Locate{locate}, books_[locate].bbo());
}

template <class Table>
template <class Sink>
void BasicOrderBooks<Table>::print_trade(itch::TradeView message, Sink& sink) noexcept {
  const Locate locate{message.locate()};
  if (!known(locate)) return;
  SymbolStatistics& statistics = statistics_[locate.value];
  const std::uint32_t shares = message.shares();
  ++statistics.hidden_trades;
  statistics.hidden_shares += shares;
  statistics.hidden_notional += std::uint64_t{shares} * message.price();
  if (shares == 0) return;
  statistics.last_price = message.price();
  statistics.last_shares = shares;
  sink.on_trade(locate, message.price(), shares, message.match(), true);
}

template <class Table>
template <class Sink>
void BasicOrderBooks<Table>::print_cross(itch::CrossTradeView message, Sink& sink) noexcept {
  const Locate locate{message.locate()};
  if (!known(locate)) return;
  SymbolStatistics& statistics = statistics_[locate.value];
  const std::uint64_t shares = message.shares();
  ++statistics.crosses;
  statistics.cross_shares += shares;
  if (shares == 0) return;
  statistics.last_price = message.price();
  statistics.last_shares =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(shares, std::numeric_limits<std::uint32_t>::max()));
  sink.on_trade(locate, message.price(), shares, message.match(), true);
}

template <class Table>
void BasicOrderBooks<Table>::declare(itch::StockDirectoryView message) noexcept {
  const std::uint16_t locate = message.locate();
  if (!usable(locate)) {
    ++counters_.bad_locate;
    return;
  }
  Name& name = symbols_[locate];
  std::memcpy(name.text.data(), message.stock().data(), name.text.size());
  name.declared = true;
}

template <class Table>
void BasicOrderBooks<Table>::count_execution(std::uint16_t locate, std::uint32_t price,
                                             std::uint32_t shares) noexcept {
  SymbolStatistics& statistics = statistics_[locate];
  ++statistics.executions;
  statistics.executed_shares += shares;
  statistics.executed_notional += std::uint64_t{shares} * price;
  if (shares == 0) return;
  statistics.last_price = price;
  statistics.last_shares = shares;
}

/// The live order that the message is about; otherwise `none`, counted.
template <class Table>
inline auto BasicOrderBooks<Table>::find(itch::OrderView message, Guess guess) noexcept -> Slot {
  const std::uint64_t ref = message.ref();
  Slot slot = guess;
  if (guess == no_guess || !orders_.holds(guess, ref)) {
    slot = orders_.find(ref);
    if (slot == Table::none) [[unlikely]] {
      ++counters_.unknown_reference;
      return Table::none;
    }
  }
  if (block_of(slot).locate != message.locate()) [[unlikely]] {
    ++counters_.bad_locate;
    return Table::none;
  }
  return slot;
}

/// Takes shares away from an order, at most what it has. The order goes when none are left.
template <class Table>
inline auto BasicOrderBooks<Table>::reduce(Slot slot, std::uint32_t shares) noexcept -> Reduced {
  const std::uint32_t remaining = orders_.shares(slot);
  if (shares >= remaining) {
    if (shares > remaining) [[unlikely]]
      ++counters_.over_reduced;
    return {remaining, take_out(slot)};
  }
  orders_.shares(slot) = remaining - shares;
  const LevelQueues::Block& block = block_of(slot);
  const std::size_t side = orders_.side(slot);
  PriceLevels& levels = books_[block.locate].side[side];
  const PriceLevels::Place place = levels.find(key_of(block.price, side), deep_levels_);
  levels.shares(place, deep_levels_) -= shares;
  return {shares, place == 0 && shares != 0};
}

template <class Table>
inline bool BasicOrderBooks<Table>::take_out(Slot slot) noexcept {
  const LevelQueues::Id id = orders_.queue(slot);
  const LevelQueues::Block& block = queues_[id];
  const std::size_t side = orders_.side(slot);
  PriceLevels& levels = books_[block.locate].side[side];
  const PriceLevels::Place place = levels.find(key_of(block.price, side), deep_levels_);
  levels.shares(place, deep_levels_) -= orders_.shares(slot);
  orders_.erase(slot);
  if (const LevelQueues::Id last = queues_.remove(id, slot); last != id) [[unlikely]] {
    levels.queue(place, deep_levels_) = last;
    if (last == 0) levels.erase(place, deep_levels_);
  }
  return place == 0;
}

/// Adds a valid order unless its reference is live or there is no room: then nothing changes but a counter.
template <class Table>
inline bool BasicOrderBooks<Table>::put_in(std::uint16_t locate, std::size_t side, std::uint64_t ref,
                                           std::uint32_t shares, std::uint32_t price, Guess guess) noexcept {
  const auto vacancy = orders_.vacancy(ref);
  if (vacancy.duplicate) [[unlikely]] {
    ++counters_.duplicate_reference;
    return false;
  }
  PriceLevels& levels = books_[locate].side[side];
  const std::int32_t key = key_of(price, side);
  PriceLevels::Place place = guess;
  bool room = vacancy.slot != Table::none;
  if (!levels.holds(place, key, deep_levels_)) {
    place = levels.find(key, deep_levels_);
    if (!levels.holds(place, key, deep_levels_)) {
      room = room && !queues_.full() && levels.insert(place, {0, key, 0}, deep_levels_);
      if (room) levels.queue(place, deep_levels_) = queues_.create(locate, price);
    }
  }
  if (room) room = !queues_.no_room(levels.queue(place, deep_levels_));
  if (!room) [[unlikely]] {
    ++counters_.capacity_exhausted;
    return false;
  }
  std::uint32_t& queue = levels.queue(place, deep_levels_);
  queue = queues_.append(queue, vacancy.slot);
  levels.shares(place, deep_levels_) += shares;
  orders_.insert(vacancy, ref, shares, queue, side);
  return place == 0;
}

// Look-ahead. Each step asks for lines whose address stands in lines that the step before asked for. Adding and naming
// messages are sorted apart without a branch, so that the steps need not guess the type of each.

/// Lines whose address is in the message itself; returns the block behind the window.
template <class Table>
const std::byte* BasicOrderBooks<Table>::look_at_messages(Window& window, const std::byte* block,
                                                          std::size_t count) const noexcept {
  window.size = std::min(count, look_ahead);
  window.adds = 0;
  window.names = 0;
  for (std::size_t i = 0; i < window.size; ++i) {
    const std::byte* message = block + 2;
    const std::uint16_t length = length_of(message);
    block = message + length;
    window.messages[i] = message;
    window.guesses[i] = no_guess;
    if (length < itch::length_of('D')) continue;  // the shortest message about an order
    const itch::OrderView view{{message}};
    const std::uint8_t type = view.type();
    const bool adds = (type == 'A' || type == 'F') && length >= itch::length_of('A');
    window.adding[window.adds] = static_cast<std::uint8_t>(i);
    window.naming[window.names] = static_cast<std::uint8_t>(i);
    window.adds += adds;
    window.names += !adds;
    orders_.prefetch(view.ref());
    if (type == 'U' && length >= itch::length_of('U'))
      orders_.prefetch(itch::OrderReplaceView{{{message}}}.new_ref());
  }
  for (std::size_t i = 0; i < window.adds; ++i) {
    const itch::AddOrderView view{{{window.messages[window.adding[i]]}}};
    book(Locate{view.locate()}).side[view.side() == 'S'].prefetch();
  }
  return block;
}

/// The queue that an order is added to; the queue and the levels of an order that is named.
template <class Table>
void BasicOrderBooks<Table>::look_at_orders(Window& window) const noexcept {
  if constexpr (!Table::order_is_in_index)
    for (std::size_t i = 0; i < window.names; ++i)
      orders_.prefetch_order(itch::OrderView{{window.messages[window.naming[i]]}}.ref());
  for (std::size_t i = 0; i < window.adds; ++i) {
    const itch::AddOrderView view{{{window.messages[window.adding[i]]}}};
    const std::size_t side = view.side() == 'S';
    const PriceLevels& levels = book(Locate{view.locate()}).side[side];
    const std::int32_t key = key_of(view.price(), side);
    const PriceLevels::Place place = levels.find(key, deep_levels_);
    window.guesses[window.adding[i]] = place;
    if (levels.holds(place, key, deep_levels_)) queues_.prefetch(levels.queue(place, deep_levels_));
  }
  for (std::size_t i = 0; i < window.names; ++i) {
    const itch::OrderView view{{window.messages[window.naming[i]]}};
    const Slot slot = orders_.find(view.ref());
    window.guesses[window.naming[i]] = slot;
    if (slot == Table::none) continue;
    queues_.prefetch(orders_.queue(slot));
    book(Locate{view.locate()}).side[orders_.side(slot)].prefetch();
  }
}

}  // namespace lln::handler
