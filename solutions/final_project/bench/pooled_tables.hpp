// The two ways of finding an order that lost against OrderTable: orders in a pool with slots recycled last in, first
// out, and a separate index from reference to slot. Both read two lines where OrderTable reads one.
#pragma once

#include <lln/handler/huge_array.hpp>
#include <lln/handler/prefetch.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lln::book_bench {

/// What both have in common: the pool. Index: find(ref, pool) -> slot, insert(ref, slot), erase(ref, slot, pool).
template <class Index>
class PooledTable {
 public:
  using Slot = std::uint32_t;
  static constexpr Slot none = 0xFFFF'FFFF;
  static constexpr std::uint32_t max_queue = (1U << 24) - 1;
  static constexpr bool order_is_in_index = false;

  explicit PooledTable(std::uint32_t capacity) : pool_(std::size_t{capacity} + 1), index_(capacity) {}

  using Home = std::uint64_t;
  static Home home(std::uint64_t ref) noexcept { return ref; }
  void prefetch(Home home) const noexcept { index_.prefetch(home); }
  void prefetch_order(std::uint64_t ref) const noexcept { index_.prefetch_candidates(ref, pool_.data()); }
  Slot find(std::uint64_t ref, Home) const noexcept { return index_.find(ref, pool_.data()); }
  Slot guess(std::uint64_t ref, Home home) const noexcept {
    const Slot slot = find(ref, home);
    return slot == none ? 0 : slot;  // no order ever stands in slot 0
  }

  bool holds(Slot slot, std::uint64_t its_ref) const noexcept {
    return slot != 0 && pool_[slot].ref == its_ref;
  }

  struct Vacancy {
    Slot slot = none;
    bool duplicate = false;
  };
  Vacancy vacancy(std::uint64_t ref, Home home) const noexcept {
    if (find(ref, home) != none) return {none, true};
    if (!index_.has_room(ref)) return {};
    if (free_ != 0) return {free_, false};
    return {fresh_ < pool_.size() ? static_cast<Slot>(fresh_) : none, false};
  }
  void insert(const Vacancy& vacancy, std::uint64_t ref, Home, std::uint32_t shares, std::uint32_t queue,
              std::size_t side) noexcept {
    const Slot slot = vacancy.slot;
    if (slot == free_) {
      free_ = pool_[slot].queue;
    } else {
      ++fresh_;
    }
    pool_[slot] = {ref, shares, queue | (static_cast<std::uint32_t>(side) << 31)};
    index_.insert(ref, slot);
    ++live_;
  }
  void erase(Slot slot, Home) noexcept {
    index_.erase(pool_[slot].ref, slot, pool_.data());
    pool_[slot].queue = free_;
    pool_[slot].ref = ~pool_[slot].ref;  // a stale slot must not look like its order
    free_ = slot;
    --live_;
  }
  std::uint64_t ref(Slot slot) const noexcept { return pool_[slot].ref; }
  std::uint32_t& shares(Slot slot) noexcept { return pool_[slot].shares; }
  std::uint32_t shares(Slot slot) const noexcept { return pool_[slot].shares; }
  std::uint32_t queue(Slot slot) const noexcept { return pool_[slot].queue & max_queue; }
  std::size_t side(Slot slot) const noexcept { return pool_[slot].queue >> 31; }
  std::size_t live() const noexcept { return live_; }
  std::size_t bytes() const noexcept { return pool_.bytes() + index_.bytes(); }
  std::span<std::byte> memory() noexcept { return {}; }  // touched already

 private:
  friend Index;
  struct Order {
    std::uint64_t ref;
    std::uint32_t shares;
    std::uint32_t queue;  // or the next free slot
  };
  static_assert(sizeof(Order) == 16);

  handler::HugeArray<Order> pool_;
  Index index_;
  Slot free_ = 0;
  std::size_t fresh_ = 1;
  std::size_t live_ = 0;
};

/// 64-byte buckets of sixteen 4-byte entries: slot in the low bits, the rest a tag that spares most looks at the pool.
class TaggedIndex {
 public:
  explicit TaggedIndex(std::uint32_t capacity)
      : buckets_(std::bit_ceil(std::size_t{capacity} / 4 + 1)),
        slot_bits_(static_cast<int>(std::bit_width(capacity))) {}

