// mutant: rate release: turns counter values into double before subtracting them
// A clock made from a counter that ticks at a constant but unknown rate.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

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
  Pair best{0, 0, ~std::uint64_t{0}};
  for (int i = 0; i < attempts; ++i) {
    const std::uint64_t before = counter();
    const std::int64_t ns = reference();
    const std::uint64_t width = counter() - before;
    if (i == 0 || width < best.width) best = {before + width / 2, ns, width};
  }
  return best;
}

class CalibratedClock {
 public:
  // From pairs in order of time. Pairs whose bracket is wider than twice the median width (of n widths in
  // order: the one at index n / 2) were torn by an interrupt: they are left out. The rate is that of the line
  // through the first and the last of the others. Fewer than two of those, or a last one that is not later
  // than the first by both clocks: std::invalid_argument.
  static CalibratedClock calibrate(std::span<const Pair> pairs) {
    std::vector<std::uint64_t> widths;
    for (const Pair& pair : pairs) widths.push_back(pair.width);
    std::sort(widths.begin(), widths.end());
    const std::uint64_t widest = widths.empty() ? 0 : 2 * widths[widths.size() / 2];
    std::vector<Pair> kept;
    for (const Pair& pair : pairs) {
      if (pair.width <= widest) kept.push_back(pair);
    }
    if (kept.size() < 2) throw std::invalid_argument("calibrate: fewer than two usable pairs");

    const Pair& first = kept.front();
    const Pair& last = kept.back();
    const auto ticks = static_cast<std::int64_t>(last.ticks - first.ticks);
    if (ticks <= 0 || last.ns <= first.ns) throw std::invalid_argument("calibrate: no time passed");
    const auto span = static_cast<double>(last.ticks) - static_cast<double>(first.ticks);
    CalibratedClock clock;
    clock.first_ = first;
    clock.ticks_per_ns_ = span / static_cast<double>(last.ns - first.ns);
    clock.error_ppm_ = static_cast<double>(first.width + last.width) / 2 / span * 1e6;
    return clock;
  }

  double ticks_per_ns() const { return ticks_per_ns_; }

  // A bound of the rate's relative error, in parts per million: however the reference readings lay in their
  // brackets, the true rate is not further away. No larger than needed.
  double error_ppm() const { return error_ppm_; }

  // Nanoseconds in a difference of two counter values, later minus earlier. The wrong way round: negative.
  // Right for months.
  double to_ns(std::uint64_t difference) const {
    return static_cast<double>(static_cast<std::int64_t>(difference)) / ticks_per_ns_;
  }

  // What the reference clock showed, or will show, when the counter stood at `ticks`; to the nearest ns.
  // Also for times before the first pair.
  std::int64_t ns_at(std::uint64_t ticks) const {
    return first_.ns + std::llround(to_ns(ticks - first_.ticks));
  }

 private:
  Pair first_{0, 0, 0};
  double ticks_per_ns_ = 0;
  double error_ppm_ = 0;
};

}  // namespace lln::exercise
