// The arithmetic of TscClock::calibrate, apart from the clocks so that tests can feed it made-up ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace lln::latency::detail {

// A reading of the reference clock between two readings of the counter.
struct ClockSample {
  std::int64_t ticks;          // middle of the bracket, since the first sample
  std::int64_t ns;             // since the first sample
  std::int64_t bracket_ticks;  // width of the bracket: what is not known about `ticks`
};

struct ClockFit {
  double ticks_per_ns;
  double error_ppm;      // two standard errors of the rate
  double residual_ns;    // root mean square
  std::int64_t span_ns;  // between first and last used sample
  std::size_t used;      // samples that took part
};

// Least squares over the samples with tight brackets, then once more without those far off the line. Needs
// at least three samples of increasing time; throws std::invalid_argument otherwise.
ClockFit fit_clock(std::span<const ClockSample> samples);

}  // namespace lln::latency::detail
