#include <lln/latency/histogram.hpp>
#include <lln/latency/open_loop_load.hpp>

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

namespace {

using lln::latency::Histogram;
using lln::latency::OpenLoopLoad;
using lln::latency::TscClock;
using lln::latency::TscLoadClock;

struct LoadClock {
  std::int64_t time = 7'000;
  std::int64_t now_ns() const { return time; }
  void wait_until_ns(std::int64_t due) { time = due; }
};

struct KeptValues {
  std::vector<std::uint64_t> values;
  void record(std::uint64_t ns) { values.push_back(ns); }
};

using Values = std::vector<std::uint64_t>;

TEST(OpenLoopLoad, AStallIsFeltByThoseBehindIt) {
  LoadClock clock;
  KeptValues latency;
  KeptValues service;
  const OpenLoopLoad load({.per_second = 1e7, .requests = 6});  // one every 100 ns
  const auto outcome = load.run(
      clock, [&](std::size_t i) { clock.time += i == 1 ? 250 : 10; }, latency, service);
  EXPECT_EQ(service.values, (Values{10, 250, 10, 10, 10, 10}));
  EXPECT_EQ(latency.values, (Values{10, 250, 160, 70, 10, 10}));
  EXPECT_EQ(outcome.sent, 6U);
  EXPECT_EQ(outcome.latest_ns, 150);
  EXPECT_EQ(outcome.late, 0U) << "150 ns is within late_after_ns";
  EXPECT_EQ(outcome.duration_ns, 510);
}

TEST(OpenLoopLoad, NothingIsDroppedHoweverLong) {
  LoadClock clock;
  KeptValues latency;
  KeptValues service;
  const OpenLoopLoad load({.per_second = 1e6, .requests = 100});
  const auto outcome = load.run(
      clock, [&](std::size_t i) { clock.time += i == 0 ? 1'000'000 : 0; }, latency, service);
  ASSERT_EQ(latency.values.size(), 100U);
  EXPECT_EQ(latency.values[99], 1'000'000U - 99'000U);
  EXPECT_EQ(outcome.late, 99U);
}

TEST(OpenLoopLoad, EvenArrivalsDoNotDrift) {
  const OpenLoopLoad load({.per_second = 3, .requests = 1});
  EXPECT_EQ(load.due_ns(1), 333'333'333);
  EXPECT_EQ(load.due_ns(2), 666'666'666);
  EXPECT_NEAR(static_cast<double>(load.due_ns(3'000'000)), 1e15, 1.0) << "three million, a million seconds";
}

TEST(OpenLoopLoad, WarmUpIsSentAndNotRecorded) {
  LoadClock clock;
  KeptValues latency;
  KeptValues service;
  std::size_t calls = 0;
  const OpenLoopLoad load({.per_second = 1e6, .requests = 10, .warm_up = 4});
  const auto outcome = load.run(
      clock, [&](std::size_t) { ++calls; }, latency, service);
  EXPECT_EQ(calls, 10U);
  EXPECT_EQ(outcome.sent, 10U);
  EXPECT_EQ(latency.values.size(), 6U);
}

TEST(OpenLoopLoad, PoissonArrivalsRepeatAndHaveTheRate) {
  const OpenLoopLoad::Options options{
      .per_second = 1e6, .requests = 100'000, .arrivals = OpenLoopLoad::Arrivals::poisson, .seed = 7};
  const OpenLoopLoad a(options);
  const OpenLoopLoad b(options);
  std::size_t short_gaps = 0;
  for (std::size_t i = 1; i < options.requests; ++i) {
    ASSERT_GE(a.due_ns(i), a.due_ns(i - 1));
    ASSERT_EQ(a.due_ns(i), b.due_ns(i));
    if (a.due_ns(i) - a.due_ns(i - 1) < 1'000) ++short_gaps;
  }
  EXPECT_NEAR(static_cast<double>(a.due_ns(99'999)), 1e8, 2e6) << "mean gap 1 us; seed fixed";
  EXPECT_NEAR(static_cast<double>(short_gaps), 63'212, 700) << "1 - 1/e of the gaps are below the mean";
}

TEST(OpenLoopLoad, RefusesNonsense) {
  EXPECT_THROW(OpenLoopLoad({.per_second = 0, .requests = 1}), std::invalid_argument);
  EXPECT_THROW(OpenLoopLoad({.per_second = -1, .requests = 1}), std::invalid_argument);
  EXPECT_THROW(OpenLoopLoad({.per_second = 1, .requests = 0}), std::invalid_argument);
  EXPECT_THROW(OpenLoopLoad({.per_second = 1, .requests = 5, .warm_up = 5}), std::invalid_argument);
}

TEST(OpenLoopLoad, NeverSendsEarlyByTheRealClock) {
  TscLoadClock clock(TscClock::calibrate(std::chrono::milliseconds{5}));
  Histogram latency;
  Histogram service;
  const OpenLoopLoad load({.per_second = 1e5, .requests = 50});
  const std::int64_t before = clock.now_ns();
  std::size_t i = 0;
  load.run(
      clock, [&](std::size_t) { EXPECT_GE(clock.now_ns() - before, load.due_ns(i++)); }, latency, service);
  EXPECT_EQ(latency.count(), 50U);
  EXPECT_GE(latency.max(), service.max());
}

}  // namespace
