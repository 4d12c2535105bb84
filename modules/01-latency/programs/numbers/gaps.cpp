#include "gaps.hpp"

#include <lln/latency/tsc_clock.hpp>

#include <cstdio>

namespace lln::numbers {

latency::Histogram clock_gaps(double seconds) {
  const auto clock = latency::TscClock::calibrate();
  latency::Histogram gaps;
  const auto length = clock.to_ticks(std::chrono::nanoseconds{static_cast<std::int64_t>(seconds * 1e9)});
  std::uint64_t last = latency::TscClock::now_ordered();
  const std::uint64_t start = last;
  // #region gaps
  while (last - start < length) {
    const std::uint64_t now = latency::TscClock::now_ordered();
    gaps.record(static_cast<std::uint64_t>(clock.to_ns(now - last)));
    last = now;
  }
  // #endregion gaps
  return gaps;
}

void print_gaps(const latency::Histogram& gaps) {
  std::printf("\ntwo readings of the clock, one after the other, %llu times:\n",
              static_cast<unsigned long long>(gaps.count()));
  for (const double p : {0.0, 50.0, 90.0, 99.0, 99.9, 99.99, 99.999}) {
    if (static_cast<double>(gaps.count()) * (100 - p) / 100 < 10) break;
    std::printf("  p%-8g %12llu ns\n", p, static_cast<unsigned long long>(gaps.value_at_percentile(p)));
  }
  std::printf("  %-9s %12llu ns\n", "max", static_cast<unsigned long long>(gaps.max()));
}

}  // namespace lln::numbers
