// LatencyTimer: times pieces of code and records each in a histogram.
//
// Threads    One thread at a time. The sink is the caller's; one sink may have many timers of that thread.
// Guarantee  Each measurement lies between two ordered readings of the clock (TscClock::now_ordered), so it
//            contains the cost of one reading: empty_ns() measures it, nothing is subtracted. Readings that
//            go backwards (two cores may disagree by a few ticks) count as 0.
// Allocation None of its own; no system call.
// Cost       README.md, "What measuring costs": two ordered readings and one record.
//
//   LatencyTimer timer(clock, histogram);
//   { auto section = timer.section(); work(); }        // recorded at the closing brace
//   timer.start(); a(); timer.lap(); b(); timer.lap();  // one reading between a and b, not two
#pragma once

#include <lln/latency/histogram.hpp>
#include <lln/latency/tsc_clock.hpp>

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>

namespace lln::latency {

// What a LatencyTimer can record into: Histogram, LatencyMetrics::Recorder.
template <class T>
concept LatencySink = requires(T& sink, std::uint64_t ns) { sink.record(ns); };

template <LatencySink Sink = Histogram, class Clock = TscClock>
class LatencyTimer {
 public:
  // Keeps references to both.
  LatencyTimer(const Clock& clock, Sink& sink) noexcept : clock_(clock), sink_(sink) {}

  void start() noexcept { from_ = clock_.now_ordered(); }

  // Records the time since start() or the last lap(), returns it in ns, and starts the next lap at the same
  // reading: laps have no gaps between them.
  std::uint64_t lap() noexcept {
    const std::uint64_t to = clock_.now_ordered();
    const std::uint64_t ns = between(from_, to);
    sink_.record(ns);
    from_ = to;
    return ns;
  }

  class [[nodiscard]] Section {
   public:
    explicit Section(LatencyTimer& timer) noexcept : timer_(timer), from_(timer.clock_.now_ordered()) {}
    ~Section() { timer_.sink_.record(timer_.between(from_, timer_.clock_.now_ordered())); }
    Section(const Section&) = delete;
    Section& operator=(const Section&) = delete;

   private:
    LatencyTimer& timer_;
    std::uint64_t from_;
  };
  // Records from here to the end of the enclosing scope. Sections may be nested.
  Section section() noexcept { return Section(*this); }

  // What a measurement of nothing shows: the median of 101 pairs of readings, in ns. Not recorded.
  std::uint64_t empty_ns() const noexcept {
    std::array<std::uint64_t, 101> times;
    for (auto& time : times) {
      const std::uint64_t from = clock_.now_ordered();
      time = between(from, clock_.now_ordered());
    }
    const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
    std::nth_element(times.begin(), middle, times.end());
    return *middle;
  }

 private:
  std::uint64_t between(std::uint64_t from, std::uint64_t to) const noexcept {
    return static_cast<std::uint64_t>(std::max(0.0, clock_.to_ns(to - from)) + 0.5);
  }

  const Clock& clock_;
  Sink& sink_;
  std::uint64_t from_ = 0;
};

}  // namespace lln::latency
