// SpscRing: a bounded first-in-first-out queue from one thread to one other.
//
// Threads    One producer (push, loan, commit) and one consumer (pop, peek, release). Either role may pass to
//            another thread if something else orders the two (a join, a mutex). size_approx() and capacity():
//            any thread.
// Ordering   What the producer did before a push happens before what the consumer does after its pop.
// Progress   Wait-free: no operation waits for the other thread; full and empty are answers.
// Allocation All in the constructor, which also touches every page. No system call after that.
// Cost       README.md, "Measured".
// Source     L. Lamport, "Proving the Correctness of Multiprocess Programs", 1977 (the ring). P. Lee, T. Bu,
//            G. Chandranmenon, "A Lock-Free, Cache-Efficient Shared Ring Buffer", ANCS 2009 (the private copy
//            of the other side's index).
//
// Every atomic operation:
//
//   who         index  does   order    why
//   producer    tail   load   relaxed  its own: nobody else writes it
//   producer    head   load   acquire  pairs with the consumer's store: its last use of a slot comes before
//                                      the next item is built there
//   producer    tail   store  release  the item is complete before the index that announces it
//   consumer    head   load   relaxed  its own
//   consumer    tail   load   acquire  pairs with the producer's store: sees the item that it announces
//   consumer    head   store  release  the item is moved out and destroyed before its slot is given back
//   any         head   load   acquire  size_approx: the tail, read next, is then no older than this head, and
//                                      their difference never negative
//   any         tail   load   relaxed  size_approx: an estimate; no item is touched on the strength of it
//   destructor  both   load   relaxed  whoever destroys the ring is ordered behind both threads already
#pragma once

#include <lln/lock_free/cache_line.hpp>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

namespace lln::lock_free {

namespace detail {

// Indices count items since the start and never wrap to the capacity; the slot is index & mask. So full
// (difference = capacity) and empty (difference = 0) differ without a wasted slot, and unsigned subtraction
// stays right past 2^64.
struct SpscIndices {
  struct Producer {
    std::atomic<std::uint64_t> tail;  // items pushed so far
    std::uint64_t cached_head;        // the head as the producer last saw it: never ahead of the real one
  };
  struct Geometry {  // read-only after construction: a line that both sides may hold at once
    void* slots;
    std::uint64_t mask;
    std::uint64_t capacity;
  };
  struct Consumer {
    std::atomic<std::uint64_t> head;  // items popped so far
    std::uint64_t cached_tail;        // the tail as the consumer last saw it: never ahead of the real one
  };

  // The geometry stands between the two written lines: the adjacent-line prefetchers of x86 fetch lines in
  // pairs, and so no pair holds both.
  alignas(cache_line) Producer producer;
  alignas(cache_line) Geometry geometry;
  alignas(cache_line) Consumer consumer;
};

static_assert(std::is_standard_layout_v<SpscIndices>);
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
static_assert(sizeof(SpscIndices::Producer) <= cache_line && sizeof(SpscIndices::Consumer) <= cache_line,
              "what one side writes fits one line");
static_assert(offsetof(SpscIndices, producer) % cache_line == 0 &&
              offsetof(SpscIndices, geometry) % cache_line == 0 &&
              offsetof(SpscIndices, consumer) % cache_line == 0);
static_assert(offsetof(SpscIndices, consumer) - offsetof(SpscIndices, producer) >= 2 * cache_line,
              "producer's and consumer's lines are not neighbours");
static_assert(sizeof(SpscIndices) == 3 * cache_line, "nothing foreign shares the consumer's line");

// Tests start the indices just below 2^64 to see them pass it.
enum class StartIndex : std::uint64_t {};

}  // namespace detail

template <class T>
class SpscRing {
  static_assert(std::is_object_v<T> && !std::is_const_v<T>);
  static_assert(std::is_nothrow_destructible_v<T>);
  static_assert(std::is_nothrow_move_constructible_v<T>,
                "an item half moved would be lost: the move must not throw");

 public:
  using value_type = T;

  // Slots may be written in place (loan, commit): they then hold a live object from the constructor on.
  static constexpr bool loanable = std::is_trivially_destructible_v<T> && std::is_default_constructible_v<T>;

  // capacity: items; a power of two, at least 1, all of them usable. Else std::invalid_argument.
  explicit SpscRing(std::size_t capacity) : SpscRing(capacity, detail::StartIndex{0}) {}

