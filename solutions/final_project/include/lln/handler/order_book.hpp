// All order books of the feed: full depth, every order in its place in the queue (L3), best bid and offer events.
//
// Threads: one. Guarantees: every message has exactly the effect that SPEC.md section 9 says, whatever its bytes are;
// apply() gives the same results and events as apply_one() on each message; nothing blocks, allocates or makes a system
// call after construction. Memory: 165 MB with the default capacity, mapped and touched in the constructor but for the
// ladders of locates above 8,400, which a NASDAQ day does not use: 140 MB.
// Cost: 69 to 75 ns a message by apply(), 134 to 140 by apply_one(), at 1.3 million live orders (lln-book-bench; see
// README.md).
// Source: SPEC.md sections 2 and 9.
//
// One message touches four random cache lines: the order (order_table.hpp), its level's queue (level_queues.hpp) and two
// of the symbol's ladder (price_levels.hpp); more when a level far from the best opens or closes. apply() asks for
// them ahead of time, in steps, because each address is read from the line before. A prefetch is a hint on state that
// the messages in between may change: it only forms addresses inside arrays that never go away, and the result of an
// early look-up is never used for anything else.
#pragma once

#include <lln/feed/digest.hpp>
#include <lln/handler/book_types.hpp>
#include <lln/handler/itch_view.hpp>
#include <lln/handler/level_queues.hpp>
#include <lln/handler/order_table.hpp>
#include <lln/handler/packet.hpp>
#include <lln/handler/prefetch.hpp>
#include <lln/handler/price_levels.hpp>
#include <lln/handler/touch_pages.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace lln::handler {

/// What a sink has to offer. This one does nothing and costs nothing.
struct NullSink {
  /// After a message that changed the best price or its shares on either side; at most once a message.
  void on_bbo(Locate, const Bbo&) noexcept {}
  /// E, C, P and Q, as they are applied. Not printable: no volume.
  void on_trade(Locate, std::uint32_t /*price*/, std::uint64_t /*shares*/, std::uint64_t /*match*/,
                bool /*printable*/) noexcept {}
  /// After every message, good or bad, and after its other events. nullptr for a block without bytes.
  void on_applied(const std::byte* /*message*/) noexcept {}
};

/// Table: how orders are found; OrderTable's interface. Alternatives live in the bench.
template <class Table>
class BasicOrderBooks {
 public:
  /// std::invalid_argument for a capacity out of range, std::system_error when there is no memory.
  explicit BasicOrderBooks(const Capacity& capacity = {})
      : capacity_(checked(capacity)),
        orders_(capacity.orders),
        queues_(capacity.levels),
        deep_levels_(std::size_t{capacity.levels} * 2 + 8192),
        books_(std::size_t{capacity.symbols} + 1, HugeArray<Book>::Pages::untouched),
        statistics_(std::size_t{capacity.symbols} + 1, HugeArray<SymbolStatistics>::Pages::untouched),
        symbols_(std::size_t{capacity.symbols} + 1, HugeArray<Name>::Pages::untouched) {
    touch_pages(std::array{orders_.memory(), queues_.memory(), deep_levels_.memory(),
                           books_.memory(expected_symbols), statistics_.memory(expected_symbols),
                           symbols_.memory(expected_symbols)});
  }

  /// Applies a run of blocks with look-ahead.
  template <class Sink>
  void apply(const BlockRun& run, Sink& sink) noexcept;

  /// Applies one message, without its length prefix.
  template <class Sink>
  void apply_one(std::span<const std::byte> message, Sink& sink) noexcept;

