// mutant: every-interleaving model: unlock is a relaxed store
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <thread>

namespace lln::exercise {

struct RealCpu {
  static void pause() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  }
  static void yield() { std::this_thread::yield(); }
};

template <class Cpu = RealCpu>
class SpinThenYield {
 public:
  SpinThenYield(std::uint32_t spins, std::uint32_t longest) : spins_(spins), longest_(longest) {}

  void wait() {
    if (round_ == spins_) {
      Cpu::yield();
      return;
    }
    ++round_;
    for (std::uint32_t i = 0; i < pauses_; ++i) Cpu::pause();
    pauses_ = pauses_ > longest_ / 2 ? longest_ : pauses_ * 2;
  }

  void reset() {
    round_ = 0;
    pauses_ = 1;
  }

 private:
  std::uint32_t spins_;
  std::uint32_t longest_;
  std::uint32_t round_ = 0;
  std::uint32_t pauses_ = 1;
};

template <class T, template <class> class Atomic, class Wait>
T wait_while_equal(const Atomic<T>& word, T old, Wait& wait) {
  for (;;) {
    const T now = word.load(std::memory_order_acquire);
    if (now != old) return now;
    wait.wait();
  }
}

template <template <class> class Atomic = std::atomic, class Cpu = RealCpu>
class SpinLock {
 public:
  bool try_lock() {
    return !taken_.load(std::memory_order_relaxed) && !taken_.exchange(true, std::memory_order_acquire);
  }

  void lock() {
    SpinThenYield<Cpu> wait(64, 16);
    while (!try_lock()) wait.wait();
  }

  void unlock() { taken_.store(false, std::memory_order_relaxed); }

 private:
  Atomic<bool> taken_{false};
};

}  // namespace lln::exercise
