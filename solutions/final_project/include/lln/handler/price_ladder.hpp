// The price levels of one side of one book: a sorted array with the best price at its end, out of a common pool.
//
// One thread. Nothing allocates after construction: arrays are blocks of 8, 16, 32, ... entries and double by moving to
// the next size; freed blocks serve other books. Prices of the ask side are stored inverted (~price), so that the best
// is the largest on both sides and one code path serves both. Searching starts at the best price, where the changes
// are: 1 to 5 steps on average, a binary search beyond 16. A level that opens or closes d places from the best moves d
// entries of 8 bytes: with N levels a hostile stream can make one message cost N steps.
#pragma once

#include <lln/handler/huge_array.hpp>

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
  explicit LadderPool(std::size_t entries) : entries_(entries + smallest) { free_.fill(0); }

  const LadderEntry* begin(const Ladder& ladder) const noexcept { return entries_.data() + ladder.first; }
  const LadderEntry& best(const Ladder& ladder) const noexcept {
    return entries_[ladder.first + ladder.size - 1];
  }
  void prefetch_best(const Ladder& ladder) const noexcept {
    __builtin_prefetch(entries_.data() + ladder.first + ladder.size, 1);
  }

  /// How many entries are worse than this key: where it stands, or belongs.
  std::uint32_t lower_bound(const Ladder& ladder, std::uint32_t key) const noexcept {
    const LadderEntry* entries = begin(ladder);
    std::uint32_t at = ladder.size;
    const std::uint32_t near = at > linear_steps ? at - linear_steps : 0;
    while (at > near && entries[at - 1].key >= key) --at;
    if (at != near || near == 0) return at;
    std::uint32_t low = 0;
    while (low < at) {
      const std::uint32_t middle = (low + at) / 2;
      if (entries[middle].key < key) {
        low = middle + 1;
      } else {
        at = middle;
      }
    }
    return at;
  }

  /// Makes room for one entry more; false when the pool has none.
  bool reserve(Ladder& ladder) noexcept {
    if (ladder.size < ladder.capacity) [[likely]]
      return true;
    const std::uint32_t capacity = ladder.capacity == 0 ? smallest : ladder.capacity * 2;
    const std::uint32_t first = take(capacity);
    if (first == 0) return false;
    if (ladder.capacity != 0) {
      std::memcpy(&entries_[first], &entries_[ladder.first], ladder.size * sizeof(LadderEntry));
      give_back(ladder.first, ladder.capacity);
    }
    ladder.first = first;
    ladder.capacity = capacity;
    return true;
  }

  /// After reserve().
  void insert(Ladder& ladder, std::uint32_t at, LadderEntry entry) noexcept {
    LadderEntry* entries = entries_.data() + ladder.first;
    for (std::uint32_t i = ladder.size; i > at; --i) entries[i] = entries[i - 1];
    entries[at] = entry;
    ++ladder.size;
  }

  void erase(Ladder& ladder, std::uint32_t at) noexcept {
    LadderEntry* entries = entries_.data() + ladder.first;
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
  static constexpr std::uint32_t smallest = 8;  // one cache line
  static constexpr std::uint32_t linear_steps = 16;

  std::uint32_t take(std::uint32_t capacity) noexcept {
    std::uint32_t& head = free_[static_cast<std::size_t>(std::countr_zero(capacity))];
    if (head != 0) {
      const std::uint32_t first = head;
      head = entries_[first].level;
      return first;
    }
    if (entries_.size() - fresh_ < capacity) return 0;
    const std::uint32_t first = static_cast<std::uint32_t>(fresh_);
    fresh_ += capacity;
    return first;
  }
  void give_back(std::uint32_t first, std::uint32_t capacity) noexcept {
    std::uint32_t& head = free_[static_cast<std::size_t>(std::countr_zero(capacity))];
    entries_[first].level = head;
    head = first;
  }

  HugeArray<LadderEntry> entries_;
  std::array<std::uint32_t, 32> free_{};  // by log2 of the capacity: first block of the free list, 0 = none
  std::size_t fresh_ = smallest;          // 0 stands for "none"; a multiple of 8 keeps blocks on whole lines
};

}  // namespace lln::handler