  /// Of locates that never had an order: no prices, no orders.
  Bbo bbo(Locate locate) const noexcept { return book(locate).bbo(); }
  /// Best first; returns how many were written.
  std::size_t levels(Locate locate, Side side, std::span<LevelView> out) const noexcept;
  std::size_t level_count(Locate locate, Side side) const noexcept {
    return book(locate).side[side_index(side)].size();
  }
  /// In the order of the digest: bids from the best down, then asks from the best up, in a level first in first out.
  /// Returns how many were written.
  std::size_t orders(Locate locate, std::span<OrderView> out) const noexcept;
  /// SPEC.md section 10.
  std::uint64_t digest(Locate locate) const noexcept;
  std::size_t order_count(Locate locate) const noexcept;  // linear in their number
  std::size_t order_count() const noexcept { return orders_.live(); }
  /// Without padding; empty when no directory message named it. Valid until the next apply() or clear().
  std::string_view symbol(Locate locate) const noexcept;
  /// Linear in the number of symbols.
  std::optional<Locate> find_symbol(std::string_view symbol) const noexcept;
  const SymbolStatistics& statistics(Locate locate) const noexcept {
    return statistics_[known(locate) ? locate.value : 0];
  }
  const BookCounters& counters() const noexcept { return counters_; }
  const Capacity& capacity() const noexcept { return capacity_; }
  /// Bytes mapped.
  std::size_t bytes() const noexcept {
    return orders_.bytes() + queues_.bytes() + deep_levels_.bytes() + books_.bytes() + statistics_.bytes() +
           symbols_.bytes();
  }

  /// All orders, statistics and symbols gone, as after construction; counters stay. About 10 ms at full size.
  void clear() noexcept;

