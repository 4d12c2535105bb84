// The orders of each price level in their order of arrival, ten to a cache line.
//
// One thread. Nothing allocates after construction; blocks are recycled last in, first out. A queue is a chain of
// blocks, known by its last one, where newcomers go. Leaving closes the gap inside one block, so no other order's
// record is touched: a linked list through the orders would read two more random lines a deletion. Each block knows
// price and symbol, so that an order need not, and the shares of its own orders, so that a change in a level far from
// the best price need not look for that level in the ladder.
#pragma once

#include <lln/handler/huge_array.hpp>
#include <lln/handler/lanes.hpp>
#include <lln/handler/prefetch.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace lln::handler {

class LevelQueues {
 public:
  using Id = std::uint32_t;  ///< of a block; 0 = none
  static constexpr std::size_t orders_per_block = 10;

  struct alignas(64) Block {
    std::array<std::uint32_t, orders_per_block> orders;
    std::uint64_t shares;  ///< of the orders in this block
    std::uint32_t price;
    std::uint16_t locate;
    std::uint16_t used;  ///< orders in this block
    Id previous;         ///< of the same queue, older orders
    Id next;             ///< of the same queue, or of the free list
  };
  static_assert(sizeof(Block) == 64);

  explicit LevelQueues(std::uint32_t capacity)
      : blocks_(std::size_t{capacity} + 1, HugeArray<Block>::Pages::untouched) {}

  const Block& operator[](Id id) const noexcept { return blocks_[id]; }
  void prefetch(Id id) const noexcept { handler::prefetch(&blocks_[id]); }

  /// No block left.
  bool full() const noexcept { return free_ == 0 && fresh_ == blocks_.size(); }

  /// A queue without orders, for append() to follow at once. Not when full().
  Id create(std::uint16_t locate, std::uint32_t price) noexcept {
    const Id id = take();
    Block& block = blocks_[id];
    block.price = price;
    block.locate = locate;
    block.used = 0;
    block.shares = 0;
    block.previous = 0;
    block.next = 0;
    return id;
  }

  /// Makes room at the tail of the queue that ends with block `last`; returns its last block now, 0 without room.
  Id with_room(Id last) noexcept {
    if (blocks_[last].used != orders_per_block) [[likely]]
      return last;
    return extend(last);
  }

  /// Puts an order at the tail of the queue. After with_room().
  void append(Id last, std::uint32_t order, std::uint32_t shares) noexcept {
    Block& block = blocks_[last];
    block.orders[block.used++] = order;
    block.shares += shares;
  }

  void reduce(Id id, std::uint32_t shares) noexcept { blocks_[id].shares -= shares; }

  /// Takes an order out of the block that it stands in. False when that was the block's last one: unlink() follows.
  bool remove(Id id, std::uint32_t order, std::uint32_t shares) noexcept {
    Block& block = blocks_[id];
    close_gap(block.orders, order);
    block.shares -= shares;
    return --block.used != 0;
  }

  /// Takes an empty block out of its queue. Returns the last block of the queue now, 0 when no orders are left.
  Id unlink(Id id) noexcept {
    Block& block = blocks_[id];
    const Id previous = block.previous;
    const Id next = block.next;
    if (previous != 0) blocks_[previous].next = next;
    if (next != 0) blocks_[next].previous = previous;
    block.next = free_;
    free_ = id;
    return next != 0 ? id : previous;
  }

  /// Of all orders in the queue.
  std::uint64_t shares(Id last) const noexcept {
    std::uint64_t sum = 0;
    for (Id id = last; id != 0; id = blocks_[id].previous) sum += blocks_[id].shares;
    return sum;
  }

  /// Calls visit(order) from the oldest order to the newest.
  template <class Visit>
  void visit(Id last, Visit&& visit) const noexcept {
    Id id = last;
    while (blocks_[id].previous != 0) id = blocks_[id].previous;
    for (; id != 0; id = blocks_[id].next)
      for (std::size_t i = 0; i < blocks_[id].used; ++i) visit(blocks_[id].orders[i]);
  }

  void clear() noexcept {
    free_ = 0;
    fresh_ = 1;
  }

  std::size_t bytes() const noexcept { return blocks_.bytes(); }
  /// To be touched before use.
  std::span<std::byte> memory() noexcept { return blocks_.memory(); }

 private:
  Id take() noexcept {
    if (free_ == 0) return fresh_++;
    const Id id = free_;
    free_ = blocks_[id].next;
    return id;
  }
  [[gnu::noinline]] Id extend(Id last) noexcept {
    if (full()) return 0;
    const Block& old = blocks_[last];
    const Id id = create(old.locate, old.price);
    blocks_[id].previous = last;
    blocks_[last].next = id;
    return id;
  }

  // Takes one order out and moves up those behind it: always all places, and no branch on which one it is, which would
  // be mispredicted every other time.
  static void close_gap(std::array<std::uint32_t, orders_per_block>& orders, std::uint32_t order) noexcept {
    const Lanes wanted = all_lanes(static_cast<std::int32_t>(order));
    const Lanes first = load_lanes(&orders[0]);
    const Lanes second = load_lanes(&orders[4]);
    const Lanes third = load_lanes(&orders[8]);
    const unsigned found =
        bits_of(first == wanted) | bits_of(second == wanted) << 4 | bits_of(third == wanted) << 8;
    const int at = std::countr_zero(found);
    const Lanes places{0, 1, 2, 3};
    const auto moved_up = [at](Lanes as_is, Lanes shifted, Lanes place) {
      const Lanes behind = place >= at;
      return (shifted & behind) | (as_is & ~behind);
    };
    store_lanes(&orders[0], moved_up(first, __builtin_shufflevector(first, second, 1, 2, 3, 4), places));
    store_lanes(&orders[4], moved_up(second, __builtin_shufflevector(second, third, 1, 2, 3, 4), places + 4));
    store_lanes(&orders[8], moved_up(third, __builtin_shufflevector(third, third, 1, 1, 2, 3), places + 8));
  }

  HugeArray<Block> blocks_;
  Id free_ = 0;
  Id fresh_ = 1;  // blocks from here on were never used
};

}  // namespace lln::handler
