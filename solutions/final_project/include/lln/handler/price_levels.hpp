// The price levels of one side of one book, best first: the best twelve in place, the rest in a pool.
//
// One thread. No allocation. The place of a side is known from the message's locate alone, so its levels are one cache
// miss away and not two. All twelve prices stand in the first line, compared at once; the second line has what the best
// four hold: three of four changes need no more. When the near part is full its two worst move to the end of the deep
// array, when it has fewer than ten the best of the deep array come back: a few bytes, where both arrays are warm. A
// deep level's shares are not kept here but summed over its queue when it comes back, so that most changes in it need
// not look for it.
// Prices stand here as keys above 0 of which the larger is better, on both sides; all zero bytes are a side without
// levels.
#pragma once

#include <lln/handler/lanes.hpp>
#include <lln/handler/level_pool.hpp>
#include <lln/handler/level_queues.hpp>
#include <lln/handler/prefetch.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace lln::handler {

class alignas(64) PriceLevels {
 public:
  /// Where a level stands: counted from the best in the near part; deep_place and up in the deep array, from the worst.
  using Place = std::uint32_t;
  static constexpr Place deep_place = 16;
  static constexpr Place nowhere = 0xFFFF'FFFF;

  void prefetch() const noexcept {
    handler::prefetch(this);
    handler::prefetch(&near_[0]);
  }

  bool empty() const noexcept { return near_size_ == 0; }
  std::size_t size() const noexcept { return near_size_ + deep_.size; }
  /// 0 is the best; below size().
  Level level(std::size_t from_best, const LevelPool& pool) const noexcept {
    if (from_best < near_size_) return {keys_[from_best], near_[from_best].queue};
    return pool.begin(deep_)[deep_.size - 1 - (from_best - near_size_)];
  }
  /// Not when empty().
  std::int32_t best_key() const noexcept { return keys_[0]; }
  /// 0 when empty().
  std::uint64_t best_shares() const noexcept { return near_[0].shares; }

  /// Changes what the level at this place holds, when it is near: a deep one's shares are known to its queue alone.
  void change_shares(Place place, std::uint64_t by) noexcept {
    if (place < near_size_) [[likely]]
      near_[place].shares += by;
  }
  std::uint32_t& queue(Place place, LevelPool& pool) noexcept {
    return place < deep_place ? near_[place].queue : pool.begin(deep_)[place - deep_place].queue;
  }
  std::uint32_t queue(Place place, const LevelPool& pool) const noexcept {
    return place < deep_place ? near_[place].queue : pool.begin(deep_)[place - deep_place].queue;
  }
  bool holds_near(Place place, std::int32_t key) const noexcept {
    return place < near_capacity && keys_[place] == key;  // unused ones have no key that a price has
  }
  /// Whether the level at this place has this key: false for a guess that has become stale.
  bool holds(Place place, std::int32_t key, const LevelPool& pool) const noexcept {
    if (place < deep_place) [[likely]]
      return place < near_size_ && keys_[place] == key;
    return place - deep_place < deep_.size && pool.begin(deep_)[place - deep_place].key == key;
  }

  /// Where the level with this key stands, or belongs, in the near part; its end for all that is worse.
  Place find_near(std::int32_t key) const noexcept {
    // Comparing all costs less than one wrong guess about which is the first that is not better.
    const Lanes wanted = all_lanes(key);
    const unsigned better = bits_of(load_lanes(&keys_[0]) > wanted) |
                            bits_of(load_lanes(&keys_[4]) > wanted) << 4 |
                            bits_of(load_lanes(&keys_[8]) > wanted) << 8;
    return static_cast<Place>(std::countr_one(better));
  }
  /// Where the level with this key stands, or belongs.
  Place find(std::int32_t key, const LevelPool& pool) const noexcept {
    const Place place = find_near(key);
    if (place < near_size_ || deep_.size == 0) [[likely]]
      return place;
    return find_deep(key, pool);
  }

  /// Opens a level at the place where find() says that its key belongs. False, and nothing changed, when the pool has
  /// no room. The place of the new level is returned in `place`: making room may move it.
  bool insert(Place& place, const Level& level, LevelPool& pool) noexcept {
    if (place >= deep_place) {
      if (!pool.reserve(deep_, 1)) return false;
      pool.insert(deep_, place - deep_place, level);
      return true;
    }
    if (near_size_ == near_capacity) {
      if (!spill(pool)) return false;
      if (place > near_size_) {
        place = find_deep(level.key, pool);
        if (place >= deep_place) return insert(place, level, pool);
      }
    }
    for (std::size_t i = near_size_; i > place; --i) keys_[i] = keys_[i - 1], near_[i] = near_[i - 1];
    set_near(place, level);
    ++near_size_;
    return true;
  }

  void erase(Place place, LevelPool& pool, const LevelQueues& queues) noexcept {
    if (place >= deep_place) return pool.erase(deep_, place - deep_place);
    --near_size_;
    for (std::size_t i = place; i < near_size_; ++i) keys_[i] = keys_[i + 1], near_[i] = near_[i + 1];
    keys_[near_size_] = unused;
    near_[near_size_].shares = 0;
    if (near_size_ < near_low && deep_.size != 0) refill(pool, queues);
  }

  void clear() noexcept { *this = {}; }

 private:
  static constexpr std::uint32_t near_capacity = 12;
  static constexpr std::uint32_t near_low = 10;
  static constexpr std::uint32_t moved = 2;
  static constexpr std::int32_t unused = 0;  // better than nothing

  struct Near {
    std::uint64_t shares;
    std::uint32_t queue;
  };

  void set_near(std::size_t place, const Level& level) noexcept {
    keys_[place] = level.key;
    near_[place] = {0, level.queue};
  }

  // Of a key that is worse than all near ones: at the near end when it is better than all deep ones.
  Place find_deep(std::int32_t key, const LevelPool& pool) const noexcept {
    const std::uint32_t place = pool.lower_bound(deep_, key);
    return place == deep_.size ? near_size_ : deep_place + place;
  }

  // The worse half of a full near part becomes the best of the deep array.
  bool spill(LevelPool& pool) noexcept {
    if (!pool.reserve(deep_, moved)) return false;
    for (std::uint32_t i = 0; i < moved; ++i) {
      --near_size_;
      pool.begin(deep_)[deep_.size++] = {keys_[near_size_], near_[near_size_].queue};
      keys_[near_size_] = unused;
    }
    return true;
  }
  void refill(LevelPool& pool, const LevelQueues& queues) noexcept {
    for (std::uint32_t i = 0; i < moved && deep_.size != 0; ++i) {
      const Level& level = pool.begin(deep_)[--deep_.size];
      set_near(near_size_, level);
      near_[near_size_++].shares = queues.shares(level.queue);
    }
  }

  LevelArray deep_;
  std::uint32_t near_size_;
  std::array<std::int32_t, near_capacity> keys_;
  std::array<Near, near_capacity> near_;
};
static_assert(sizeof(PriceLevels) == 256);

}  // namespace lln::handler
