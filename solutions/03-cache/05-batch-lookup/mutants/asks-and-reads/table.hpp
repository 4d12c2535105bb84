// mutant: fetched-ahead release: each line is asked for just before it is read: nothing overlaps
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lln::exercise {

template <class T>
using Plain = T;

// Asks for a cache line and does not wait for it.
struct HardwarePrefetch {
  void operator()(const void* address) const { __builtin_prefetch(address); }
};

// Open addressing, linear probing: a key lies in its home slot or in one of those behind it, up to the first empty one;
// behind the last slot comes the first. The tests put in the place of Prefetch and Field what records their use.
template <class Prefetch = HardwarePrefetch, template <class> class Field = Plain>
class Table {
 public:
  static constexpr std::uint64_t absent = ~std::uint64_t{0};

  // 2^bits slots, 1 to 32 bits.
  explicit Table(unsigned bits) : shift_(64 - bits), slots_(std::size_t{1} << bits) {}

  // key: not 0, which marks an empty slot. False when the table is full: one slot always stays empty.
  bool insert(std::uint64_t key, std::uint64_t value) {
    std::size_t slot = home(key);
    while (slots_[slot].key != 0 && slots_[slot].key != key) slot = next(slot);
    if (slots_[slot].key == 0) {
      if (size_ + 1 == slots_.size()) return false;
      slots_[slot].key = key;
      ++size_;
    }
    slots_[slot].value = value;
    return true;
  }

  // The key's value, or `absent`.
  std::uint64_t find(std::uint64_t key) const {
    for (std::size_t slot = home(key);; slot = next(slot)) {
      const std::uint64_t there = slots_[slot].key;
      if (there == key) return slots_[slot].value;
      if (there == 0) return absent;
    }
  }

  void find_batch(std::span<const std::uint64_t> keys, std::span<std::uint64_t> values) const {
    for (std::size_t begin = 0; begin < keys.size(); begin += group) {
      const std::size_t end = std::min(begin + group, keys.size());
      for (std::size_t i = begin; i < end; ++i) {
        prefetch_(&slots_[home(keys[i])]);
        values[i] = find(keys[i]);
      }
    }
  }

  // The slot in which the search for a key begins.
  std::size_t home(std::uint64_t key) const {
    return static_cast<std::size_t>((key * 0x9e37'79b9'7f4a'7c15U) >> shift_);
  }

 private:
  static constexpr std::size_t group = 16;  // about as many misses as a core keeps in flight

  struct alignas(16) Slot {  // none lies in two lines
    Field<std::uint64_t> key{};
    Field<std::uint64_t> value{};
  };

  std::size_t next(std::size_t slot) const { return (slot + 1) & (slots_.size() - 1); }

  unsigned shift_;
  std::size_t size_ = 0;
  std::vector<Slot> slots_;
  [[no_unique_address]] Prefetch prefetch_;
};

}  // namespace lln::exercise
