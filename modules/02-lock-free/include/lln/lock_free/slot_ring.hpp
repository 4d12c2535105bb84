// SlotRing: a bounded first-in-first-out queue from one thread to one other. Each slot says itself which item it
// holds, beside the item and in the same cache line where it fits: an item then costs one line transfer, where a
// ring with indices (SpscRing) costs two, the item's and the index's.
//
// Threads    One producer (push) and one consumer (pop). Either role may pass to another thread if something
//            else orders the two (a join, a mutex). capacity(): any thread. There is no size: nobody knows it.
// Ordering   What the producer did before a push happens before what the consumer does after its pop.
// Progress   Wait-free: full and empty are answers.
// Full       means: capacity() items have been pushed that the consumer has not given back. It gives slots back
//            an eighth of the ring at a time, and all of them when it finds the ring empty. So a full ring may
//            stay full for up to capacity()/8 pops.
// Allocation All in the constructor, which also touches every page. No system call after that.
// Cost       README.md, "Measured"; when to take it and when SpscRing: README.md, "Two rings, one decision".
// Source     J. Giacomoni, T. Moseley, M. Vachharajani, "FastForward for Efficient Pipeline Parallelism",
//            PPoPP 2008 (the state of a slot in the slot). D. Vyukov, "Bounded MPMC queue", 2010 (a sequence
//            number as that state, so that the consumer need not clear it).
//
// Every atomic operation; the positions are private to their thread and not atomic:
//
//   who        what      does   order    why
//   producer   sequence  store  release  the item is complete before the number that announces it
//   producer   returned  load   acquire  pairs with the consumer's store: its last use of a slot comes before
//                                        the next item is built there
//   consumer   sequence  load   acquire  pairs with the producer's store: sees the item
//   consumer   returned  store  release  the items are moved out and destroyed before their slots are given back
#pragma once

#include <lln/lock_free/cache_line.hpp>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

namespace lln::lock_free {

template <class T>
class SlotRing {
  static_assert(std::is_object_v<T> && !std::is_const_v<T>);
  static_assert(std::is_nothrow_destructible_v<T>);
  static_assert(std::is_nothrow_move_constructible_v<T>,
                "an item half moved would be lost: the move must not throw");

 public:
  using value_type = T;

  // capacity: items; a power of two, at least 1, all of them usable. Else std::invalid_argument.
  explicit SlotRing(std::size_t capacity) {
    if (!std::has_single_bit(capacity)) {
      throw std::invalid_argument("SlotRing: capacity " + std::to_string(capacity) +
                                  " is not a power of two");
    }
    slots_ = std::make_unique<Slot[]>(capacity);
    producer_ = {slots_.get(), capacity - 1, 0, capacity};
    consumer_ = {slots_.get(), capacity - 1, 0, 0, std::max<std::uint64_t>(capacity / 8, 1)};
  }

  // Neither side may be inside an operation. Destroys the items that were never popped.
  ~SlotRing() {
    for (std::uint64_t i = consumer_.position; i != producer_.position; ++i) {
      std::destroy_at(consumer_.slot(i).item());
    }
  }

  SlotRing(const SlotRing&) = delete;
  SlotRing& operator=(const SlotRing&) = delete;

  // ---- producer ----

  // False when full; the argument is then untouched.
  bool try_push(const T& value) noexcept(std::is_nothrow_copy_constructible_v<T>) {
    return try_emplace(value);
  }
  bool try_push(T&& value) noexcept { return try_emplace(std::move(value)); }

  // #region slot-push
  // Builds the item in its slot. If T's constructor throws, nothing was pushed.
  template <class... Args>
  bool try_emplace(Args&&... args) noexcept(std::is_nothrow_constructible_v<T, Args...>) {
    Producer& own = producer_;
    if (own.position == own.limit) {  // once in an eighth of a lap, not once an item
      own.limit = returned_.load(std::memory_order_acquire) + own.mask + 1;
      if (own.position == own.limit) return false;
    }
    Slot& slot = own.slot(own.position);
    std::construct_at(slot.item(), std::forward<Args>(args)...);
    slot.sequence.store(++own.position, std::memory_order_release);
    return true;
  }
  // #endregion slot-push

  // ---- consumer ----

  // #region slot-pop
  // False when empty; value is then untouched.
  bool try_pop(T& value) noexcept
    requires std::is_nothrow_move_assignable_v<T>
  {
    Consumer& own = consumer_;
    Slot& slot = own.slot(own.position);
    if (slot.sequence.load(std::memory_order_acquire) != own.position + 1) {
      if (own.returned != own.position) give_back();
      return false;
    }
    value = std::move(*slot.item());
    std::destroy_at(slot.item());
    if (++own.position - own.returned == own.step) give_back();
    return true;
  }
  // #endregion slot-pop

  // ---- any thread ----

  std::size_t capacity() const noexcept { return static_cast<std::size_t>(producer_.mask + 1); }

 private:
  // An item that fits one line with its number never straddles two; a larger one lies packed.
  static constexpr std::size_t bare_bytes = sizeof(T) + std::max(alignof(T), sizeof(std::uint64_t));
  static constexpr std::size_t slot_alignment =
      bare_bytes <= cache_line ? std::bit_ceil(bare_bytes) : std::max(alignof(T), alignof(std::uint64_t));

  struct alignas(slot_alignment) Slot {
    std::atomic<std::uint64_t> sequence{0};  // number of the item in it, counted from 1; 0: never used
    alignas(T) std::byte storage[sizeof(T)];

    T* item() noexcept { return reinterpret_cast<T*>(storage); }
  };
  static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

  // What one side needs, in a line that no other thread touches.
  struct alignas(cache_line) Producer {
    Slot* slots = nullptr;
    std::uint64_t mask = 0;
    std::uint64_t position = 0;  // items pushed so far
    std::uint64_t limit = 0;     // the position at which the ring was full, when last asked

    Slot& slot(std::uint64_t index) noexcept { return slots[index & mask]; }
  };
  struct alignas(cache_line) Consumer {
    Slot* slots = nullptr;
    std::uint64_t mask = 0;
    std::uint64_t position = 0;  // items popped so far
    std::uint64_t returned = 0;  // of these, how many slots are given back
    std::uint64_t step = 0;

    Slot& slot(std::uint64_t index) noexcept { return slots[index & mask]; }
  };

  void give_back() noexcept {
    consumer_.returned = consumer_.position;
    returned_.store(consumer_.position, std::memory_order_release);
  }

  Producer producer_;
  alignas(cache_line) std::atomic<std::uint64_t> returned_{0};  // slots given back so far
  Consumer consumer_;
  std::unique_ptr<Slot[]> slots_;
};

}  // namespace lln::lock_free
