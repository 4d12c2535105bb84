// Exercise 02-03: a queue from many producer threads to one consumer thread, in one array. The brief is in README.md.
//
// Use Atomic<std::uint64_t> for what threads share; items are plain memory. No stand-alone fences.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace lln::exercise {

template <class T, template <class> class Atomic = std::atomic>
class MpscQueue {
 public:
  // capacity: a power of two, all of it usable. first: the number of the first item; the tests start just below 2^64.
  explicit MpscQueue(std::size_t capacity, std::uint64_t first = 0) {
    static_cast<void>(
        capacity);  // TODO 1: item number n is built in slot n & (capacity - 1); which numbers do the
    static_cast<void>(first);  //         slots hold before anything was pushed?
  }

  // Any thread. False when the queue is full. Without contention exactly one read-modify-write; when full, none.
  bool try_push(const T& value) {
    static_cast<void>(value);  // TODO 2: take a number, build the item, announce it
    return false;
  }

  // The consumer. False when the next item is not there, or not complete yet; value is then untouched. Never a
  // read-modify-write.
  bool try_pop(T& value) {
    static_cast<void>(value);  // TODO 3: is the next item complete? take it, give the slot to the next lap
    return false;
  }

 private:
  struct Slot {
    Atomic<std::uint64_t> sequence{
        0};  // which item's turn it is in this slot, and whether that item is complete
    T item{};
  };

  std::unique_ptr<Slot[]> slots_;
};

}  // namespace lln::exercise
