// LatencyMetrics: latencies recorded by many threads, read by anyone while they record.
//
// Threads    attach(), total(), interval(), by_thread(): any thread (a mutex that recorders never touch).
//            Each Recorder: one writer, the thread that attached it.
// Ordering   A reader's minimum and maximum include every value that its cells count; they may also know of
//            one whose count it has not seen. Everything recorded before a join, or any other happens-before
//            edge, is counted. Counts never go backwards.
// Progress   record(): wait-free, no read-modify-write, no lock; readers do not disturb its result.
// Allocation attach(): the recorder, 270 kB, every page touched. total(), interval(): a Histogram. record():
//            none, and no system call.
// Cost       record(): README.md, "What measuring costs".
// Source     The aggregator is what `thread_local` counters lack: a recorder belongs to the LatencyMetrics,
//            so a thread's counts outlive it.
//
// Every atomic operation (the cells and overflow count of a recorder are `count`, min and max `extremes`):
//
//   who       what      does   order    why
//   recorder  count     load   relaxed  its own: nobody else writes it
//   recorder  extremes  load   relaxed  its own; not read at all while a value lies between them
//   recorder  extremes  store  relaxed  ordered by the store to `count` behind it
//   recorder  count     store  release  whoever sees the count sees extremes that include the value
//   reader    count     load   acquire  pairs with it
//   reader    extremes  load   relaxed  read after the counts
#pragma once

#include <lln/latency/detail/histogram_layout.hpp>
#include <lln/latency/histogram.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace lln::latency {

class LatencyMetrics {
 public:
  // One layout for all, known when compiling: its constants in record() are worth a quarter of the time.
  static constexpr std::uint64_t highest = 3'600'000'000'000;  // one hour in ns
  static constexpr int significant_digits = 3;
  static constexpr detail::HistogramLayout layout{highest, significant_digits};

  // Two cache lines apart: processors fetch lines in pairs.
  class alignas(128) Recorder {
   public:
    explicit Recorder(std::string name);
    Recorder(const Recorder&) = delete;
    Recorder& operator=(const Recorder&) = delete;

    // #region recorder
    void record(std::uint64_t ns) noexcept {
      if (ns - least_ >= width_) [[unlikely]] {  // below wraps around: one comparison for both bounds
        ns = extreme(ns);
      }
      increment(cells_[layout.cell_of(ns)]);
    }
    // #endregion recorder

    const std::string& name() const noexcept { return name_; }

   private:
    friend class LatencyMetrics;
    using Count = std::atomic<std::uint64_t>;

    // One writer: a load and a store, not a locked instruction.
    static void increment(Count& count) noexcept {
      count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    }

    // A new minimum or maximum, and every value above `highest`; returns the value to be counted.
    std::uint64_t extreme(std::uint64_t ns) noexcept;

    // The writer's own bounds, [least_, least_ + width_): outside them extreme() has work to do.
    std::uint64_t least_ = 0;
    std::uint64_t width_ = 0;
    std::atomic<std::uint64_t> min_ = ~std::uint64_t{0};
    std::atomic<std::uint64_t> max_ = 0;
    Count overflow_ = 0;
    std::array<Count, layout.cells()> cells_{};
    std::string name_;
    // What interval() has handed out already; used under the mutex only.
    std::vector<std::uint64_t> taken_;
    std::uint64_t taken_overflow_ = 0;
  };

  // A recorder for the calling thread; it lives as long as the LatencyMetrics. Names may repeat.
  Recorder& attach(std::string name);

  // Everything recorded so far, by all threads, the ended ones too. Made for Histogram(highest, 3).
  Histogram total() const;

  // What was recorded since the last call of interval(), or since the start. Each record is in exactly one
  // interval. Minimum and maximum are the edges of the cells: exact ones cannot be had for an interval from
  // counters that only grow. The maximum of an interval with an overflow is that of all time.
  Histogram interval();

  struct Named {
    std::string name;
    Histogram histogram;
  };
  // The total of each recorder, in the order of attaching.
  std::vector<Named> by_thread() const;

 private:
  static void add(const Recorder& recorder, Histogram& to);

  mutable std::mutex mutex_;  // of the list and of `taken_`
  std::vector<std::unique_ptr<Recorder>> recorders_;
};

}  // namespace lln::latency
