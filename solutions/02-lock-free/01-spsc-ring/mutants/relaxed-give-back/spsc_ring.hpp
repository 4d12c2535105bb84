// mutant: every-interleaving model: slots are given back with a relaxed store, so that the producer may overwrite what is still being read
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lln::exercise {

inline constexpr std::size_t cache_line = 64;  // bytes

template <class T, template <class> class Atomic = std::atomic>
class SpscRing {
 public:
  explicit SpscRing(std::size_t capacity, std::uint64_t first = 0) : slots_(capacity), mask_(capacity - 1) {
    producer_.tail.store(first, std::memory_order_relaxed);
    producer_.cached_head = first;
    consumer_.head.store(first, std::memory_order_relaxed);
    consumer_.cached_tail = first;
  }

  // ---- producer ----

  std::span<T> loan(std::size_t wanted) {
    const std::uint64_t tail = producer_.tail.load(std::memory_order_relaxed);
    return {slot(tail), std::min({wanted, free_slots(tail, wanted), to_the_end(tail)})};
  }

  void commit(std::size_t count) {
    const std::uint64_t tail = producer_.tail.load(std::memory_order_relaxed);
    producer_.tail.store(tail + count, std::memory_order_release);
  }

  bool try_push(const T& value) { return push_batch({&value, 1}) == 1; }

  std::size_t push_batch(std::span<const T> items) {
    const std::uint64_t tail = producer_.tail.load(std::memory_order_relaxed);
    const std::size_t count = std::min(items.size(), free_slots(tail, items.size()));
    if (count == 0) return 0;
    const std::size_t first_run = std::min(count, to_the_end(tail));
    std::copy_n(items.data(), first_run, slot(tail));
    std::copy_n(items.data() + first_run, count - first_run, slots_.data());
    producer_.tail.store(tail + count, std::memory_order_release);
    return count;
  }

  // ---- consumer ----

  std::span<const T> peek() {
    const std::uint64_t head = consumer_.head.load(std::memory_order_relaxed);
    return {slot(head), std::min(filled_slots(head, 1), to_the_end(head))};
  }

  void release(std::size_t count) {
    const std::uint64_t head = consumer_.head.load(std::memory_order_relaxed);
    consumer_.head.store(head + count, std::memory_order_relaxed);
  }

  bool try_pop(T& value) { return pop_batch({&value, 1}) == 1; }

  std::size_t pop_batch(std::span<T> out) {
    const std::uint64_t head = consumer_.head.load(std::memory_order_relaxed);
    const std::size_t count = std::min(out.size(), filled_slots(head, out.size()));
    if (count == 0) return 0;
    const std::size_t first_run = std::min(count, to_the_end(head));
    std::copy_n(slot(head), first_run, out.data());
    std::copy_n(slots_.data(), count - first_run, out.data() + first_run);
    consumer_.head.store(head + count, std::memory_order_relaxed);
    return count;
  }

 private:
  // Indices count items and never wrap to the capacity: full and empty differ, and unsigned subtraction stays right
  // past 2^64.
  struct alignas(cache_line) Producer {
    Atomic<std::uint64_t> tail{0};
    std::uint64_t cached_head = 0;
  };
  struct alignas(cache_line) Consumer {
    Atomic<std::uint64_t> head{0};
    std::uint64_t cached_tail = 0;
  };

  T* slot(std::uint64_t index) { return slots_.data() + (index & mask_); }
  std::size_t to_the_end(std::uint64_t index) const { return slots_.size() - (index & mask_); }

  std::size_t free_slots(std::uint64_t tail, std::size_t wanted) {
    if (slots_.size() - (tail - producer_.cached_head) < wanted) {
      producer_.cached_head = consumer_.head.load(std::memory_order_acquire);
    }
    return slots_.size() - (tail - producer_.cached_head);
  }
  std::size_t filled_slots(std::uint64_t head, std::size_t wanted) {
    if (consumer_.cached_tail - head < wanted) {
      consumer_.cached_tail = producer_.tail.load(std::memory_order_acquire);
    }
    return consumer_.cached_tail - head;
  }

  std::vector<T> slots_;
  std::uint64_t mask_;
  Producer producer_;
  Consumer consumer_;
};

}  // namespace lln::exercise
