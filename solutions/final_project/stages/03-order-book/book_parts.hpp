// Stage 3: what the books are made of. Numbers of places in arrays link them; `no_place` ends a list.
#pragma once

#include <lln/project/book_types.hpp>
#include <lln/project/itch_events.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace lln::project {

inline constexpr std::uint32_t no_place = 0xFFFF'FFFF;

struct Order {
  std::uint64_t reference = 0;
  std::uint32_t shares = 0;
  std::uint32_t level = no_place;
  std::uint32_t ahead = no_place;   // in the queue of the level
  std::uint32_t behind = no_place;  // likewise; the next free one when this is none
};
struct PriceLevel {
  std::uint64_t shares = 0;
  std::uint32_t price = 0;
  std::uint32_t orders = 0;
  std::uint32_t first = no_place;
  std::uint32_t last = no_place;
  std::uint32_t better = no_place;
  std::uint32_t worse = no_place;  // the next free one when this is none
  std::uint16_t locate = 0;
  Side side = Side::buy;
};
// One symbol.
struct Book {
  std::array<std::uint32_t, 2> best{no_place, no_place};  // bid, ask
  std::uint32_t orders = 0;
  Stock symbol{};
};

// From reference to place in the array of orders: open addressing, at most half full.
class ReferenceIndex {
 public:
  explicit ReferenceIndex(std::size_t capacity)
      : entries_(std::bit_ceil(std::max<std::size_t>(2 * capacity, 2))),
        mask_(entries_.size() - 1),
        shift_(64 - std::countr_zero(entries_.size())) {}

  std::uint32_t find(std::uint64_t reference) const noexcept { return entries_[place_of(reference)].order; }

  void insert(std::uint64_t reference, std::uint32_t order) noexcept {
    entries_[place_of(reference)] = {reference, order};
  }

  // Whoever was pushed on by the one that goes moves up, so that no search ever meets a hole.
  void erase(std::uint64_t reference) noexcept {
    std::size_t hole = place_of(reference);
    for (std::size_t at = next(hole); entries_[at].order != no_place; at = next(at)) {
      const std::size_t pushed_on_by = (at - home(entries_[at].reference)) & mask_;
      if (pushed_on_by < ((at - hole) & mask_)) continue;  // its search begins behind the hole
      entries_[hole] = entries_[at];
      hole = at;
    }
    entries_[hole].order = no_place;
  }

  void clear() noexcept { std::fill(entries_.begin(), entries_.end(), Entry{}); }

 private:
  struct Entry {
    std::uint64_t reference = 0;
    std::uint32_t order = no_place;
  };

  // References of a day are nearly consecutive, and those of one sender may have a stride: the product scatters both.
  std::size_t home(std::uint64_t reference) const noexcept {
    return static_cast<std::size_t>((reference * 0x9E37'79B9'7F4A'7C15) >> shift_);
  }
  std::size_t next(std::size_t at) const noexcept { return (at + 1) & mask_; }
  // Where it is, or where it would be put.
  std::size_t place_of(std::uint64_t reference) const noexcept {
    std::size_t at = home(reference);
    while (entries_[at].order != no_place && entries_[at].reference != reference) at = next(at);
    return at;
  }

  std::vector<Entry> entries_;
  std::size_t mask_;
  int shift_;
};

}  // namespace lln::project