 private:
  using Slot = typename Table::Slot;
  using Home = typename Table::Home;
  // Keys of valid prices are above 0, and larger is better: price + 1 of a bid, 2^31 - 1 - price of an ask. Prices that
  // have not been checked yet give any key.
  static constexpr std::int32_t key_of(std::uint32_t price, std::size_t side) noexcept {
    const std::uint32_t ask = 0U - static_cast<std::uint32_t>(side);  // all bits or none
    return static_cast<std::int32_t>((price ^ ask) + lowest_key(ask));
  }
  static constexpr std::uint32_t price_of(std::int32_t key, std::size_t side) noexcept {
    const std::uint32_t ask = 0U - static_cast<std::uint32_t>(side);
    return (static_cast<std::uint32_t>(key) - lowest_key(ask)) ^ ask;
  }
  static constexpr std::uint32_t lowest_key(std::uint32_t ask) noexcept { return (ask & 0x7FFF'FFFF) + 1; }

  struct Book {
    std::array<PriceLevels, 2> side;  // bid, ask

    Bbo bbo() const noexcept {
      return {.bid_shares = side[0].best_shares(),
              .ask_shares = side[1].best_shares(),
              .bid_price = side[0].empty() ? 0 : price_of(side[0].best_key(), 0),
              .ask_price = side[1].empty() ? 0 : price_of(side[1].best_key(), 1)};
    }
  };
  struct Name {
    std::array<char, 8> text;
    bool declared;
  };
  static constexpr std::size_t expected_symbols = 8'401;  // a NASDAQ day's locates are 1 to about 8,400
  static const Capacity& checked(const Capacity& capacity);
  static constexpr std::size_t side_index(Side side) noexcept { return side == Side::buy ? 0 : 1; }
  bool known(Locate locate) const noexcept { return locate.value <= capacity_.symbols; }
  bool usable(std::uint16_t locate) const noexcept { return locate != 0 && locate <= capacity_.symbols; }
  const Book& book(Locate locate) const noexcept { return books_[known(locate) ? locate.value : 0]; }

  static bool storable(std::uint32_t shares, std::uint32_t price) noexcept {
    return shares != 0 && price <= feed::max_price.value;
  }
  static std::uint16_t length_of(const std::byte* message) noexcept {
    return itch::load<std::uint16_t>(message - 2);
  }

  // What look-ahead has found out about a message: where the table begins to look for its order; and the slot of the
  // order that it names, or the place in the price ladder of the one that it adds. The latter is only a guess, checked
  // before use: messages in between may have changed it.
  struct Guess {
    std::uint32_t at = 0xFFFF'FFFF;
    Home home = 0;
  };

  // One packet's worth of messages in look-ahead, and those of them that add or name an order, or do both.
  static constexpr std::size_t look_ahead = 32;
  static constexpr std::size_t stream_ahead = 768;  // bytes: 256 to 2,048 gave the same
  struct Window {
    std::array<const std::byte*, look_ahead> messages;
    std::array<Guess, look_ahead> guesses;
    std::array<std::uint8_t, look_ahead> adding;
    std::array<std::uint8_t, look_ahead> naming;
    std::array<std::uint8_t, look_ahead> replacing;
    std::size_t size = 0;
    std::size_t adds = 0;
    std::size_t names = 0;
    std::size_t replaces = 0;
  };
  const std::byte* look_at_messages(Window& window, const std::byte* block, std::size_t count) const noexcept;
  void look_at_orders(Window& window) const noexcept;
  PriceLevels::Place look_at_level(Locate locate, std::size_t side, std::uint32_t price) const noexcept;

  // The messages.
  template <class Sink>
  void apply_guessed(std::span<const std::byte> message, Guess guess, Sink& sink) noexcept;
  template <class Sink>
  void dispatch(const std::byte* message, Guess guess, Sink& sink) noexcept;
  template <class Sink>
  void add(itch::AddOrderView message, Guess guess, Sink& sink) noexcept;
  template <class Sink>
  void remove(itch::OrderView message, Guess guess, Sink& sink) noexcept;
  template <class Sink>
  void replace(itch::OrderReplaceView message, Guess guess, Sink& sink) noexcept;
  template <class Sink>
  void cancel(itch::OrderCancelView message, Guess guess, Sink& sink) noexcept;
  template <class Sink>
  void execute(itch::OrderExecutedView message, Guess guess, Sink& sink) noexcept;
  template <class Sink>
  void execute_at(itch::OrderExecutedWithPriceView message, Guess guess, Sink& sink) noexcept;
  template <class Sink>
  void print_trade(itch::TradeView message, Sink& sink) noexcept;
  template <class Sink>
  void print_cross(itch::CrossTradeView message, Sink& sink) noexcept;
  void declare(itch::StockDirectoryView message) noexcept;
  void count_execution(std::uint16_t locate, std::uint32_t price, std::uint32_t shares) noexcept;

  // What they are made of. Those that return a bool say whether the best price or its shares changed.
  Slot find(itch::OrderView message, Guess guess) noexcept;
  Guess no_guess(std::uint64_t ref) const noexcept { return {.home = orders_.home(ref)}; }
  struct Reduced {
    std::uint32_t shares;
    bool best_changed;
  };
  Reduced reduce(Slot slot, Home home, std::uint16_t locate, std::uint32_t shares) noexcept;
  bool take_out(Slot slot, Home home, std::uint16_t locate) noexcept;
  void drop_block(PriceLevels& levels, std::int32_t key, LevelQueues::Id id) noexcept;
  bool put_in(std::uint16_t locate, std::size_t side, std::uint64_t ref, std::uint32_t shares,
              std::uint32_t price, Guess guess) noexcept;
  bool refuse() noexcept;
  PriceLevels::Place level_for(PriceLevels& levels, std::int32_t key, std::uint16_t locate,
                               std::uint32_t price) noexcept;
  const LevelQueues::Block& block_of(Slot slot) const noexcept { return queues_[orders_.queue(slot)]; }
  template <class Visit>
  void visit_book(Locate locate, Visit&& visit) const noexcept;

  Capacity capacity_;
  Table orders_;
  LevelQueues queues_;
  LevelPool deep_levels_;
  HugeArray<Book> books_;
  HugeArray<SymbolStatistics> statistics_;
  HugeArray<Name> symbols_;
  BookCounters counters_;
};

using OrderBooks = BasicOrderBooks<OrderTable>;

}  // namespace lln::handler

#include <lln/handler/detail/order_book_apply.hpp>
#include <lln/handler/detail/order_book_change.hpp>
#include <lln/handler/detail/order_book_look_ahead.hpp>
#include <lln/handler/detail/order_book_query.hpp>
