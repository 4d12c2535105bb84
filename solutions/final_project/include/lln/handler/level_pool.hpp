// Sorted arrays of price levels out of a common pool: the deep part of the books.
//
// One thread. Nothing allocates after construction: arrays are blocks of 8, 16, 32, ... entries and double by moving to
// the next size; freed blocks serve other books. The best level is last, where changes are cheapest; a level that opens
// or closes d places from there moves d entries of 8 bytes.
#pragma once

#include <lln/handler/huge_array.hpp>
#include <lln/handler/lanes.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace lln::handler {

struct Level {
  std::int32_t key;     // above 0; larger is better
  std::uint32_t queue;  // last block of its queue
};

/// One array; lives with the book. All zero: no levels.
struct LevelArray {
  std::uint32_t first;  // of its block in the pool
  std::uint32_t size;
  std::uint32_t capacity;  // 0 or a power of two
};

class LevelPool {
 public:
  /// Room for so many levels, unused ends of arrays included.
  explicit LevelPool(std::size_t levels) : levels_(levels + smallest, HugeArray<Level>::Pages::untouched) {}

  Level* begin(const LevelArray& array) noexcept { return levels_.data() + array.first; }
  const Level* begin(const LevelArray& array) const noexcept { return levels_.data() + array.first; }

  /// How many levels are worse than this key: where it stands, or belongs.
  std::uint32_t lower_bound(const LevelArray& array, std::int32_t key) const noexcept {
    const Level* levels = begin(array);
    std::uint32_t low = 0;
    std::uint32_t size = array.size;
    if (size >= at_once) [[likely]] {
      // Most of what is looked for is among the best of the deep levels: one line, all compared at once.
      const Level* last = levels + size - at_once;
      const unsigned worse = bits_of(keys(last) < all_lanes(key)) | bits_of(keys(last + 4) < all_lanes(key))
                                                                        << 4;
      if (worse != 0) [[likely]]
        return size - at_once + static_cast<std::uint32_t>(std::countr_one(worse));
      size -= at_once;
    }
    while (size != 0) {
      const std::uint32_t half = (size + 1) / 2;
      low += half * (levels[low + half - 1].key < key);
      size -= half;
    }
    return low;
  }

  /// Makes room for so many more levels (at most `smallest`); false when the pool has none.
  bool reserve(LevelArray& array, std::uint32_t more) noexcept {
    if (array.size + more <= array.capacity) [[likely]]
      return true;
    const std::uint32_t capacity = array.capacity == 0 ? smallest : array.capacity * 2;
    const std::uint32_t first = take(capacity);
    if (first == 0) return false;
    if (array.capacity != 0) {
      std::memcpy(&levels_[first], &levels_[array.first], array.size * sizeof(Level));
      give_back(array.first, array.capacity);
    }
    array.first = first;
    array.capacity = capacity;
    return true;
  }

  /// After reserve().
  void insert(LevelArray& array, std::uint32_t at, const Level& level) noexcept {
    Level* levels = begin(array);
    std::memmove(levels + at + 1, levels + at, (array.size - at) * sizeof(Level));
    levels[at] = level;
    ++array.size;
  }

  void erase(LevelArray& array, std::uint32_t at) noexcept {
    Level* levels = begin(array);
    --array.size;
    std::memmove(levels + at, levels + at + 1, (array.size - at) * sizeof(Level));
  }

  /// All arrays must be reset too.
  void clear() noexcept {
    free_.fill(0);
    fresh_ = smallest;
  }

  std::size_t bytes() const noexcept { return levels_.bytes(); }
  /// To be touched before use.
  std::span<std::byte> memory() noexcept { return levels_.memory(); }

  static constexpr std::uint32_t smallest = 8;  // one cache line

 private:
  static constexpr std::uint32_t at_once = 8;
  static Lanes keys(const Level* four) noexcept {
    return __builtin_shufflevector(load_lanes(&four[0].key), load_lanes(&four[2].key), 0, 2, 4, 6);
  }
  std::uint32_t take(std::uint32_t capacity) noexcept {
    std::uint32_t& head = free_[static_cast<std::size_t>(std::countr_zero(capacity))];
    if (head != 0) {
      const std::uint32_t first = head;
      head = levels_[first].queue;
      return first;
    }
    if (levels_.size() - fresh_ < capacity) return 0;
    const std::uint32_t first = static_cast<std::uint32_t>(fresh_);
    fresh_ += capacity;
    return first;
  }
  void give_back(std::uint32_t first, std::uint32_t capacity) noexcept {
    std::uint32_t& head = free_[static_cast<std::size_t>(std::countr_zero(capacity))];
    levels_[first].queue = head;
    head = first;
  }

  HugeArray<Level> levels_;
  std::array<std::uint32_t, 32> free_{};  // by log2 of the capacity: first block of the free list, 0 = none
  std::size_t fresh_ = smallest;          // 0 stands for "none"; a multiple of 8 keeps blocks on whole lines
};

}  // namespace lln::handler
