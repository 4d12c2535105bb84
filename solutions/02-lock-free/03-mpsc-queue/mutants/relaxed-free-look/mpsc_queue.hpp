// mutant: every-interleaving model: a producer sees by a relaxed load that the slot is free, and may overwrite what is still being read
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace lln::exercise {

template <class T, template <class> class Atomic = std::atomic>
class MpscQueue {
 public:
  explicit MpscQueue(std::size_t capacity, std::uint64_t first = 0)
      : slots_(new Slot[capacity]), capacity_(capacity), tail_(first), head_(first) {
    for (std::uint64_t number = first; number != first + capacity; ++number) {
      slot(number).sequence.store(number, std::memory_order_relaxed);
    }
  }

  bool try_push(const T& value) {
    std::uint64_t number = tail_.load(std::memory_order_relaxed);
    for (;;) {
      const std::uint64_t sequence = slot(number).sequence.load(std::memory_order_relaxed);
      if (sequence == number) {
        if (tail_.compare_exchange_weak(number, number + 1, std::memory_order_relaxed)) break;
      } else if (static_cast<std::int64_t>(sequence - number) < 0) {
        return false;  // the slot still holds the item of the lap before
      } else {
        number = tail_.load(std::memory_order_relaxed);  // another producer has taken this number meanwhile
      }
    }
    slot(number).item = value;
    slot(number).sequence.store(number + 1, std::memory_order_release);
    return true;
  }

  bool try_pop(T& value) {
    if (slot(head_).sequence.load(std::memory_order_acquire) != head_ + 1) return false;
    value = slot(head_).item;
    slot(head_).sequence.store(head_ + capacity_, std::memory_order_release);
    ++head_;
    return true;
  }

 private:
  // sequence == n:      free for item n
  // sequence == n + 1:  item n is complete
  struct Slot {
    Atomic<std::uint64_t> sequence{0};
    T item{};
  };

  Slot& slot(std::uint64_t number) { return slots_[number & (capacity_ - 1)]; }

  std::unique_ptr<Slot[]> slots_;
  std::uint64_t capacity_;
  alignas(64) Atomic<std::uint64_t> tail_;  // the next number that a producer may take
  alignas(64) std::uint64_t head_;          // the next item that the consumer wants; nobody else's business
};

}  // namespace lln::exercise