  SpscRing(std::size_t capacity, detail::StartIndex start) {
    if (!std::has_single_bit(capacity)) {
      throw std::invalid_argument("SpscRing: capacity " + std::to_string(capacity) +
                                  " is not a power of two; the next one is " + next_power_of_two(capacity));
    }
    Memory memory = allocate(capacity);
    if constexpr (loanable) std::uninitialized_value_construct_n(memory.get(), capacity);
    const auto first = static_cast<std::uint64_t>(start);
    indices_.geometry = {memory.release(), capacity - 1, capacity};
    indices_.producer.tail.store(first, std::memory_order_relaxed);  // no other thread knows this object yet
    indices_.producer.cached_head = first;
    indices_.consumer.head.store(first, std::memory_order_relaxed);
    indices_.consumer.cached_tail = first;
  }

  // Neither side may be inside an operation. Destroys the items that were never popped.
  ~SpscRing() {
    if constexpr (!std::is_trivially_destructible_v<T>) {
      const std::uint64_t tail = indices_.producer.tail.load(std::memory_order_relaxed);
      for (std::uint64_t i = indices_.consumer.head.load(std::memory_order_relaxed); i != tail; ++i) {
        std::destroy_at(slot(i));
      }
    }
    Deallocate{}(slots());
  }

  SpscRing(const SpscRing&) = delete;
  SpscRing& operator=(const SpscRing&) = delete;

  // ---- producer ----

  // False when full; the argument is then untouched.
  bool try_push(const T& value) noexcept(std::is_nothrow_copy_constructible_v<T>) {
    return try_emplace(value);
  }
  bool try_push(T&& value) noexcept { return try_emplace(std::move(value)); }

  // Builds the item in its slot. If T's constructor throws, nothing was pushed.
  template <class... Args>
  bool try_emplace(Args&&... args) noexcept(std::is_nothrow_constructible_v<T, Args...>) {
    const std::uint64_t tail = indices_.producer.tail.load(std::memory_order_relaxed);
    if (free_slots(tail, 1) == 0) return false;
    std::construct_at(slot(tail), std::forward<Args>(args)...);
    publish(tail + 1);
    return true;
  }

  // Moves in as many items from the front as fit and returns how many; the rest is untouched. One
  // announcement for all of them: the consumer sees none or all.
  std::size_t try_push_batch(std::span<T> items) noexcept {
    const std::uint64_t tail = indices_.producer.tail.load(std::memory_order_relaxed);
    const std::size_t count = std::min(items.size(), free_slots(tail, items.size()));
    if (count == 0) return 0;
    const std::size_t before_wrap = std::min(count, slots_to_wrap(tail));
    std::uninitialized_move_n(items.data(), before_wrap, slot(tail));
    std::uninitialized_move_n(items.data() + before_wrap, count - before_wrap, slots());
    publish(tail + count);
    return count;
  }

  // The slot of the next item, to be written in place; nullptr when full. It holds whatever was last in it.
  // The consumer sees it after commit(); loan() without commit() is void, and asked again returns the same
  // slot.
  T* loan() noexcept {
    static_assert(loanable, "loan() needs a default-constructible, trivially destructible T");
    const std::uint64_t tail = indices_.producer.tail.load(std::memory_order_relaxed);
    return free_slots(tail, 1) == 0 ? nullptr : slot(tail);
  }

  // Pushes the loaned slot. Only after a loan() that was not null.
  void commit() noexcept {
    static_assert(loanable, "commit() needs a default-constructible, trivially destructible T");
    const std::uint64_t tail = indices_.producer.tail.load(std::memory_order_relaxed);
    assert(tail - indices_.producer.cached_head < indices_.geometry.capacity && "commit() without a loan()");
    publish(tail + 1);
  }

  // ---- consumer ----

  std::optional<T> try_pop() noexcept {
    std::optional<T> result;
    if (T* const front = peek()) {
      result.emplace(std::move(*front));
      release();
    }
    return result;
  }

  // False when empty; value is then untouched.
  bool try_pop(T& value) noexcept
    requires std::is_nothrow_move_assignable_v<T>
  {
    T* const front = peek();
    if (front == nullptr) return false;
    value = std::move(*front);
    release();
    return true;
  }

