// Exercise 02-05: how to wait for another thread without the kernel, and when to stop doing so. The brief is in README.md.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

namespace lln::exercise {

// What a waiting thread can do. The tests put a counting one in its place.
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
  // spins: rounds before the first yield. longest: pauses in the longest round; at least 1.
  SpinThenYield(std::uint32_t spins, std::uint32_t longest) {
    static_cast<void>(spins);  // TODO 1
    static_cast<void>(longest);
  }

  // One round: 1, 2, 4, 8 ... pauses, never more than `longest`; after `spins` rounds one yield and no pause.
  void wait() {}  // TODO 1

  // After a success: the next wait begins anew.
  void reset() {}  // TODO 1
};

// Waits until `word` is something else than `old`, and returns what it then is. One load a round, nothing else; no
// load after the one that saw the change. What the other thread did before it stored is visible afterwards.
template <class T, template <class> class Atomic, class Wait>
T wait_while_equal(const Atomic<T>& word, T old, Wait& wait) {
  static_cast<void>(word);  // TODO 2
  static_cast<void>(wait);
  return old;
}

// A lock for a few instructions. Its waiters poll by loads: an exchange would take the line away from the holder in
// each round. They try the exchange only when they have seen the lock free.
template <template <class> class Atomic = std::atomic, class Cpu = RealCpu>
class SpinLock {
 public:
  // One exchange at most, and none when the lock is seen to be taken.
  bool try_lock() { return false; }  // TODO 3

  void lock() {}  // TODO 3: waits with SpinThenYield<Cpu>(64, 16)

  void unlock() {}  // TODO 3

 private:
  Atomic<bool> taken_{false};
};

}  // namespace lln::exercise
