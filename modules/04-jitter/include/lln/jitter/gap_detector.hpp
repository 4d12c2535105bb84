// GapDetector: reads the clock over and over, and writes down each time that the next reading came too late.
//
// Threads: one. The results may be read by others once run() has returned.
// Guarantees: every distance of two readings above the threshold is counted, added up and in the histogram; the first
//   `timeline` of them are kept with their time, what comes later is counted in not_in_timeline(). Nothing between two
//   calls of run() is taken for a gap. run() allocates nothing, makes no system call of its own and takes no page
//   fault, as all memory was written in the constructor.
// Blind spot: it sees that time is missing, not who took it (lln-whodunit does), and nothing shorter than a reading.
// Cost: one reading of the clock a round; TscClock::now() 10-14 ns (module 01's bench).
// Source: the idea of sysjitter (D. Riddoch) and of the kernel's hwlat tracer, Documentation/trace/hwlat_detector.rst.
#pragma once

#include <lln/latency/histogram.hpp>
#include <lln/latency/tsc_clock.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

namespace lln::jitter {

// TscClock is one; tests bring their own.
template <class Clock>
concept TickClock =
    requires(Clock& clock, const Clock& same, std::uint64_t ticks, std::chrono::nanoseconds time) {
      { clock.now() } noexcept -> std::same_as<std::uint64_t>;
      { same.to_ns(ticks) } noexcept -> std::same_as<double>;
      { same.to_ticks(time) } noexcept -> std::same_as<std::uint64_t>;
    };

struct Gap {
  std::uint64_t start;   // the last reading before it, in ticks
  std::uint64_t length;  // in ticks
};

struct GapOptions {
  std::chrono::nanoseconds threshold{1000};                   // a gap is longer than this; at least one tick
  std::size_t timeline = 1 << 16;                             // so many gaps are kept with their time
  std::chrono::nanoseconds longest{std::chrono::minutes{1}};  // longer ones count as this in the histogram
};

template <TickClock Clock = latency::TscClock>
class GapDetector {
 public:
  // Throws std::invalid_argument for a threshold under one tick or above `longest`.
  explicit GapDetector(Clock clock, const GapOptions& options = {})
      : clock_(std::move(clock)),
        threshold_(clock_.to_ticks(options.threshold)),
        lengths_(static_cast<std::uint64_t>(std::max<std::int64_t>(options.longest.count(), 1))),
        timeline_(options.timeline) {
    if (options.threshold.count() <= 0 || threshold_ == 0 || options.threshold > options.longest)
      throw std::invalid_argument("the threshold of gaps lies between one tick and the longest gap");
  }

  // Spins for `duration`, or until `stop` is true. Results add up over several runs.
  // #region spin
  void run(std::chrono::nanoseconds duration, const std::atomic<bool>* stop = nullptr) noexcept {
    const std::uint64_t length = clock_.to_ticks(duration);
    const std::uint64_t start = clock_.now();
    std::uint64_t last = start;
    while (last - start < length && (stop == nullptr || !stop->load(std::memory_order_relaxed))) {
      const std::uint64_t now = clock_.now();
      const std::uint64_t distance = now - last;
      if (distance > threshold_) [[unlikely]]
        note({last, distance});
      last = now;
      ++readings_;
    }
    observed_ += last - start;
  }
  // #endregion spin

  const latency::Histogram& lengths() const noexcept { return lengths_; }  // of the gaps, in ns
  std::span<const Gap> timeline() const noexcept { return {timeline_.data(), kept_}; }
  std::uint64_t not_in_timeline() const noexcept { return lengths_.count() - kept_; }

  std::uint64_t readings() const noexcept { return readings_; }  // of the clock, gaps included
  double observed_ns() const noexcept { return clock_.to_ns(observed_); }
  double lost_ns() const noexcept { return clock_.to_ns(lost_); }
  // Of the time observed, 0..1.
  double lost_share() const noexcept {
    return observed_ == 0 ? 0 : static_cast<double>(lost_) / static_cast<double>(observed_);
  }
  const Clock& clock() const noexcept { return clock_; }

 private:
  // Not inlined: the loop above stays a dozen instructions.
  [[gnu::noinline]] void note(Gap gap) noexcept {
    lost_ += gap.length;
    lengths_.record(static_cast<std::uint64_t>(clock_.to_ns(gap.length)));
    if (kept_ < timeline_.size()) timeline_[kept_++] = gap;
  }

  Clock clock_;
  std::uint64_t threshold_;
  std::uint64_t readings_ = 0;
  std::uint64_t observed_ = 0;
  std::uint64_t lost_ = 0;
  latency::Histogram lengths_;
  std::vector<Gap> timeline_;
  std::size_t kept_ = 0;
};

}  // namespace lln::jitter
