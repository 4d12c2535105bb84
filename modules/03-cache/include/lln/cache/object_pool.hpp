// ObjectPool: a fixed number of slots for objects of one type, taken and given back in a few instructions.
//
// Threads    One at a time.
// Allocation All in the constructor, which also touches every page. No system call after that.
// Failure    An exhausted pool answers nullptr (or an empty Loan). Giving back what is no live object of this pool
//            is undefined; a build with assertions stops at a pointer that is none of its slots, not at a second
//            giving back.
// Cost       bench/object_pool_bench.cpp. Taking and giving back each touch one word of the slot and the pool's own
//            line; the slot given back last is the next one taken, because it is the likeliest to be cached.
#pragma once

#include <lln/cache/cache_aligned.hpp>

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace lln::cache {

template <class T>
class ObjectPool {
  static_assert(std::is_object_v<T> && !std::is_const_v<T> && std::is_nothrow_destructible_v<T>);

  // A free slot holds the pointer to the next free one where the object would be.
  union Slot {
    Slot() noexcept : next(nullptr) {}
    ~Slot() {}
    Slot* next;
    T object;
  };

 public:
  struct GiveBack {
    ObjectPool* pool = nullptr;
    void operator()(T* object) const noexcept { pool->destroy(object); }
  };
  using Loan = std::unique_ptr<T, GiveBack>;  // gives its object back; must not outlive the pool

  // capacity: objects, at least 1. Else std::invalid_argument.
  explicit ObjectPool(std::size_t capacity) : capacity_(capacity) {
    if (capacity == 0) throw std::invalid_argument("ObjectPool: capacity 0; at least 1 object");
    if (capacity > std::numeric_limits<std::size_t>::max() / sizeof(Slot)) throw std::bad_array_new_length();
    slots_ = static_cast<Slot*>(::operator new(capacity * sizeof(Slot), alignment));
    std::memset(static_cast<void*>(slots_), 0, capacity * sizeof(Slot));  // page faults happen now
    for (std::size_t i = capacity; i-- > 0;) {                            // the first slot is taken first
      Slot* const slot = ::new (static_cast<void*>(slots_ + i)) Slot;
      slot->next = free_;
      free_ = slot;
    }
  }

  // No object may be alive.
  ~ObjectPool() {
    assert(live() == 0 && "an object outlives its pool");
    ::operator delete(static_cast<void*>(slots_), alignment);
  }

  ObjectPool(const ObjectPool&) = delete;
  ObjectPool& operator=(const ObjectPool&) = delete;

  // A new object, or nullptr when all slots are taken. If T's constructor throws, the slot is free again.
  template <class... Args>
  T* create(Args&&... args) noexcept(std::is_nothrow_constructible_v<T, Args...>) {
    Slot* const slot = free_;
    if (slot == nullptr) return nullptr;
    Slot* const next = slot->next;
    T* object = nullptr;
    if constexpr (std::is_nothrow_constructible_v<T, Args...>) {
      object = std::construct_at(std::addressof(slot->object), std::forward<Args>(args)...);
    } else {
      try {
        object = std::construct_at(std::addressof(slot->object), std::forward<Args>(args)...);
      } catch (...) {
        slot->next = next;
        throw;
      }
    }
    free_ = next;
    return object;
  }

  // object: from create() of this pool, not yet destroyed. Its slot is the next to be taken.
  void destroy(T* object) noexcept {
    assert(owns(object));
    std::destroy_at(object);
    Slot* const slot = reinterpret_cast<Slot*>(object);
    slot->next = free_;
    free_ = slot;
  }

  // create() whose result gives itself back. Empty when all slots are taken.
  template <class... Args>
  Loan lend(Args&&... args) noexcept(std::is_nothrow_constructible_v<T, Args...>) {
    return Loan(create(std::forward<Args>(args)...), GiveBack{this});
  }

  // Whether the pointer is one of this pool's slots; says nothing about whether the object is alive.
  bool owns(const T* object) const noexcept {
    const auto address = reinterpret_cast<std::uintptr_t>(object);
    const auto first = reinterpret_cast<std::uintptr_t>(slots_);
    // Below the first, the difference wraps to more than the pool holds.
    return address - first < capacity_ * sizeof(Slot) && (address - first) % sizeof(Slot) == 0;
  }

  // Counts the free slots one by one: for tests and reports, so that the hot path counts nothing.
  std::size_t live() const noexcept {
    std::size_t free = 0;
    for (const Slot* slot = free_; slot != nullptr; slot = slot->next) ++free;
    return capacity_ - free;
  }
  std::size_t capacity() const noexcept { return capacity_; }

 private:
  static constexpr std::align_val_t alignment{std::max(alignof(Slot), cache_line)};

  Slot* free_ = nullptr;
  Slot* slots_ = nullptr;
  std::size_t capacity_;
};

}  // namespace lln::cache
