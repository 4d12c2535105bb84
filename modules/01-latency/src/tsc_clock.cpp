#include <lln/latency/detail/clock_fit.hpp>
#include <lln/latency/tsc_clock.hpp>

#include <cerrno>
#include <cmath>
#include <ctime>
#include <limits>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace lln::latency {
namespace {

#if defined(CLOCK_MONOTONIC_RAW)
constexpr clockid_t reference_clock = CLOCK_MONOTONIC_RAW;  // the hardware's own rate: NTP does not bend it
#else
constexpr clockid_t reference_clock = CLOCK_MONOTONIC;
#endif

std::int64_t read_reference_ns() {
  timespec t{};
  if (clock_gettime(reference_clock, &t) != 0) {
    throw std::system_error(errno, std::generic_category(), "clock_gettime(CLOCK_MONOTONIC_RAW)");
  }
  return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

struct Pair {
  std::uint64_t ticks;
  std::int64_t ns;
  std::uint64_t bracket;
};

Pair tightest_pair() {
  Pair best{0, 0, std::numeric_limits<std::uint64_t>::max()};
  for (int attempt = 0; attempt < 8; ++attempt) {
    const std::uint64_t before = TscClock::now_ordered();
    const std::int64_t ns = read_reference_ns();
    const std::uint64_t after = TscClock::now_ordered();
    if (after - before < best.bracket) best = {before + (after - before) / 2, ns, after - before};
  }
  return best;
}

detail::ClockFit measure_rate(std::chrono::milliseconds span) {
  constexpr int slots = 40;
  std::vector<detail::ClockSample> samples;
  samples.reserve(slots + 1);
  const auto start = std::chrono::steady_clock::now();
  const Pair first = tightest_pair();
  for (int slot = 0; slot <= slots; ++slot) {
    std::this_thread::sleep_until(start + span * slot / slots);
    const Pair pair = tightest_pair();
    samples.push_back({.ticks = static_cast<std::int64_t>(pair.ticks - first.ticks),
                       .ns = pair.ns - first.ns,
                       .bracket_ticks = static_cast<std::int64_t>(pair.bracket)});
  }
  return detail::fit_clock(samples);
}

#if defined(__aarch64__)
// Hz, set by the firmware; 0 where the firmware forgot.
std::uint64_t nominal_frequency() noexcept {
  std::uint64_t hz;
  asm volatile("mrs %0, cntfrq_el0" : "=r"(hz));
  return hz;
}
#endif

}  // namespace

bool TscClock::detect_invariant_tsc() noexcept {
#if defined(__x86_64__)
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  const bool rdtscp = __get_cpuid(0x80000001, &a, &b, &c, &d) != 0 && (d & (1U << 27)) != 0;
  const bool invariant = __get_cpuid(0x80000007, &a, &b, &c, &d) != 0 && (d & (1U << 8)) != 0;
  return rdtscp && invariant;
#else
  return false;
#endif
}

TscClock TscClock::calibrate(std::chrono::milliseconds span) {
  if (span < std::chrono::milliseconds{1}) {
    throw std::invalid_argument(
        "TscClock::calibrate: a span of " + std::to_string(span.count()) +
        " ms is too short; give at least 1 ms, and 100 ms for figures that are shown");
  }
  if (source() == Source::steady_clock) {  // its ticks are nanoseconds: nothing to measure
    return TscClock({source(), 1.0, 0.0, std::chrono::nanoseconds{0}, 0.0});
  }
  const detail::ClockFit fit = measure_rate(span);
  Calibration calibration{source(), fit.ticks_per_ns, fit.error_ppm, std::chrono::nanoseconds{fit.span_ns},
                          fit.residual_ns};
#if defined(__aarch64__)
  // The architecture states the frequency; the fit then only checks the firmware, and its finding is the
  // error.
  if (const std::uint64_t hz = nominal_frequency(); hz != 0) {
    const double nominal = static_cast<double>(hz) / 1e9;
    calibration.fit_error_ppm += std::abs(fit.ticks_per_ns / nominal - 1) * 1e6;
    calibration.ticks_per_ns = nominal;
  }
#endif
  return TscClock(calibration);
}

}  // namespace lln::latency
