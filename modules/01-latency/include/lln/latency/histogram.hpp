// Histogram: counts of values in cells of constant relative width (HDR, "high dynamic range").
//
// Threads    One writer; readers only when it does not write. Give each thread one and
//            merge them afterwards.
// Guarantee  A value v up to `highest` is reported as r with v <= r <= v + v / 10^digits; count(), min(),
//            max() and overflow() are exact. A value above `highest` is reported as `highest`.
// Allocation All in the constructor; record() allocates nothing and makes no system call.
// Cost       record(): 1.8 ns in a loop, less than twice a push_back to a reserved vector (latency_bench on an Intel Xeon
//            virtual machine).
// Source     G. Tene, HdrHistogram (layout and .hgrm text format), hdrhistogram.org.
//
// Layout: detail/histogram_layout.hpp. 3 digits up to one hour in ns: 33,792 cells, 270 kB.
#pragma once

#include <lln/latency/detail/histogram_layout.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <vector>

namespace lln::latency {

class Histogram {
 public:
  // highest: the largest value told apart, >= 1, in any unit (the default is one hour in ns).
  // significant_digits: 1..5. Anything else: std::invalid_argument.
  explicit Histogram(std::uint64_t highest = 3'600'000'000'000, int significant_digits = 3);

  void record(std::uint64_t value) noexcept { record(value, 1); }

  // The same value `count` times; 0 times changes nothing.
  // #region record
  void record(std::uint64_t value, std::uint64_t count) noexcept {
    if (count == 0) return;
    if (value < min_) min_ = value;
    if (value > fitting_max_) [[unlikely]] {
      value = raise_max(value, count);  // fitting_max_ <= highest, so every overflow comes this way too
    }
    cells_[layout_.cell_of(value)] += count;
    count_ += count;
  }
  // #endregion record

  std::uint64_t count() const noexcept { return count_; }
  // Exact, even above highest(); 0 when empty.
  std::uint64_t min() const noexcept { return count_ == 0 ? 0 : min_; }
  std::uint64_t max() const noexcept { return overflow_ == 0 ? fitting_max_ : overflow_max_; }
  std::uint64_t overflow() const noexcept { return overflow_; }  // how many values were above highest()
  std::uint64_t highest() const noexcept { return layout_.highest(); }
  int significant_digits() const noexcept { return digits_; }

  // Computed from the cells' middles, so right to half a cell; overflowed values count as `highest`. 0 when
  // empty.
  double mean() const noexcept;
  double stddev() const noexcept;  // of the population

  // Nearest rank: the smallest recorded value (upper edge of its cell, at most max() and highest()) with at
  // least p % of the values at or below it. p is clamped to 0..100; p = 0 gives the cell of the minimum.
  // 0 when empty.
  std::uint64_t value_at_percentile(double p) const noexcept;

  // What is reported in place of `value`: the upper edge of its cell. Values above highest() share one cell.
  std::uint64_t highest_equivalent(std::uint64_t value) const noexcept {
    return layout_.highest_in(layout_.cell_of(std::min(value, highest())));
  }

  // Adds the other's counts, as if all had been recorded here. Throws std::invalid_argument when `highest`
  // or the digits differ.
  void merge(const Histogram& other);

  void reset() noexcept;

  // The text format of HdrHistogram, for its plotter: values are divided by `unit` (1000: ns shown as us),
  // and each halving of the distance to 100 % gets so many lines.
  void write_hgrm(std::ostream& out, double unit = 1.0, int ticks_per_half_distance = 5) const;

 private:
  friend class LatencyMetrics;  // fills the cells from its recorders

  // Returns what is to be counted instead of `value`.
  std::uint64_t raise_max(std::uint64_t value, std::uint64_t count) noexcept {
    if (value > highest()) {
      overflow_ += count;
      overflow_max_ = std::max(overflow_max_, value);
      value = highest();
    }
    return fitting_max_ = value;
  }
  std::uint64_t reported_for_cell(std::size_t cell) const noexcept;
  double middle_of_cell(std::size_t cell) const noexcept;

  int digits_;
  detail::HistogramLayout layout_;
  std::uint64_t count_ = 0;
  std::uint64_t min_ = ~std::uint64_t{0};
  std::uint64_t fitting_max_ = 0;  // of the values up to highest; highest once anything overflowed
  std::uint64_t overflow_ = 0;
  std::uint64_t overflow_max_ = 0;
  std::vector<std::uint64_t> cells_;
};

}  // namespace lln::latency
