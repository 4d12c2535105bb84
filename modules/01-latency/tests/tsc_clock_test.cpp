// Nothing here depends on how fast this machine is or how long it pauses us: every interval is measured
// from inside and from outside by the kernel's clock, and TscClock must lie between.
#include <lln/latency/realtime_anchor.hpp>
#include <lln/latency/tsc_clock.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <stdexcept>

namespace {

using lln::latency::RealtimeAnchor;
using lln::latency::TscClock;
using namespace std::chrono_literals;

std::int64_t clock_ns(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

const TscClock& calibrated() {
  static const TscClock clock = TscClock::calibrate();
  return clock;
}

// steady_clock, the fallback, is CLOCK_MONOTONIC and not the raw one.
clockid_t reference_clock_id() {
  return TscClock::source() == TscClock::Source::steady_clock ? CLOCK_MONOTONIC : CLOCK_MONOTONIC_RAW;
}

TEST(TscClock, CalibrationStatesItsError) {
  const auto& c = calibrated().calibration();
  EXPECT_EQ(c.source, TscClock::source());
  EXPECT_GT(c.ticks_per_ns, 0.0);
  EXPECT_GE(c.fit_error_ppm, 0.0);
  EXPECT_GE(c.residual_ns, 0.0);
  if (c.source != TscClock::Source::steady_clock) {
    EXPECT_GT(c.span, 50ms) << "the fit uses samples over most of the 100 ms";
  }
  RecordProperty("ticks_per_ns", std::to_string(c.ticks_per_ns));
  RecordProperty("fit_error_ppm", std::to_string(c.fit_error_ppm));
}

TEST(TscClock, RefusesASpanTooShort) {
  EXPECT_THROW(TscClock::calibrate(0ms), std::invalid_argument);
  EXPECT_THROW(TscClock::calibrate(-5ms), std::invalid_argument);
}

TEST(TscClock, AnIntervalLiesBetweenItsInsideAndItsOutside) {
  const TscClock& clock = calibrated();
  const double slack_ppm = 3 * clock.calibration().fit_error_ppm + 5;
  for (const std::int64_t length : {1'000, 100'000, 10'000'000, 100'000'000}) {  // ns
    const std::int64_t outside_from = clock_ns(reference_clock_id());
    const std::uint64_t from = TscClock::now_ordered();
    const std::int64_t inside_from = clock_ns(reference_clock_id());
    while (clock_ns(reference_clock_id()) - inside_from < length) {
    }
    const std::int64_t inside_to = clock_ns(reference_clock_id());
    const std::uint64_t to = TscClock::now_ordered();
    const std::int64_t outside_to = clock_ns(reference_clock_id());

    const double ns = clock.to_ns(to - from);
    const double slack = ns * slack_ppm * 1e-6 + 50;  // 50 ns: the coarsest counter's step
    EXPECT_GE(ns, static_cast<double>(inside_to - inside_from) - slack) << "interval of " << length << " ns";
    EXPECT_LE(ns, static_cast<double>(outside_to - outside_from) + slack)
        << "interval of " << length << " ns";
  }
}

TEST(TscClock, NeverGoesBack) {
  std::uint64_t last = TscClock::now_ordered();
  for (int i = 0; i < 100'000; ++i) {
    const std::uint64_t next = TscClock::now_ordered();
    ASSERT_GE(next, last) << "reading " << i;
    last = next;
  }
}

TEST(TscClock, BothReadingsAreOneCounter) {
  const std::uint64_t before = TscClock::now_ordered();
  const std::uint64_t between = TscClock::now();
  const std::uint64_t after = TscClock::now_ordered();
  EXPECT_GE(calibrated().to_ns(between - before), -100.0)
      << "now() is no fence: it may be read a little early";
  EXPECT_LE(calibrated().to_ns(between - before), calibrated().to_ns(after - before) + 100.0);
}

TEST(TscClock, ConversionsAreInverse) {
  const TscClock& clock = calibrated();
  for (const auto time : {0ns, 1ns, 999ns, 1'000'000ns, 3'600'000'000'000ns}) {
    const double tolerance =
        0.51 / clock.calibration().ticks_per_ns + static_cast<double>(time.count()) * 1e-12;
    EXPECT_NEAR(clock.to_ns(clock.to_ticks(time)), static_cast<double>(time.count()), tolerance);
  }
  EXPECT_EQ(clock.to_ticks(-1s), 0U);
}

TEST(TscClock, ADifferenceTheWrongWayRoundIsNegative) {
  const std::uint64_t earlier = 1000;
  const std::uint64_t later = 1010;
  EXPECT_LT(calibrated().to_ns(earlier - later), 0.0);
  EXPECT_NEAR(calibrated().to_ns(earlier - later), -calibrated().to_ns(later - earlier), 1e-9);
}

// The least by which the counter moves. An emulated one may say that it counts at 62.5 MHz and move once a microsecond.
double step_ns() {
  std::uint64_t least = ~std::uint64_t{0};
  for (int i = 0; i < 100; ++i) {
    const std::uint64_t first = TscClock::now_ordered();
    std::uint64_t next = first;
    while (next == first) next = TscClock::now_ordered();
    least = std::min(least, next - first);
  }
  return calibrated().to_ns(least);
}

TEST(RealtimeAnchor, AReadingLiesBetweenItsNeighbours) {
  if (step_ns() > 100)
    GTEST_SKIP() << "this counter moves in steps of " << step_ns() << " ns, as only an emulated one does";
  RealtimeAnchor anchor(calibrated());
  for (int i = 0; i < 1000; ++i) {
    anchor.refresh();
    const std::int64_t refreshed = clock_ns(CLOCK_REALTIME);
    const std::int64_t before = clock_ns(CLOCK_REALTIME);
    const std::uint64_t ticks = TscClock::now_ordered();
    const std::int64_t after = clock_ns(CLOCK_REALTIME);
    // 1000 ppm for whatever time we were suspended here: NTP's 500 and the calibration's.
    const std::int64_t slack = anchor.uncertainty_ns() + 100 + (after - refreshed) / 1000;
    ASSERT_GE(anchor.realtime_ns(ticks), before - slack) << "round " << i;
    ASSERT_LE(anchor.realtime_ns(ticks), after + slack) << "round " << i;
  }
}

TEST(RealtimeAnchor, IsALineThroughPastAndFuture) {
  const TscClock& clock = calibrated();
  const RealtimeAnchor anchor(clock);
  const std::uint64_t ticks = TscClock::now();
  const std::uint64_t second = clock.to_ticks(1s);
  EXPECT_NEAR(static_cast<double>(anchor.realtime_ns(ticks + second) - anchor.realtime_ns(ticks)), 1e9, 20);
  EXPECT_NEAR(static_cast<double>(anchor.realtime_ns(ticks) - anchor.realtime_ns(ticks - second)), 1e9, 20);
}

TEST(RealtimeAnchor, RefreshForgetsAnOldErrorOfTheRate) {
  // An anchor that is never refreshed drifts with the calibration's error; after a refresh the step says by
  // how much.
  const TscClock& clock = calibrated();
  RealtimeAnchor anchor(clock);
  const std::int64_t start = clock_ns(CLOCK_REALTIME);
  while (clock_ns(CLOCK_REALTIME) - start < 20'000'000) {
  }
  anchor.refresh();
  const std::int64_t age = clock_ns(CLOCK_REALTIME) - start;
  EXPECT_LE(std::abs(anchor.last_step_ns()), age / 1000 + 2 * anchor.uncertainty_ns() + 1000)
      << "500 ppm of NTP and the fit's error are the most that " << age << " ns can add";
}

}  // namespace
