// Exercise 02-01: a ring from one producer thread to one consumer thread. The brief is in README.md.
//
// Use Atomic<std::uint64_t> for what both threads touch: the tests put a counting atomic in its place.
#pragma once

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
  // capacity: a power of two, all of it usable. first: where both indices start; the tests start just below 2^64.
  explicit SpscRing(std::size_t capacity, std::uint64_t first = 0) : slots_(capacity) {
    static_cast<void>(first);  // TODO 1: the indices
  }

  // ---- producer ----

  // A run of free slots, to be written in place: at most `wanted`, and no further than the end of the array, so
  // that it may be shorter than what is free in all. Empty when the ring is full.
  std::span<T> loan(std::size_t wanted) {
    static_cast<void>(wanted);  // TODO 2
    return {};
  }

  // Publishes the first `count` slots of the last loan.
  void commit(std::size_t count) {
    static_cast<void>(count);  // TODO 2
  }

  // False when the ring is full.
  bool try_push(const T& value) {
    static_cast<void>(value);  // TODO 1
    return false;
  }

  // As many items from the front as fit, also around the end of the array; returns how many. The consumer sees
  // none or all of them: one store of the index.
  std::size_t push_batch(std::span<const T> items) {
    static_cast<void>(items);  // TODO 3
    return 0;
  }

  // ---- consumer ----

  // The oldest items, still in their slots, no further than the end of the array. Empty when the ring is empty.
  std::span<const T> peek() {
    return {};  // TODO 2
  }

  // Gives the first `count` slots of the last peek back.
  void release(std::size_t count) {
    static_cast<void>(count);  // TODO 2
  }

  // False when the ring is empty; value is then untouched.
  bool try_pop(T& value) {
    static_cast<void>(value);  // TODO 1
    return false;
  }

  // Up to out.size() items, oldest first, also around the end of the array; returns how many. One store of the
  // index.
  std::size_t pop_batch(std::span<T> out) {
    static_cast<void>(out);  // TODO 3
    return 0;
  }

 private:
  // TODO 4: what the producer writes and what the consumer writes lie in different cache lines.
  // TODO 5: each side keeps a private copy of the other's index, and looks at the real one only when the copy
  //         says "full" or "empty".
  std::vector<T> slots_;
};

}  // namespace lln::exercise
