// TscClock: the processor's cycle counter as a clock for intervals.
//
// Threads    now() and now_ordered(): any thread, at any time. A calibrated TscClock is an immutable value.
// Guarantee  The counter runs at one rate on all cores, through frequency changes and sleep states (x86:
//            "invariant TSC", CPUID 0x80000007 EDX bit 8; Arm: cntvct_el0, by architecture). Where that is
//            not promised, all functions use std::chrono::steady_clock, and calibration().source says so.
// Allocation None in now(), now_ordered(), to_ns(), to_ticks(); no system call either (steady_clock: vDSO).
// Cost       now() 10-14 ns, now_ordered() 23-24 ns, beside clock_gettime() 22-25 ns (latency_bench, two runs
//            on an Intel Xeon virtual machine). calibrate(): its span, mostly asleep.
// Source     Intel SDM vol. 2 (RDTSC, RDTSCP, LFENCE) and vol. 3 ("Time-Stamp Counter"); AMD APM vol. 3; Arm
//            ARM D12 ("The Generic Timer"); G. Paoloni, "How to Benchmark Code Execution Times", Intel 2010.
#pragma once

#include <chrono>
#include <cstdint>

namespace lln::latency {

class TscClock {
 public:
  enum class Source { invariant_tsc, arm_virtual_counter, steady_clock };

  struct Calibration {
    Source source;
    double ticks_per_ns;
    double fit_error_ppm;           // two standard errors of the fitted rate, parts per million
    std::chrono::nanoseconds span;  // time between first and last sample that the fit used
    double residual_ns;             // root mean square distance of the samples from the line
  };

  // Measures the counter's rate against CLOCK_MONOTONIC_RAW for `span`, mostly asleep. 100 ms is the least
  // for a figure that is shown to anybody; shorter is for tests. Throws std::system_error when the clock
  // cannot be read, and std::invalid_argument for a span under 1 ms.
  static TscClock calibrate(std::chrono::milliseconds span = std::chrono::milliseconds{100});

  // Ticks since some start. Not a fence: the processor may read the counter before earlier instructions are
  // done and after later ones have begun, some tens of ns either way.
  static std::uint64_t now() noexcept {
#if defined(__x86_64__)
    if (tsc_is_invariant_) [[likely]] {
      return __builtin_ia32_rdtsc();
    }
#elif defined(__aarch64__)
    std::uint64_t ticks;
    asm volatile("mrs %0, cntvct_el0" : "=r"(ticks));
    return ticks;
#endif
    return steady_now();
  }

  // Ticks, read after everything before and before everything after. On x86, rdtscp waits until all earlier
  // instructions have executed and all earlier loads have their values; it does *not* wait for earlier
  // stores to reach the cache (they may sit in the store buffer; that needs an mfence first) and does not
  // hold back later instructions. The lfence behind it does: nothing later starts before the counter is
  // read. On Arm, isb on both sides does the same. The compiler moves no memory access across; it may move
  // arithmetic on registers, so make the work between two readings end in memory or in a volatile.
  static std::uint64_t now_ordered() noexcept {
#if defined(__x86_64__)
    if (tsc_is_invariant_) [[likely]] {
      std::uint32_t low;
      std::uint32_t high;
      asm volatile("rdtscp\n\tlfence" : "=a"(low), "=d"(high) : : "rcx", "memory");
      return (std::uint64_t{high} << 32) | low;
    }
#elif defined(__aarch64__)
    std::uint64_t ticks;
    asm volatile("isb\n\tmrs %0, cntvct_el0\n\tisb" : "=r"(ticks) : : "memory");
    return ticks;
#endif
    return steady_now();
  }

  static Source source() noexcept {
#if defined(__x86_64__)
    return tsc_is_invariant_ ? Source::invariant_tsc : Source::steady_clock;
#elif defined(__aarch64__)
    return Source::arm_virtual_counter;
#else
    return Source::steady_clock;
#endif
  }

  const Calibration& calibration() const noexcept { return calibration_; }

  // Nanoseconds in a difference of two readings, later minus earlier. A difference taken the wrong way round
  // (two cores may disagree by a few ticks) comes out negative, not as 2^64. Exact to a tick for 2^53 ticks,
  // about a month.
  double to_ns(std::uint64_t ticks) const noexcept {
    return static_cast<double>(static_cast<std::int64_t>(ticks)) * ns_per_tick_;
  }

  // Ticks that pass in this time, rounded to the nearest; a negative time gives 0.
  std::uint64_t to_ticks(std::chrono::nanoseconds time) const noexcept {
    const auto ns = time.count();
    if (ns <= 0) return 0;
    return static_cast<std::uint64_t>(static_cast<double>(ns) * calibration_.ticks_per_ns + 0.5);
  }

 private:
  explicit TscClock(const Calibration& calibration) noexcept
      : calibration_(calibration), ns_per_tick_(1.0 / calibration.ticks_per_ns) {}

  static std::uint64_t steady_now() noexcept {
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                          std::chrono::steady_clock::now().time_since_epoch())
                                          .count());
  }

  static bool detect_invariant_tsc() noexcept;
  inline static const bool tsc_is_invariant_ = detect_invariant_tsc();

  Calibration calibration_;
  double ns_per_tick_;
};

}  // namespace lln::latency
