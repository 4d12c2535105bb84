// ObjectPool: a fixed number of slots for objects of one type, taken and given back in a few instructions.
//
// Threads    One at a time.
// Allocation All in the constructor, which also touches every page. No system call after that.
// Failure    An exhausted pool answers nullptr (or an empty Loan). Giving back what is no live object of this pool
//            is undefined. Under AddressSanitizer free slots are poisoned: reading an object after it was given back,
//            giving it back twice, and giving back a foreign pointer stop the program.
// Memory     A pointer for each slot, in an array of its own: a burst of creations is no chase from slot to slot, as it
//            is where a free slot holds the way to the next. Objects of a multiple of 512 bytes stand a line further
//            apart: otherwise they begin in few of the sets of the first cache, and push each other out.
// Cost       bench/object_pool_bench.cpp. The slot given back last is the next one taken, because it is the likeliest
//            to be cached.
#pragma once

#include <lln/cache/cache_aligned.hpp>
#include <lln/cache/detail/poison.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
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

 public:
  struct GiveBack {
    ObjectPool* pool = nullptr;
    void operator()(T* object) const noexcept { pool->destroy(object); }
  };
  using Loan = std::unique_ptr<T, GiveBack>;  // gives its object back; must not outlive the pool

  // capacity: objects, at least 1. Else std::invalid_argument.
  explicit ObjectPool(std::size_t capacity) : capacity_(capacity), free_(free_list(capacity)) {
    slots_.reset(static_cast<std::byte*>(::operator new(capacity* stride, alignment)));
    std::memset(slots_.get(), 0, capacity * stride);                               // page faults happen now
    for (std::size_t i = capacity; i-- > 0;) *top_++ = slots_.get() + i * stride;  // the first is taken first
    detail::poison(slots_.get(), capacity * stride);
  }

  // Objects that are still alive are not destroyed: there should be none.
  ~ObjectPool() { detail::unpoison(slots_.get(), capacity_ * stride); }

  ObjectPool(const ObjectPool&) = delete;
  ObjectPool& operator=(const ObjectPool&) = delete;

  // A new object, or nullptr when all slots are taken. If T's constructor throws, the slot is free again.
  template <class... Args>
  T* create(Args&&... args) noexcept(std::is_nothrow_constructible_v<T, Args...>) {
    // #region take
    if (top_ == free_.get()) return nullptr;
    void* const slot = top_[-1];
    detail::unpoison(slot, sizeof(T));
    if constexpr (std::is_nothrow_constructible_v<T, Args...>) {
      --top_;
      return std::construct_at(static_cast<T*>(slot), std::forward<Args>(args)...);
    } else {
      return create_or_throw(slot, std::forward<Args>(args)...);
    }
    // #endregion take
  }

  // object: from create() of this pool, not yet destroyed. Its slot is the next to be taken.
  void destroy(T* object) noexcept {
    if constexpr (detail::has_poison) {
      if (!owns(object) || detail::poisoned(object)) std::abort();
    }
    std::destroy_at(object);
    detail::poison(object, sizeof(T));
    *top_++ = object;
  }

  // create() whose result gives itself back. Empty when all slots are taken.
  template <class... Args>
  Loan lend(Args&&... args) noexcept(std::is_nothrow_constructible_v<T, Args...>) {
    return Loan(create(std::forward<Args>(args)...), GiveBack{this});
  }

  // Whether the pointer is one of this pool's slots; says nothing about whether the object is alive.
  bool owns(const T* object) const noexcept {
    const auto address = reinterpret_cast<std::uintptr_t>(object);
    const auto first = reinterpret_cast<std::uintptr_t>(slots_.get());
    // Below the first, the difference wraps to more than the pool holds.
    return address - first < capacity_ * stride && (address - first) % stride == 0;
  }

  std::size_t live() const noexcept { return capacity_ - static_cast<std::size_t>(top_ - free_.get()); }
  std::size_t capacity() const noexcept { return capacity_; }

 private:
  static constexpr std::size_t stride =
      sizeof(T) % (8 * cache_line) == 0 && alignof(T) <= cache_line ? sizeof(T) + cache_line : sizeof(T);
  static constexpr std::align_val_t alignment{std::max(alignof(T), cache_line)};
  struct Free {
    void operator()(std::byte* memory) const noexcept { ::operator delete(memory, alignment); }
  };

  // The slot leaves the list only when the object is there.
  template <class... Args>
  T* create_or_throw(void* slot, Args&&... args) {
    try {
      T* const object = std::construct_at(static_cast<T*>(slot), std::forward<Args>(args)...);
      --top_;
      return object;
    } catch (...) {
      detail::poison(slot, sizeof(T));
      throw;
    }
  }

  static std::unique_ptr<void*[]> free_list(std::size_t capacity) {
    if (capacity == 0) throw std::invalid_argument("ObjectPool: capacity 0; at least 1 object");
    if (capacity > std::numeric_limits<std::size_t>::max() / std::max(stride, sizeof(void*)))
      throw std::bad_array_new_length();
    return std::make_unique<void*[]>(capacity);
  }

  std::size_t capacity_;
  std::unique_ptr<void*[]> free_;  // the free slots, from its begin up to top_
  void** top_ = free_.get();
  std::unique_ptr<std::byte[], Free> slots_;
};

}  // namespace lln::cache
