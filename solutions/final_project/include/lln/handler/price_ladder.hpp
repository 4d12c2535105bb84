// The price levels of one side of one book: a sorted array with the best price at its end, out of a common pool.
//
// One thread. Nothing allocates after construction: arrays are blocks of 8, 16, 32, ... entries and double by moving to
// the next size; freed blocks serve other books. Prices of the ask side are stored inverted (~price), so that the best
// is the largest on both sides and one code path serves both. Searching starts at the best price, where the changes
// are: nine of ten within the best eight; a binary search beyond. A level that opens or closes d places from the best moves d
// entries of 8 bytes: with N levels a hostile stream can make one message cost N steps.
#pragma once

#include <lln/handler/huge_array.hpp>
#include <lln/handler/prefetch.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace lln::handler {

struct LadderEntry {
  std::uint32_t key;    // price, or ~price on the ask side: ascending, best last
  std::uint32_t level;  // what the owner knows the level by
};

/// One side of a book; lives in the book's cache line.
struct Ladder {
  std::uint32_t first = 0;  // of its block in the pool
  std::uint32_t size = 0;
  std::uint32_t capacity = 0;  // 0 or a power of two
};

class LadderPool {
 public:
  /// Room for so many entries, small blocks and growth included.
  explicit LadderPool(std::size_t entries) : entries_(entries + smallest + near) { free_.fill(0); }

  const LadderEntry* begin(const Ladder& ladder) const noexcept { return block(ladder.first); }
  const LadderEntry& best(const Ladder& ladder) const noexcept {
    return block(ladder.first)[ladder.size - 1];
  }
  void prefetch_best(const Ladder& ladder) const noexcept {
    handler::prefetch(block(ladder.first) + ladder.size);
  }

  /// How many entries are worse than this key: where it stands, or belongs.
  std::uint32_t lower_bound(const Ladder& ladder, std::uint32_t key) const noexcept {
    // The best eight at once, without a branch on where it is among them. The pool starts with eight entries that
    // belong to nobody, so that looking further back than a small ladder reaches is harmless.
    const LadderEntry* end = begin(ladder) + ladder.size;
    unsigned not_worse = 0;
    for (unsigned i = 0; i < near; ++i) not_worse |= static_cast<unsigned>((end - 1 - i)->key >= key) << i;
    const std::uint32_t steps = std::min(static_cast<std::uint32_t>(std::countr_one(not_worse)), ladder.size);
    if (steps < near) [[likely]]
      return ladder.size - steps;
    return far_lower_bound(ladder, key);
  }
  /// Whether the entry at this place has this key: false for a guess that has become stale.
  bool holds(const Ladder& ladder, std::uint32_t at, std::uint32_t key) const noexcept {
    return at < ladder.size && begin(ladder)[at].key == key;
  }

  /// Makes room for one entry more; false when the pool has none.
  bool reserve(Ladder& ladder) noexcept {
    if (ladder.size < ladder.capacity) [[likely]]
      return true;
    const std::uint32_t capacity = ladder.capacity == 0 ? smallest : ladder.capacity * 2;
    const std::uint32_t first = take(capacity);
    if (first == 0) return false;
    if (ladder.capacity != 0) {
      std::memcpy(block(first), block(ladder.first), ladder.size * sizeof(LadderEntry));
      give_back(ladder.first, ladder.capacity);
    }
    ladder.first = first;
    ladder.capacity = capacity;
    return true;
  }

  /// After reserve().
  void insert(Ladder& ladder, std::uint32_t at, LadderEntry entry) noexcept {
    LadderEntry* entries = block(ladder.first);
    for (std::uint32_t i = ladder.size; i > at; --i) entries[i] = entries[i - 1];
    entries[at] = entry;
    ++ladder.size;
  }

  void erase(Ladder& ladder, std::uint32_t at) noexcept {
    LadderEntry* entries = block(ladder.first);
    --ladder.size;
    for (std::uint32_t i = at; i < ladder.size; ++i) entries[i] = entries[i + 1];
  }

  /// All ladders must be reset too.
  void clear() noexcept {
    free_.fill(0);
    fresh_ = smallest;
  }

  std::size_t bytes() const noexcept { return entries_.bytes(); }

 private:
  LadderEntry* block(std::uint32_t first) noexcept { return entries_.data() + near + first; }
  const LadderEntry* block(std::uint32_t first) const noexcept { return entries_.data() + near + first; }

  static constexpr std::uint32_t smallest = 8;  // one cache line
  static constexpr unsigned near = 8;

  std::uint32_t far_lower_bound(const Ladder& ladder, std::uint32_t key) const noexcept {
    const LadderEntry* entries = begin(ladder);
    std::uint32_t low = 0;
    std::uint32_t high = ladder.size;
    while (low < high) {
      const std::uint32_t middle = (low + high) / 2;
      if (entries[middle].key < key) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  std::uint32_t take(std::uint32_t capacity) noexcept {
    std::uint32_t& head = free_[static_cast<std::size_t>(std::countr_zero(capacity))];
    if (head != 0) {
      const std::uint32_t first = head;
      head = block(first)->level;
      return first;
    }
    if (entries_.size() - near - fresh_ < capacity) return 0;
    const std::uint32_t first = static_cast<std::uint32_t>(fresh_);
    fresh_ += capacity;
    return first;
  }
  void give_back(std::uint32_t first, std::uint32_t capacity) noexcept {
    std::uint32_t& head = free_[static_cast<std::size_t>(std::countr_zero(capacity))];
    block(first)->level = head;
    head = first;
  }

  HugeArray<LadderEntry> entries_;
  std::array<std::uint32_t, 32> free_{};  // by log2 of the capacity: first block of the free list, 0 = none
  std::size_t fresh_ = smallest;          // 0 stands for "none"; a multiple of 8 keeps blocks on whole lines
};

}  // namespace lln::handler
