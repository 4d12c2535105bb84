// BasicOrderBooks: what each message does. Included by order_book.hpp only.
#pragma once

namespace lln::handler {

template <class Table>
template <class Sink>
void BasicOrderBooks<Table>::apply(const BlockRun& run, Sink& sink) noexcept {
  std::array<const std::byte*, look_ahead> messages;
  const std::byte* block = run.first;
  for (std::size_t left = run.count; left != 0;) {
    const std::size_t n = std::min(left, look_ahead);
    left -= n;
    for (std::size_t i = 0; i < n; ++i) {
      messages[i] = block + 2;
      block += 2 + std::size_t{length_of(messages[i])};
      prefetch_order(messages[i]);
    }
    if constexpr (!Table::order_is_in_index)
      for (std::size_t i = 0; i < n; ++i) prefetch_record(messages[i]);
    for (std::size_t i = 0; i < n; ++i) prefetch_level(messages[i]);
    for (std::size_t i = 0; i < n; ++i) prefetch_queue(messages[i]);
    for (std::size_t i = 0; i < n; ++i) apply_one({messages[i], length_of(messages[i])}, sink);
  }
}

template <class Table>
template <class Sink>
void BasicOrderBooks<Table>::apply_one(std::span<const std::byte> message, Sink& sink) noexcept {
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
    dispatch(message.data(), sink);
  }
  sink.on_applied(message.data());
}

