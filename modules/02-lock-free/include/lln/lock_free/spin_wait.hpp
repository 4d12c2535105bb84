// SpinWait: what to do between two tries that failed.
//
// Threads    One object a waiting thread; it is never shared.
// Ordering   None: it orders nothing. The load that ends the wait does (acquire).
// Progress   The caller's. SpinWait itself returns after a bounded number of pauses or one yield.
// Allocation None. A system call (sched_yield) only after `spins` rounds in vain.
// Cost       The first round, one pause instruction, takes 13 ns (one_thread_bench, Xeon at 2.3 GHz); see README.md,
//            "Waiting".
// Source     A. Agarwal, M. Cherian, "Adaptive Backoff Synchronization Techniques", ISCA 1989 (waiting longer
//            after each failure). Intel 64 and IA-32 Architectures Optimization Reference Manual, "Spin-wait and
//            idle loops" (PAUSE).
//
// Atomic operations: none.
#pragma once

#include <algorithm>
#include <cstdint>
#include <thread>

namespace lln::lock_free {

// Tells the processor that this is a wait loop: it stops running ahead of the polled load, leaves the shared
// execution units to the sibling thread, and does not flush its pipeline when the value changes.
inline void cpu_relax() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("isb" ::: "memory");  // `yield` is a no-op on most cores; isb takes about as long as a pause
#endif
}

// Pauses 1, 2, 4, ... `longest` times, then keeps to `longest`; after `spins` rounds it yields the processor
// in each further round: whoever it waits for may need it.
class SpinWait {
 public:
  struct Limits {
    std::uint32_t longest = 1;   // pauses in one round; 1: react at once; more: let the other side get ahead
    std::uint32_t spins = 4096;  // rounds before the first yield; 0: yield at once (one processor for both)
  };

  SpinWait() noexcept : SpinWait(Limits{}) {}
  explicit SpinWait(Limits limits) noexcept : limits_(limits) {}

  void wait() noexcept {
    if (rounds_ >= limits_.spins) {
      std::this_thread::yield();
      return;
    }
    ++rounds_;
    for (std::uint32_t i = 0; i < pauses_; ++i) cpu_relax();
    pauses_ = std::min(pauses_ * 2, std::max(limits_.longest, 1U));
  }

  // After a success: the next wait begins short again.
  void reset() noexcept {
    rounds_ = 0;
    pauses_ = 1;
  }

  bool yields() const noexcept { return rounds_ >= limits_.spins; }

 private:
  Limits limits_;
  std::uint32_t rounds_ = 0;
  std::uint32_t pauses_ = 1;
};

}  // namespace lln::lock_free
