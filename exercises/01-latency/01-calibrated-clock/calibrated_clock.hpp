// A clock made from a counter that ticks at a constant but unknown rate.
//
// Only this file is edited. The tests give you a made-up counter and a made-up reference clock, so nothing
// depends on the machine. Counter values may be anywhere in 0..2^64-1 and may wrap around once.
#pragma once

#include <cstdint>
#include <span>
#include <stdexcept>

namespace lln::exercise {

// The counter and the reference clock, as good as at the same instant.
struct Pair {
  std::uint64_t ticks;  // middle of the bracket: as many ticks before it as after it, or one fewer before
  std::int64_t ns;      // the reference clock, read inside the bracket
  std::uint64_t width;  // of the bracket, in ticks: how much is not known about `ticks`
};

// Reads the counter, then the reference, then the counter again; does so `attempts` (>= 1) times and returns
// the pair with the narrowest bracket, the earliest of several equally narrow ones.
template <class Counter, class Reference>
Pair tightest_pair(Counter&& counter, Reference&& reference, int attempts) {
  // TODO: read `attempts` brackets, keep the narrowest.
  (void)attempts;
  return {counter(), reference(), 0};
}

class CalibratedClock {
 public:
  // From pairs in order of time. Pairs whose bracket is wider than twice the median width (of n widths in
  // order: the one at index n / 2) were torn by an interrupt: they are left out. The rate is that of the line
  // through the first and the last of the others. Fewer than two of those, or a last one that is not later
  // than the first by both clocks: std::invalid_argument.
  static CalibratedClock calibrate(std::span<const Pair> pairs) {
    // TODO
    (void)pairs;
    return {};
  }

  double ticks_per_ns() const { return ticks_per_ns_; }

  // A bound of the rate's relative error, in parts per million: however the reference readings lay in their
  // brackets, the true rate is not further away. No larger than needed.
  double error_ppm() const { return error_ppm_; }

  // Nanoseconds in a difference of two counter values, later minus earlier. The wrong way round: negative.
  // Right for months.
  double to_ns(std::uint64_t difference) const {
    // TODO
    (void)difference;
    return 0;
  }

  // What the reference clock showed, or will show, when the counter stood at `ticks`; to the nearest ns.
  // Also for times before the first pair.
  std::int64_t ns_at(std::uint64_t ticks) const {
    // TODO
    (void)ticks;
    return 0;
  }

 private:
  double ticks_per_ns_ = 0;
  double error_ppm_ = 0;
};

}  // namespace lln::exercise
