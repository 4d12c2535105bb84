// The generator's own books: what is live, where the touch is, which order is first in line.
//
// Built for speed and bounded memory, which the wire protocol does not ask for: each symbol trades inside a band of 512
// price steps around its opening price, so a level is an array element and the best price a bit scan.
// Threads: one thread an object. Guarantees: no allocation after construction but the growth of the order pool.
// Cost: 32 bytes an order, 4.3 kB a symbol.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace lln::exchange::detail {

inline constexpr int band = 512;  // price steps in which a symbol trades
inline constexpr std::uint32_t no_order = ~std::uint32_t{0};
inline constexpr int no_level = -1;

struct FlowOrder {
  std::uint64_t reference = 0;
  std::uint32_t shares = 0;       // 0 = not live
  std::uint32_t next = no_order;  // behind it at its price
  std::uint32_t previous = no_order;
  std::uint32_t arrival = 0;  // low bits of the number of orders that came before
  std::uint16_t symbol = 0;   // locate - 1
  std::uint16_t level = 0;    // 0 .. band-1
  bool sell = false;
  bool lasting = false;  // stays all day unless executed
};
static_assert(sizeof(FlowOrder) == 32);

class FlowBooks {
 public:
  FlowBooks(std::uint32_t symbols, std::uint32_t expected_orders)
      : sides_(2 * symbols), levels_(std::size_t{symbols} * band) {
    orders_.reserve(expected_orders + expected_orders / 8 + 1024);
    cancellable_.reserve(orders_.capacity() / 64 + 1);
  }

  std::uint32_t add(std::uint16_t symbol, bool sell, int level, std::uint32_t shares, std::uint64_t reference,
                    bool lasting) {
    std::uint32_t index;
    if (free_ != no_order) {
      index = free_;
      free_ = orders_[index].next;
    } else {
      index = static_cast<std::uint32_t>(orders_.size());
      orders_.emplace_back();
      if (index / 64 == cancellable_.size()) cancellable_.push_back(0);
    }
    FlowOrder& order = orders_[index];
    order.reference = reference;
    order.shares = shares;
    order.symbol = symbol;
    order.sell = sell;
    order.lasting = lasting;
    link(index, level);
    if (!lasting) cancellable_[index / 64] |= bit(index);
    ++live_;
    return index;
  }

  void remove(std::uint32_t index) {
    unlink(index);
    cancellable_[index / 64] &= ~bit(index);
    orders_[index].shares = 0;
    orders_[index].next = free_;
    free_ = index;
    --live_;
  }

  /// To the tail of a level.
  void link(std::uint32_t index, int level) {
    FlowOrder& order = orders_[index];
    order.level = static_cast<std::uint16_t>(level);
    Level& queue = level_of(order.symbol, level);
    order.next = no_order;
    order.previous = queue.tail;
    if (queue.tail != no_order) {
      orders_[queue.tail].next = index;
    } else {
      queue.head = index;
      SideBook& side = side_of(order.symbol, order.sell);
      side.occupied[static_cast<std::size_t>(level) / 64] |= bit(static_cast<std::uint32_t>(level));
      if (side.best == no_level || (order.sell ? level < side.best : level > side.best)) side.best = level;
    }
    queue.tail = index;
  }

  void unlink(std::uint32_t index) {
    const FlowOrder& order = orders_[index];
    Level& queue = level_of(order.symbol, order.level);
    if (order.previous != no_order)
      orders_[order.previous].next = order.next;
    else
      queue.head = order.next;
    if (order.next != no_order)
      orders_[order.next].previous = order.previous;
    else
      queue.tail = order.previous;
    if (queue.head != no_order) return;
    SideBook& side = side_of(order.symbol, order.sell);
    side.occupied[order.level / 64U] &= ~bit(order.level);
    if (side.best == order.level)
      side.best = order.sell ? lowest(side, order.level) : highest(side, order.level);
  }

  FlowOrder& operator[](std::uint32_t index) noexcept { return orders_[index]; }
  const FlowOrder& operator[](std::uint32_t index) const noexcept { return orders_[index]; }
  /// Slots in use or free again: valid indices are below.
  std::uint32_t slots() const noexcept { return static_cast<std::uint32_t>(orders_.size()); }
  bool cancellable(std::uint32_t index) const noexcept {
    return (cancellable_[index / 64] & bit(index)) != 0;
  }
  std::uint32_t live() const noexcept { return live_; }
  /// Level of the best price, or no_level.
  int best(std::uint16_t symbol, bool sell) const noexcept { return sides_[2U * symbol + sell].best; }
  /// The order that is first in line at that level.
  std::uint32_t head(std::uint16_t symbol, int level) const noexcept {
    return levels_[std::size_t{symbol} * band + static_cast<std::size_t>(level)].head;
  }
  void prefetch(std::uint32_t index) const noexcept { __builtin_prefetch(&orders_[index]); }
  /// What unlink() is going to touch; the order itself should be in the cache by now.
  void prefetch_neighbours(std::uint32_t index) const noexcept {
    const FlowOrder& order = orders_[index];
    if (order.previous != no_order) __builtin_prefetch(&orders_[order.previous]);
    if (order.next != no_order) __builtin_prefetch(&orders_[order.next]);
    __builtin_prefetch(&levels_[std::size_t{order.symbol} * band + order.level]);
    __builtin_prefetch(&sides_[2U * order.symbol + order.sell]);
  }

 private:
  struct Level {
    std::uint32_t head = no_order;
    std::uint32_t tail = no_order;
  };
  struct SideBook {
    std::array<std::uint64_t, band / 64> occupied{};  // a bit for each level that has orders
    int best = no_level;
  };

  static constexpr std::uint64_t bit(std::uint32_t i) noexcept { return std::uint64_t{1} << (i % 64); }
  Level& level_of(std::uint16_t symbol, int level) noexcept {
    return levels_[std::size_t{symbol} * band + static_cast<std::size_t>(level)];
  }
  SideBook& side_of(std::uint16_t symbol, bool sell) noexcept { return sides_[2U * symbol + sell]; }

  static int highest(const SideBook& side, int from) noexcept {
    for (int word = from / 64; word >= 0; --word)
      if (const std::uint64_t bits = side.occupied[static_cast<std::size_t>(word)]; bits != 0)
        return word * 64 + 63 - std::countl_zero(bits);
    return no_level;
  }
  static int lowest(const SideBook& side, int from) noexcept {
    for (int word = from / 64; word < band / 64; ++word)
      if (const std::uint64_t bits = side.occupied[static_cast<std::size_t>(word)]; bits != 0)
        return word * 64 + std::countr_zero(bits);
    return no_level;
  }

  std::vector<SideBook> sides_;
  std::vector<Level> levels_;
  std::vector<FlowOrder> orders_;
  std::vector<std::uint64_t> cancellable_;  // a bit for each slot
  std::uint32_t free_ = no_order;
  std::uint32_t live_ = 0;
};

}  // namespace lln::exchange::detail
