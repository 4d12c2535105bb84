// Support of the two-thread tests: waiting that never crawls, whatever else the machine is doing.
#pragma once

#if defined(__linux__)
#include <sched.h>
#endif

#include <algorithm>
#include <chrono>
#include <thread>

namespace lln::test {

// Spins, then yields. Whoever only spins waits out its whole time slice when the other thread has no core;
// whoever only yields hands its core to strangers in the middle of a conversation. How long to spin is
// learnt: waits that end while spinning (the other thread runs on another core) make it longer, waits that
// end in a yield make it shorter.
class Backoff {
 public:
  void wait() {
    if (++failures_ < spins_) return;
    spins_ = std::max(spins_ / 2, shortest);
    failures_ = 0;
    std::this_thread::yield();
  }
  void reset() {
    if (failures_ != 0) spins_ = std::min(spins_ + 1, longest);
    failures_ = 0;
  }

 private:
  static constexpr int shortest = 8;
  static constexpr int longest = 500;
  int spins_ = shortest;
  int failures_ = 0;
};

// Keeps the calling thread on the first or second processor that it may use, where there are two: left to
// itself, the scheduler may run both threads of a short test in turns on one, and nothing overlaps. Undone
// by the destructor.
class OnProcessor {
 public:
  explicit OnProcessor([[maybe_unused]] int which) {
#if defined(__linux__)
    if (sched_getaffinity(0, sizeof before_, &before_) != 0 || CPU_COUNT(&before_) < 2) return;
    int cpu = -1;
    for (int seen = 0; seen <= which; ++seen) {
      do ++cpu;
      while (!CPU_ISSET(cpu, &before_));
    }
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    moved_ = sched_setaffinity(0, sizeof one, &one) == 0;
#endif
  }
  ~OnProcessor() {
#if defined(__linux__)
    if (moved_) sched_setaffinity(0, sizeof before_, &before_);
#endif
  }
  OnProcessor(const OnProcessor&) = delete;
  OnProcessor& operator=(const OnProcessor&) = delete;

 private:
#if defined(__linux__)
  cpu_set_t before_{};
  bool moved_ = false;
#endif
};

// A test ends early, having checked all it did until then, rather than be killed on a machine that is too
// busy.
class Deadline {
 public:
  explicit Deadline(std::chrono::seconds time) : end_(std::chrono::steady_clock::now() + time) {}
  bool passed() const { return std::chrono::steady_clock::now() >= end_; }

 private:
  std::chrono::steady_clock::time_point end_;
};

#if defined(__SANITIZE_THREAD__)
inline constexpr bool thread_sanitizer = true;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
inline constexpr bool thread_sanitizer = true;
#else
inline constexpr bool thread_sanitizer = false;
#endif
#else
inline constexpr bool thread_sanitizer = false;
#endif

}  // namespace lln::test
