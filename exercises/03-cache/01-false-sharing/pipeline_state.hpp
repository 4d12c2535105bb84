// Exercise 03-01: what a receiver thread and a book thread count, and a monitor looks at. The brief is in README.md.
//
// Use Atomic<...> for every field: the tests put atomics in its place that tell which line is touched by whom.
#pragma once

#include <lln/cache/cache_aligned.hpp>

#include <atomic>
#include <cstdint>

namespace lln::exercise {

struct Look {
  std::uint64_t packets = 0;   // received
  std::uint64_t bytes = 0;     // received
  std::uint64_t applied = 0;   // packets that are in the book
  std::uint64_t messages = 0;  // that were in them
  std::uint64_t waiting = 0;   // packets that are received and not yet applied
};

template <template <class> class Atomic = std::atomic>
class PipelineState {
 public:
  // The receiver thread, for each packet.
  void received(std::uint64_t bytes) {
    static_cast<void>(bytes);  // TODO 1
  }

  // The book thread, for each packet. The packet was received before: a ring between the threads orders the two.
  void applied(std::uint64_t messages) {
    static_cast<void>(messages);  // TODO 1
  }

  // Both threads, for each packet.
  bool stopped() const {
    return false;  // TODO 1
  }

  // The monitor thread, at any time.
  void stop() {}  // TODO 1

  // The monitor thread, at any time, also while the others go on. `waiting` is never below zero, which would be a
  // huge number: no packet is applied that is not yet counted as received.
  Look look() const {
    return {};  // TODO 1, then TODO 3
  }

 private:
  // TODO 2: all of this lies in one line now. No line that one of the two threads writes is touched by the other,
  //         and no line is wasted: the whole has at most four.
  Atomic<std::uint64_t> packets_{0};
  Atomic<std::uint64_t> bytes_{0};
  Atomic<std::uint64_t> applied_{0};
  Atomic<std::uint64_t> messages_{0};
  Atomic<bool> stop_{false};
};

}  // namespace lln::exercise
