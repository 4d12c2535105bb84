// mutant: refuses release: a pointer into the middle of an object counts as the object
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <stdexcept>
#include <utility>

namespace lln::exercise {

enum class GivenBack { ok, foreign, free_already };

template <class T>
class Pool {
 public:
  struct GiveBack {
    Pool* pool = nullptr;
    void operator()(T* object) const noexcept { pool->destroy(object); }
  };
  using Loan = std::unique_ptr<T, GiveBack>;

  explicit Pool(std::size_t capacity) : capacity_(checked(capacity)), free_(capacity) {
    slots_ = std::make_unique<Slot[]>(capacity);  // written to, so that the page faults happen now
    next_ = std::make_unique<std::size_t[]>(capacity);
    for (std::size_t slot = 0; slot < capacity; ++slot) next_[slot] = slot + 1;
  }

  ~Pool() {
    for (std::size_t slot = 0; slot < capacity_; ++slot) {
      if (next_[slot] == taken) std::destroy_at(object_in(slot));
    }
  }

  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  template <class... Args>
  T* create(Args&&... args) {
    if (free_ == 0) return nullptr;
    const std::size_t slot = first_;
    T* const object = ::new (static_cast<void*>(slots_[slot].bytes)) T(std::forward<Args>(args)...);
    first_ = next_[slot];  // the slot is taken when the object is complete: the constructor may have thrown
    next_[slot] = taken;
    --free_;
    return object;
  }

  GivenBack destroy(T* object) noexcept {
    // Below the first slot the difference wraps to more than the pool holds.
    const std::uintptr_t offset =
        reinterpret_cast<std::uintptr_t>(object) - reinterpret_cast<std::uintptr_t>(slots_.get());
    const std::size_t slot = offset / sizeof(Slot);
    if (slot >= capacity_) return GivenBack::foreign;
    if (next_[slot] != taken) return GivenBack::free_already;
    std::destroy_at(object);
    next_[slot] = first_;
    first_ = slot;
    ++free_;
    return GivenBack::ok;
  }

  template <class... Args>
  Loan lend(Args&&... args) {
    return Loan(create(std::forward<Args>(args)...), GiveBack{this});
  }

  std::size_t free_slots() const noexcept { return free_; }

 private:
  struct Slot {
    alignas(T) std::byte bytes[sizeof(T)];
  };
  static constexpr std::size_t taken = std::numeric_limits<std::size_t>::max();

  static std::size_t checked(std::size_t capacity) {
    if (capacity == 0) throw std::invalid_argument("Pool: capacity 0; at least 1 object");
    return capacity;
  }
  T* object_in(std::size_t slot) noexcept { return std::launder(reinterpret_cast<T*>(slots_[slot].bytes)); }

  std::size_t capacity_;
  std::size_t free_;
  std::size_t first_ = 0;  // of the free slots; each knows the next in next_
  std::unique_ptr<Slot[]> slots_;
  std::unique_ptr<std::size_t[]> next_;  // of a taken slot: `taken`
};

}  // namespace lln::exercise
