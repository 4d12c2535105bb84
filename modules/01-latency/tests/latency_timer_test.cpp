#include <lln/latency/latency_metrics.hpp>
#include <lln/latency/latency_timer.hpp>

#include <gtest/gtest.h>

#include <vector>

namespace {

using lln::latency::Histogram;
using lln::latency::LatencyMetrics;
using lln::latency::LatencyTimer;
using lln::latency::TscClock;

// Three ticks a nanosecond; stands still unless a test moves it, or each reading does.
struct WoundClock {
  mutable std::uint64_t ticks = 1'000'000;
  std::uint64_t each_reading = 0;
  std::uint64_t now_ordered() const noexcept { return ticks += each_reading; }
  double to_ns(std::uint64_t difference) const noexcept {
    return static_cast<double>(static_cast<std::int64_t>(difference)) / 3.0;
  }
};

struct Kept {
  std::vector<std::uint64_t> values;
  void record(std::uint64_t ns) { values.push_back(ns); }
};

using Values = std::vector<std::uint64_t>;

TEST(LatencyTimer, LapsHaveNoGaps) {
  WoundClock clock;
  clock.each_reading = 3;
  Kept kept;
  LatencyTimer<Kept, WoundClock> timer(clock, kept);
  timer.start();
  clock.ticks += 300;
  EXPECT_EQ(timer.lap(), 101U);
  clock.ticks += 600;
  EXPECT_EQ(timer.lap(), 201U);
  EXPECT_EQ(kept.values, (Values{101, 201})) << "two laps and three readings";
}

TEST(LatencyTimer, SectionsRecordAtTheirEndAndMayBeNested) {
  WoundClock clock;
  Kept kept;
  LatencyTimer<Kept, WoundClock> timer(clock, kept);
  {
    const auto outer = timer.section();
    clock.ticks += 30;
    {
      const auto inner = timer.section();
      clock.ticks += 60;
      EXPECT_TRUE(kept.values.empty());
    }
    EXPECT_EQ(kept.values, (Values{20}));
  }
  EXPECT_EQ(kept.values, (Values{20, 30}));
}

TEST(LatencyTimer, ASectionLeftByAnExceptionIsRecorded) {
  WoundClock clock;
  Kept kept;
  LatencyTimer<Kept, WoundClock> timer(clock, kept);
  try {
    const auto section = timer.section();
    clock.ticks += 9;
    throw 1;
  } catch (int) {
  }
  EXPECT_EQ(kept.values, (Values{3}));
}

TEST(LatencyTimer, AClockThatGoesBackCountsAsNothing) {
  WoundClock clock;
  Kept kept;
  LatencyTimer<Kept, WoundClock> timer(clock, kept);
  timer.start();
  clock.ticks -= 5;
  EXPECT_EQ(timer.lap(), 0U);
}

TEST(LatencyTimer, RoundsToTheNearestNanosecond) {
  WoundClock clock;
  Kept kept;
  LatencyTimer<Kept, WoundClock> timer(clock, kept);
  timer.start();
  clock.ticks += 5;  // 1.67 ns
  EXPECT_EQ(timer.lap(), 2U);
}

TEST(LatencyTimer, EmptyIsTheCostOfAReadingAndIsNotRecorded) {
  WoundClock clock;
  clock.each_reading = 60;
  Kept kept;
  const LatencyTimer<Kept, WoundClock> timer(clock, kept);
  EXPECT_EQ(timer.empty_ns(), 20U);
  EXPECT_TRUE(kept.values.empty());
}

TEST(LatencyTimer, WorksWithTheRealClockAndBothSinks) {
  const TscClock clock = TscClock::calibrate(std::chrono::milliseconds{5});
  Histogram histogram;
  LatencyTimer timer(clock, histogram);
  { const auto section = timer.section(); }
  EXPECT_EQ(histogram.count(), 1U);
  LatencyMetrics metrics;
  LatencyTimer into_metrics(clock, metrics.attach("this thread"));
  { const auto section = into_metrics.section(); }
  EXPECT_EQ(metrics.total().count(), 1U);
}

}  // namespace