template <class Table>
template <class Sink>
void BasicOrderBooks<Table>::dispatch(const std::byte* message, Sink& sink) noexcept {
  switch (static_cast<char>(message[0])) {
    case 'A':
    case 'F':
      return add({message}, sink);
    case 'D':
      return remove({message}, sink);
    case 'U':
      return replace({message}, sink);
    case 'E':
      return execute({message}, sink);
    case 'C':
      return execute_at({message}, sink);
    case 'X':
      return cancel({message}, sink);
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
void BasicOrderBooks<Table>::add(itch::AddOrderView message, Sink& sink) noexcept {
  const std::uint16_t locate = message.locate();
  if (!usable(locate)) {
    ++counters_.bad_locate;
    return;
  }
  const char side = message.side();
  const std::uint32_t shares = message.shares();
  const std::uint32_t price = message.price();
  if ((side != 'B' && side != 'S') || !storable(shares, price)) {
    ++counters_.invalid_field;
    return;
  }
  Book& book = books_[locate];
  const BboWatch watch(book, locate);
  put_in(book, locate, side == 'B' ? 0 : 1, message.ref(), shares, price);
  watch.tell(sink);
}

template <class Table>
template <class Sink>
void BasicOrderBooks<Table>::remove(itch::OrderView message, Sink& sink) noexcept {
  const Slot slot = find(message);
  if (slot == Table::none) return;
  const BboWatch watch(books_[message.locate()], message.locate());
  take_out(slot);
  watch.tell(sink);
}

template <class Table>
template <class Sink>
void BasicOrderBooks<Table>::replace(itch::OrderReplaceView message, Sink& sink) noexcept {
  const Slot slot = find(message);
  if (slot == Table::none) return;
  const std::uint16_t locate = message.locate();
  Book& book = books_[locate];
  const BboWatch watch(book, locate);
  const std::size_t side = level_of(slot).side;
  take_out(slot);
  if (storable(message.shares(), message.price())) {
    put_in(book, locate, side, message.new_ref(), message.shares(), message.price());
  } else {
    ++counters_.invalid_field;
  }
  watch.tell(sink);
}

template <class Table>
template <class Sink>
void BasicOrderBooks<Table>::cancel(itch::OrderCancelView message, Sink& sink) noexcept {
  const Slot slot = find(message);
  if (slot == Table::none) return;
  const BboWatch watch(books_[message.locate()], message.locate());
  reduce(slot, message.cancelled());
  watch.tell(sink);
}

template <class Table>
template <class Sink>
void BasicOrderBooks<Table>::execute(itch::OrderExecutedView message, Sink& sink) noexcept {
  const Slot slot = find(message);
  if (slot == Table::none) return;
  const std::uint16_t locate = message.locate();
  const BboWatch watch(books_[locate], locate);
  const std::uint32_t price = level_of(slot).price;
  const std::uint32_t executed = reduce(slot, message.executed());
  count_execution(locate, price, executed);
  if (executed != 0) sink.on_trade(Locate{locate}, price, executed, message.match(), true);
  watch.tell(sink);
}

template <class Table>
template <class Sink>
void BasicOrderBooks<Table>::execute_at(itch::OrderExecutedWithPriceView message, Sink& sink) noexcept {
  const Slot slot = find(message);
  if (slot == Table::none) return;
  const std::uint16_t locate = message.locate();
  const BboWatch watch(books_[locate], locate);
  const std::uint32_t executed = reduce(slot, message.executed());
  if (message.printable()) {
    count_execution(locate, message.price(), executed);
  } else {
    ++statistics_[locate].unprinted_executions;
  }
  if (executed != 0)
    sink.on_trade(Locate{locate}, message.price(), executed, message.match(), message.printable());
  watch.tell(sink);
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
auto BasicOrderBooks<Table>::find(itch::OrderView message) noexcept -> Slot {
  const Slot slot = orders_.find(message.ref());
  if (slot == Table::none) [[unlikely]] {
    ++counters_.unknown_reference;
    return Table::none;
  }
  if (level_of(slot).locate != message.locate()) [[unlikely]] {
    ++counters_.bad_locate;
    return Table::none;
  }
  return slot;
}

/// Takes shares away from an order, at most what it has; returns how many. The order goes when none are left.
template <class Table>
std::uint32_t BasicOrderBooks<Table>::reduce(Slot slot, std::uint32_t shares) noexcept {
  const std::uint32_t remaining = orders_.shares(slot);
  if (shares >= remaining) {
    if (shares > remaining) ++counters_.over_reduced;
    take_out(slot);
    return remaining;
  }
  orders_.shares(slot) = remaining - shares;
  LevelQueues::Block& level = level_of(slot);
  level.shares -= shares;
  Book& book = books_[level.locate];
  if (book.best[level.side] == level.level) set_best(book, level.side, level.level);
  return shares;
}

template <class Table>
void BasicOrderBooks<Table>::take_out(Slot slot) noexcept {
  const LevelQueues::Id block = orders_.queue(slot);
  LevelQueues::Block& level = level_of(slot);
  const LevelQueues::Id id = level.level;
  const std::size_t side = level.side;
  Book& book = books_[level.locate];
  level.shares -= orders_.shares(slot);
  --book.orders;
  orders_.erase(slot);
  if (!queues_.remove(block, slot)) {
    if (book.best[side] == id) set_best(book, side, id);
    return;
  }
  Ladder& ladder = book.ladder[side];
  ladders_.erase(ladder, ladders_.lower_bound(ladder, key_of(level.price, side)));
  queues_.destroy(id);
  if (book.best[side] == id) set_best(book, side, ladder.size == 0 ? 0 : ladders_.best(ladder).level);
}

/// Adds a valid order unless its reference is live or there is no room: then nothing changes but a counter.
template <class Table>
void BasicOrderBooks<Table>::put_in(Book& book, std::uint16_t locate, std::size_t side, std::uint64_t ref,
                                    std::uint32_t shares, std::uint32_t price) noexcept {
  const auto vacancy = orders_.vacancy(ref);
  if (vacancy.duplicate) [[unlikely]] {
    ++counters_.duplicate_reference;
    return;
  }
  Ladder& ladder = book.ladder[side];
  const std::uint32_t key = key_of(price, side);
  const std::uint32_t at = ladders_.lower_bound(ladder, key);
  const bool exists = at < ladder.size && ladders_.begin(ladder)[at].key == key;
  LevelQueues::Id level = exists ? ladders_.begin(ladder)[at].level : 0;
  const bool room = vacancy.slot != Table::none &&
                    (exists ? !queues_.no_room(level) : !queues_.full() && ladders_.reserve(ladder));
  if (!room) [[unlikely]] {
    ++counters_.capacity_exhausted;
    return;
  }
  if (!exists) {
    level = queues_.create(locate, static_cast<std::uint8_t>(side), price);
    ladders_.insert(ladder, at, {key, level});
  }
  orders_.insert(vacancy.slot, ref, shares, queues_.append(level, vacancy.slot));
  queues_[level].shares += shares;
  ++book.orders;
  if (at + 1 == ladder.size) set_best(book, side, level);
}

template <class Table>
void BasicOrderBooks<Table>::set_best(Book& book, std::size_t side, LevelQueues::Id level) noexcept {
  book.best[side] = level;
  const LevelQueues::Block& block = queues_[level];  // block 0 is never used: price and shares 0
  (side == 0 ? book.bbo.bid_price : book.bbo.ask_price) = block.price;
  (side == 0 ? book.bbo.bid_shares : book.bbo.ask_shares) = block.shares;
}

/// First step: lines whose address is in the message.
template <class Table>
void BasicOrderBooks<Table>::prefetch_order(const std::byte* message) const noexcept {
  const std::size_t length = length_of(message);
  if (length < itch::length_of('D')) return;  // the shortest message about an order
  const itch::OrderView view{message};
  orders_.prefetch(view.ref());
  __builtin_prefetch(&book(Locate{view.locate()}), 1);
  if (view.type() == 'U' && length >= itch::length_of('U'))
    orders_.prefetch(itch::OrderReplaceView{message}.new_ref());
}

/// For tables whose index and orders lie apart.
template <class Table>
void BasicOrderBooks<Table>::prefetch_record(const std::byte* message) const noexcept {
  if (length_of(message) < itch::length_of('D')) return;
  orders_.prefetch_order(itch::OrderView{message}.ref());
}

/// Second step: what order and book point to.
template <class Table>
void BasicOrderBooks<Table>::prefetch_level(const std::byte* message) const noexcept {
  if (length_of(message) < itch::length_of('D')) return;
  const itch::OrderView view{message};
  if (const std::optional<std::size_t> side = side_of_add(message)) {
    ladders_.prefetch_best(book(Locate{view.locate()}).ladder[*side]);
  } else {
    const Slot slot = orders_.find(view.ref());
    if (slot != Table::none) queues_.prefetch(orders_.queue(slot));
  }
}

/// Third step: the queue that a new order will join.
template <class Table>
void BasicOrderBooks<Table>::prefetch_queue(const std::byte* message) const noexcept {
  const std::optional<std::size_t> side = side_of_add(message);
  if (!side) return;
  const itch::AddOrderView view{message};
  const Ladder& ladder = book(Locate{view.locate()}).ladder[*side];
  const std::uint32_t at = ladders_.lower_bound(ladder, key_of(view.price(), *side));
  if (at < ladder.size) queues_.prefetch(ladders_.begin(ladder)[at].level);
}

}  // namespace lln::handler