  void prefetch(std::uint64_t ref) const noexcept { handler::prefetch(&buckets_[home(hash(ref))]); }
  template <class Order>
  void prefetch_candidates(std::uint64_t ref, const Order* pool) const noexcept {
    const std::uint64_t h = hash(ref);
    for (const std::uint32_t entry : buckets_[home(h)].entries)
      if (entry != 0 && entry >> slot_bits_ == tag(h)) handler::prefetch(&pool[slot_of(entry)]);
  }
  template <class Order>
  std::uint32_t find(std::uint64_t ref, const Order* pool) const noexcept {
    const std::uint64_t h = hash(ref);
    for (const std::uint32_t entry : buckets_[home(h)].entries)
      if (entry != 0 && entry >> slot_bits_ == tag(h) && pool[slot_of(entry)].ref == ref)
        return slot_of(entry);
    return 0xFFFF'FFFF;
  }
  bool has_room(std::uint64_t ref) const noexcept {
    for (const std::uint32_t entry : buckets_[home(hash(ref))].entries)
      if (entry == 0) return true;
    return false;
  }
  void insert(std::uint64_t ref, std::uint32_t slot) noexcept {
    const std::uint64_t h = hash(ref);
    for (std::uint32_t& entry : buckets_[home(h)].entries)
      if (entry == 0) {
        entry = slot | (tag(h) << slot_bits_);
        return;
      }
  }
  template <class Order>
  void erase(std::uint64_t ref, std::uint32_t slot, const Order*) noexcept {
    for (std::uint32_t& entry : buckets_[home(hash(ref))].entries)
      if (entry != 0 && slot_of(entry) == slot) {
        entry = 0;
        return;
      }
  }
  std::size_t bytes() const noexcept { return buckets_.bytes(); }

 private:
  struct alignas(64) Bucket {
    std::array<std::uint32_t, 16> entries;
  };
  // Eight consecutive references share a bucket.
  static std::uint64_t hash(std::uint64_t ref) noexcept {
    return ((ref >> 3) * 0x9E37'79B9'7F4A'7C15) ^ (ref & 7);
  }
  std::size_t home(std::uint64_t h) const noexcept {
    return static_cast<std::size_t>(h >> (64 - std::countr_zero(buckets_.size())));
  }
  std::uint32_t tag(std::uint64_t h) const noexcept {
    return static_cast<std::uint32_t>(h) & ((1U << (32 - slot_bits_)) - 1);
  }
  std::uint32_t slot_of(std::uint32_t entry) const noexcept { return entry & ((1U << slot_bits_) - 1); }

  handler::HugeArray<Bucket> buckets_;
  int slot_bits_;
};

/// reference / 1024 -> page of 1024 slots; a page is recycled when its last order has gone. For references below 2^32
/// only, which real days keep; a book for the wire would need an overflow table beside it.
class PagedIndex {
 public:
  explicit PagedIndex(std::uint32_t capacity)
      : directory_(std::size_t{1} << 22), pages_(capacity / 64 + 64) {}

  void prefetch(std::uint64_t ref) const noexcept {
    const std::uint32_t page = page_of(ref);
    handler::prefetch(&pages_[page].slots[ref % page_size]);
  }
  template <class Order>
  void prefetch_candidates(std::uint64_t ref, const Order* pool) const noexcept {
    handler::prefetch(&pool[pages_[page_of(ref)].slots[ref % page_size]]);
  }
  template <class Order>
  std::uint32_t find(std::uint64_t ref, const Order*) const noexcept {
    const std::uint32_t slot = pages_[page_of(ref)].slots[ref % page_size];
    return slot == 0 ? 0xFFFF'FFFF : slot;
  }
  bool has_room(std::uint64_t ref) const noexcept {
    return ref >> 32 == 0 && (page_of(ref) != 0 || free_ != 0 || fresh_ < pages_.size());
  }
  void insert(std::uint64_t ref, std::uint32_t slot) noexcept {
    std::uint32_t& page = directory_[ref / page_size];
    if (page == 0) {
      page = free_ != 0 ? free_ : static_cast<std::uint32_t>(fresh_++);
      if (page == free_) free_ = pages_[page].next_free;
    }
    pages_[page].slots[ref % page_size] = slot;
    ++pages_[page].used;
  }
  template <class Order>
  void erase(std::uint64_t ref, std::uint32_t, const Order*) noexcept {
    std::uint32_t& page = directory_[ref / page_size];
    pages_[page].slots[ref % page_size] = 0;
    if (--pages_[page].used != 0) return;
    pages_[page].next_free = free_;
    free_ = page;
    page = 0;
  }
  std::size_t bytes() const noexcept { return directory_.bytes() + pages_.bytes(); }

 private:
  static constexpr std::size_t page_size = 1024;
  struct Page {
    std::array<std::uint32_t, page_size> slots;  // 0 = none
    std::uint32_t used;
    std::uint32_t next_free;
  };
  std::uint32_t page_of(std::uint64_t ref) const noexcept {
    return ref >> 32 == 0 ? directory_[ref / page_size] : 0;  // page 0 stays empty
  }

  handler::HugeArray<std::uint32_t> directory_;
  handler::HugeArray<Page> pages_;
  std::uint32_t free_ = 0;
  std::size_t fresh_ = 1;
};

using TaggedTable = PooledTable<TaggedIndex>;
using PagedTable = PooledTable<PagedIndex>;

}  // namespace lln::book_bench