  // Moves up to out.size() items out, oldest first, and returns how many. One index store gives all slots
  // back.
  std::size_t try_pop_batch(std::span<T> out) noexcept
    requires std::is_nothrow_move_assignable_v<T>
  {
    const std::uint64_t head = indices_.consumer.head.load(std::memory_order_relaxed);
    const std::size_t count = std::min(out.size(), filled_slots(head, out.size()));
    if (count == 0) return 0;
    const std::size_t before_wrap = std::min(count, slots_to_wrap(head));
    move_out(slot(head), before_wrap, out.data());
    move_out(slots(), count - before_wrap, out.data() + before_wrap);
    give_back(head + count);
    return count;
  }

  // The oldest item, still in its slot; nullptr when empty. Valid until release().
  T* peek() noexcept {
    const std::uint64_t head = indices_.consumer.head.load(std::memory_order_relaxed);
    return filled_slots(head, 1) == 0 ? nullptr : slot(head);
  }

  // Destroys the item that peek() showed and gives its slot back. Only after a peek() that was not null.
  void release() noexcept {
    const std::uint64_t head = indices_.consumer.head.load(std::memory_order_relaxed);
    assert(head != indices_.consumer.cached_tail && "release() without a peek()");
    std::destroy_at(slot(head));
    give_back(head + 1);
  }

  // ---- any thread ----

  // Items in the ring; exact when neither side is inside an operation, else an estimate, because the two
  // indices are not read at one instant. Always 0..capacity().
  std::size_t size_approx() const noexcept {
    const std::uint64_t head = indices_.consumer.head.load(std::memory_order_acquire);
    const std::uint64_t tail = indices_.producer.tail.load(std::memory_order_relaxed);
    return static_cast<std::size_t>(std::min(tail - head, indices_.geometry.capacity));
  }

  std::size_t capacity() const noexcept { return static_cast<std::size_t>(indices_.geometry.capacity); }

 private:
  static std::string next_power_of_two(std::size_t n) {
    constexpr std::size_t largest = ~(~std::size_t{0} >> 1);
    return n > largest ? "out of range" : std::to_string(std::bit_ceil(n));
  }

  // Whole cache lines, so that no foreign object lies in the first or the last one.
  static constexpr std::align_val_t alignment{std::max(alignof(T), cache_line)};

  struct Deallocate {
    void operator()(T* memory) const noexcept { ::operator delete(static_cast<void*>(memory), alignment); }
  };
  using Memory = std::unique_ptr<T, Deallocate>;

  static Memory allocate(std::size_t capacity) {
    if (capacity > (std::numeric_limits<std::size_t>::max() - cache_line) / sizeof(T)) {
      throw std::bad_array_new_length();
    }
    const std::size_t bytes = (capacity * sizeof(T) + cache_line - 1) / cache_line * cache_line;
    void* const memory = ::operator new(bytes, alignment);
    std::memset(memory, 0, bytes);  // page faults happen now, not on the hot path
    return Memory(static_cast<T*>(memory));
  }

  T* slots() const noexcept { return static_cast<T*>(indices_.geometry.slots); }
  T* slot(std::uint64_t index) const noexcept { return slots() + (index & indices_.geometry.mask); }
  std::size_t slots_to_wrap(std::uint64_t index) const noexcept {
    return static_cast<std::size_t>(indices_.geometry.capacity - (index & indices_.geometry.mask));
  }

  // Free slots that the producer may count on. The consumer's line is read only when the private copy
  // promises fewer than wanted: a busy ring costs one cache miss per lap instead of one per item.
  std::size_t free_slots(std::uint64_t tail, std::size_t wanted) noexcept {
    auto& own = indices_.producer;
    const std::uint64_t capacity = indices_.geometry.capacity;
    if (capacity - (tail - own.cached_head) < wanted) {
      own.cached_head = indices_.consumer.head.load(std::memory_order_acquire);
    }
    return static_cast<std::size_t>(capacity - (tail - own.cached_head));
  }

  std::size_t filled_slots(std::uint64_t head, std::size_t wanted) noexcept {
    auto& own = indices_.consumer;
    if (own.cached_tail - head < wanted)
      own.cached_tail = indices_.producer.tail.load(std::memory_order_acquire);
    return static_cast<std::size_t>(own.cached_tail - head);
  }

  void publish(std::uint64_t tail) noexcept { indices_.producer.tail.store(tail, std::memory_order_release); }
  void give_back(std::uint64_t head) noexcept {
    indices_.consumer.head.store(head, std::memory_order_release);
  }

  static void move_out(T* from, std::size_t count, T* to) noexcept {
    std::move(from, from + count, to);
    std::destroy_n(from, count);
  }

  detail::SpscIndices indices_;
};

}  // namespace lln::lock_free
