// FlatMap: 64-bit keys to small values in one array; a lookup is one cache miss, and many lookups overlap theirs.
//
// Threads    One at a time; find() and find_batch() of many threads while nobody changes the map.
// Allocation All in the constructor, which touches every page; or none, over the caller's memory. It never grows.
// Failure    insert() into a full map answers nullptr. The key `reserved_key` can be neither inserted nor found.
// Pointers   A Value* is good until the next insert() or erase(): both may move values.
// Cost       bench/flat_map_bench.cpp. find() reads 1.5 slots on average when the map is half full, 2.5 at its limit of
//            three quarters; slots of 16 bytes stand four in a line.
// Source     Open addressing with linear probing; deletion by moving back what follows (Knuth, TAOCP 3, 6.4, algorithm
//            R), so that there are no tombstones and the map does not become slower with age.
#pragma once

#include <lln/cache/cache_aligned.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <span>
#include <stdexcept>
#include <type_traits>

namespace lln::cache {

template <class Value>
class FlatMap {
  static_assert(std::is_trivially_copyable_v<Value> && std::is_trivially_destructible_v<Value>);

 public:
  static constexpr std::uint64_t reserved_key =
      std::numeric_limits<std::uint64_t>::max();  // marks an empty slot
  // How many keys ahead find_batch() asks for lines; bench/flat_map_bench.cpp has the sweep.
  static constexpr std::size_t look_ahead = 16;

  // capacity: keys, at least 1. Else std::invalid_argument.
  explicit FlatMap(std::size_t capacity)
      : FlatMap(capacity, static_cast<std::byte*>(::operator new(bytes_for(capacity), alignment))) {
    owned_.reset(reinterpret_cast<std::byte*>(slots_.data()));
  }

  // Over memory that outlives the map, aligned to a cache line: a HugePageBuffer's. As many keys as fit.
  // std::invalid_argument when it is too small for one key, or not aligned.
  explicit FlatMap(std::span<std::byte> memory) : FlatMap(capacity_of(memory), memory.data()) {}

  FlatMap(const FlatMap&) = delete;
  FlatMap& operator=(const FlatMap&) = delete;

  // The memory that so many keys take.
  static std::size_t bytes_for(std::size_t capacity) {
    if (capacity == 0) throw std::invalid_argument("FlatMap: capacity 0; at least 1 key");
    if (capacity > std::numeric_limits<std::size_t>::max() / 8 / sizeof(Slot))
      throw std::bad_array_new_length();
    return std::bit_ceil((4 * capacity + 2) / 3) * sizeof(Slot);
  }

  // nullptr when the key is absent.
  Value* find(std::uint64_t key) noexcept {
    const Slot& slot = slots_[place_of(key)];
    return slot.key == key && key != reserved_key ? const_cast<Value*>(&slot.value) : nullptr;
  }
  const Value* find(std::uint64_t key) const noexcept { return const_cast<FlatMap*>(this)->find(key); }

  // #region find-batch
  // results[i] = find(keys[i]), for each i; results must be as long as keys. While one key is looked at, the lines of
  // the next `ahead` keys are under way.
  template <std::size_t ahead = look_ahead>
  void find_batch(std::span<const std::uint64_t> keys, std::span<Value*> results) noexcept {
    const std::size_t n = keys.size();
    for (std::size_t i = 0; i < std::min(ahead, n); ++i) prefetch(keys[i]);
    for (std::size_t i = 0; i < n; ++i) {
      if (i + ahead < n) prefetch(keys[i + ahead]);
      results[i] = find(keys[i]);
    }
  }
  // #endregion find-batch

  // Asks for the line where a search for this key begins. Harmless for any key.
  void prefetch(std::uint64_t key) const noexcept { __builtin_prefetch(&slots_[home_of(key)]); }

  struct Inserted {
    Value* value;  // the one in the map; nullptr: full, or the reserved key
    bool is_new;   // false: the key was there, its value is as it was
  };
  Inserted insert(std::uint64_t key, const Value& value) noexcept {
    if (key == reserved_key) return {nullptr, false};
    Slot& slot = slots_[place_of(key)];
    if (slot.key == key) return {&slot.value, false};
    if (size_ == capacity_) return {nullptr, false};
    slot = {key, value};
    ++size_;
    return {&slot.value, true};
  }

  // #region erase
  // False when the key is absent.
  bool erase(std::uint64_t key) noexcept {
    std::size_t hole = place_of(key);
    if (slots_[hole].key != key || key == reserved_key) return false;
    for (std::size_t at = next(hole); slots_[at].key != reserved_key; at = next(at)) {
      // A key may go back into the hole unless that is before its home: then nobody would find it.
      const std::size_t from_home = (at - home_of(slots_[at].key)) & mask_;
      const std::size_t from_hole = (at - hole) & mask_;
      if (from_home < from_hole) continue;
      slots_[hole] = slots_[at];
      hole = at;
    }
    slots_[hole].key = reserved_key;
    --size_;
    return true;
  }
  // #endregion erase

  std::size_t size() const noexcept { return size_; }
  std::size_t capacity() const noexcept { return capacity_; }

 private:
  struct Slot {
    std::uint64_t key;
    Value value;
  };
  struct Free {
    void operator()(std::byte* memory) const noexcept { ::operator delete(memory, alignment); }
  };
  static constexpr std::align_val_t alignment{std::max(alignof(Slot), cache_line)};

  FlatMap(std::size_t capacity, std::byte* memory) : capacity_(capacity) {
    const std::size_t count = bytes_for(capacity) / sizeof(Slot);
    if (reinterpret_cast<std::uintptr_t>(memory) % static_cast<std::size_t>(alignment) != 0)
      throw std::invalid_argument("FlatMap: memory that does not begin with a cache line");
    auto* const first = reinterpret_cast<Slot*>(memory);
    for (std::size_t i = 0; i < count; ++i) ::new (first + i) Slot{reserved_key, {}};
    slots_ = {first, count};
    mask_ = count - 1;
    shift_ = 64 - std::countr_zero(count);
  }

  static std::size_t capacity_of(std::span<std::byte> memory) {
    const std::size_t slots = std::bit_floor(memory.size() / sizeof(Slot));
    if (slots < 2) throw std::invalid_argument("FlatMap: memory for less than one key");
    return slots * 3 / 4;  // the largest number whose bytes_for() fits
  }

  // Multiplication by 2^64 / golden ratio: neighbouring keys land far apart.
  std::size_t home_of(std::uint64_t key) const noexcept {
    return static_cast<std::size_t>((key * 0x9E37'79B9'7F4A'7C15) >> shift_);
  }
  std::size_t next(std::size_t slot) const noexcept { return (slot + 1) & mask_; }
  // Where the key is, or the empty slot where it would go: there is always one.
  std::size_t place_of(std::uint64_t key) const noexcept {
    std::size_t at = home_of(key);
    while (slots_[at].key != key && slots_[at].key != reserved_key) at = next(at);
    return at;
  }

  std::span<Slot> slots_;
  std::size_t mask_ = 0;
  int shift_ = 0;
  std::size_t size_ = 0;
  std::size_t capacity_;
  std::unique_ptr<std::byte, Free> owned_;
};

}  // namespace lln::cache
