// The orders of each price level in their order of arrival, nine to a cache line beside the level's own data.
//
// One thread. Nothing allocates after construction; blocks are recycled last in, first out. A level is known by its
// first block, which holds price, total and the nine oldest orders; longer queues go on in further blocks. Leaving the
// queue closes the gap inside one block, so neither neighbours' records nor other lines are touched: that is what makes
// it cheaper than a linked list through the orders, which reads two more random lines a deletion.
#pragma once

#include <lln/handler/huge_array.hpp>
#include <lln/handler/prefetch.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace lln::handler {

class LevelQueues {
 public:
  using Id = std::uint32_t;  ///< of a block; 0 = none
  static constexpr std::size_t orders_per_block = 9;

  struct alignas(64) Block {
    std::uint64_t shares;  ///< of the whole level; first block only, as price, locate and side
    std::uint32_t price;
    std::uint16_t locate;
    std::uint8_t side;  ///< 0 bid, 1 ask
    std::uint8_t used;  ///< orders in this block
    Id level;           ///< the level's first block
    Id next;            ///< of the same level, or of the free list
    Id last;            ///< first block: the level's last block; others: the block before
    std::array<std::uint32_t, orders_per_block> orders;
  };
  static_assert(sizeof(Block) == 64);

  explicit LevelQueues(std::uint32_t capacity) : blocks_(std::size_t{capacity} + 1) {}

  Block& operator[](Id id) noexcept { return blocks_[id]; }
  const Block& operator[](Id id) const noexcept { return blocks_[id]; }
  void prefetch(Id id) const noexcept { handler::prefetch(&blocks_[id]); }

  bool full() const noexcept { return free_ == 0 && fresh_ == blocks_.size(); }

  /// A new, empty level. Not when full().
  Id create(std::uint16_t locate, std::uint8_t side, std::uint32_t price) noexcept {
    const Id id = take();
    Block& block = blocks_[id];
    block.shares = 0;
    block.price = price;
    block.locate = locate;
    block.side = side;
    block.used = 0;
    block.level = id;
    block.next = 0;
    block.last = id;
    return id;
  }

  /// An empty level goes back to the pool.
  void destroy(Id level) noexcept { give_back(level); }

  /// Whether append() would need a block that is not there.
  bool no_room(Id level) const noexcept {
    return full() && blocks_[blocks_[level].last].used == orders_per_block;
  }

  /// Puts an order at the tail; returns the block that it stands in. Not when no_room().
  Id append(Id level, std::uint32_t order) noexcept {
    Id id = blocks_[level].last;
    if (blocks_[id].used == orders_per_block) [[unlikely]]
      id = extend(level);
    Block& block = blocks_[id];
    block.orders[block.used++] = order;
    return id;
  }

  /// Takes an order out of the block that it stands in. Returns true when the level has no orders left.
  bool remove(Id id, std::uint32_t order) noexcept {
    Block& block = blocks_[id];
    // Always all places and no branch on which one it is: that would be mispredicted every other time.
    bool behind = false;
    for (std::size_t i = 0; i + 1 < orders_per_block; ++i) {
      behind |= block.orders[i] == order;
      block.orders[i] = block.orders[i + behind];
    }
    --block.used;
    if (block.used != 0) return false;
    if (block.level == id) return block.next == 0;
    unlink(id);
    const Block& first = blocks_[block.level];
    return first.used == 0 && first.next == 0;
  }

  void clear() noexcept {
    free_ = 0;
    fresh_ = 1;
  }

  std::size_t bytes() const noexcept { return blocks_.bytes(); }

 private:
  Id take() noexcept {
    if (free_ == 0) return fresh_++;
    const Id id = free_;
    free_ = blocks_[id].next;
    return id;
  }
  void give_back(Id id) noexcept {
    blocks_[id].next = free_;
    free_ = id;
  }
  Id extend(Id level) noexcept {
    const Id id = take();
    Block& block = blocks_[id];
    Block& first = blocks_[level];
    block.used = 0;
    block.level = level;
    block.next = 0;
    block.last = first.last;
    blocks_[first.last].next = id;
    first.last = id;
    return id;
  }
  void unlink(Id id) noexcept {
    const Block& block = blocks_[id];
    blocks_[block.last].next = block.next;
    if (block.next != 0) {
      blocks_[block.next].last = block.last;
    } else {
      blocks_[block.level].last = block.last;
    }
    give_back(id);
  }

  HugeArray<Block> blocks_;
  Id free_ = 0;
  Id fresh_ = 1;  // blocks from here on were never used
};

}  // namespace lln::handler
