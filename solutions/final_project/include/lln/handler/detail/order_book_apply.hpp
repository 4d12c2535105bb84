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
  Guess guess;
  // All messages about an order have its reference in the same place, and D is the shortest.
  if (message.size() >= itch::length_of('D')) {
    const itch::OrderView view{{message.data()}};
    guess = no_guess(view.ref());
    // Asked for now, the levels come while the order is waited for.
    for (const PriceLevels& levels : book(Locate{view.locate()}).side) levels.prefetch();
  }
  apply_guessed(message, guess, sink);
}

template <class Table>
template <class Sink>
[[gnu::always_inline]] inline void BasicOrderBooks<Table>::apply_guessed(std::span<const std::byte> message,
                                                                         Guess guess, Sink& sink) noexcept {
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
[[gnu::always_inline]] inline void BasicOrderBooks<Table>::dispatch(const std::byte* message, Guess guess,
                                                                    Sink& sink) noexcept {
  const char type = static_cast<char>(message[0]);
  if (type == 'A') return add({message}, guess, sink);
  if (type == 'D') return remove({message}, guess, sink);
  switch (type) {
    case 'F':
      return add({message}, guess, sink);
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
[[gnu::always_inline]] inline void BasicOrderBooks<Table>::add(itch::AddOrderView message, Guess guess,
                                                               Sink& sink) noexcept {
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
[[gnu::always_inline]] inline void BasicOrderBooks<Table>::remove(itch::OrderView message, Guess guess,
                                                                  Sink& sink) noexcept {
  const Slot slot = find(message, guess);
  if (slot == Table::none) [[unlikely]]
    return;
  if (take_out(slot, guess.home, message.locate()))
    sink.on_bbo(Locate{message.locate()}, books_[message.locate()].bbo());
}

template <class Table>
template <class Sink>
[[gnu::noinline]] void BasicOrderBooks<Table>::replace(itch::OrderReplaceView message, Guess guess,
                                                       Sink& sink) noexcept {
  const Slot slot = find(message, guess);
  if (slot == Table::none) [[unlikely]]
    return;
  const std::uint16_t locate = message.locate();
  const Book& book = books_[locate];
  const Bbo before = book.bbo();
  const std::size_t side = orders_.side(slot);
  take_out(slot, guess.home, locate);
  if (storable(message.shares(), message.price())) {
    put_in(locate, side, message.new_ref(), message.shares(), message.price(), no_guess(message.new_ref()));
  } else {
    ++counters_.invalid_field;
  }
  // Out and in again may cancel out; one event for both otherwise.
  if (const Bbo after = book.bbo(); after != before) sink.on_bbo(Locate{locate}, after);
}

template <class Table>
template <class Sink>
[[gnu::noinline]] void BasicOrderBooks<Table>::cancel(itch::OrderCancelView message, Guess guess,
                                                      Sink& sink) noexcept {
  const Slot slot = find(message, guess);
  if (slot == Table::none) [[unlikely]]
    return;
  if (reduce(slot, guess.home, message.locate(), message.cancelled()).best_changed)
    sink.on_bbo(Locate{message.locate()}, books_[message.locate()].bbo());
}

template <class Table>
template <class Sink>
[[gnu::always_inline]] inline void BasicOrderBooks<Table>::execute(itch::OrderExecutedView message,
                                                                   Guess guess, Sink& sink) noexcept {
  const Slot slot = find(message, guess);
  if (slot == Table::none) [[unlikely]]
    return;
  const std::uint16_t locate = message.locate();
  const std::uint32_t price = block_of(slot).price;
  const Reduced executed = reduce(slot, guess.home, message.locate(), message.executed());
  count_execution(locate, price, executed.shares);
  if (executed.shares != 0) sink.on_trade(Locate{locate}, price, executed.shares, message.match(), true);
  if (executed.best_changed) sink.on_bbo(Locate{locate}, books_[locate].bbo());
}

template <class Table>
template <class Sink>
[[gnu::noinline]] void BasicOrderBooks<Table>::execute_at(itch::OrderExecutedWithPriceView message,
                                                          Guess guess, Sink& sink) noexcept {
  const Slot slot = find(message, guess);
  if (slot == Table::none) [[unlikely]]
    return;
  const std::uint16_t locate = message.locate();
  const Reduced executed = reduce(slot, guess.home, message.locate(), message.executed());
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
[[gnu::noinline]] void BasicOrderBooks<Table>::print_trade(itch::TradeView message, Sink& sink) noexcept {
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
[[gnu::noinline]] void BasicOrderBooks<Table>::print_cross(itch::CrossTradeView message,
                                                           Sink& sink) noexcept {
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
[[gnu::noinline]] void BasicOrderBooks<Table>::declare(itch::StockDirectoryView message) noexcept {
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

}  // namespace lln::handler
