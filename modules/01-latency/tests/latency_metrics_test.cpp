#include "seed.hpp"

#include <lln/latency/latency_metrics.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <limits>
#include <random>
#include <thread>
#include <vector>

namespace {

using lln::latency::Histogram;
using lln::latency::LatencyMetrics;
using lln::test::seed;

Histogram of(std::initializer_list<std::uint64_t> values) {
  Histogram h(LatencyMetrics::highest, LatencyMetrics::significant_digits);
  for (const std::uint64_t v : values) h.record(v);
  return h;
}

void expect_same(const Histogram& a, const Histogram& b) {
  EXPECT_EQ(a.count(), b.count());
  EXPECT_EQ(a.min(), b.min());
  EXPECT_EQ(a.max(), b.max());
  EXPECT_EQ(a.overflow(), b.overflow());
  for (int p = 0; p <= 1000; ++p) {
    ASSERT_EQ(a.value_at_percentile(p / 10.0), b.value_at_percentile(p / 10.0)) << "p" << p / 10.0;
  }
}

TEST(LatencyMetrics, NobodyAttachedIsEmpty) {
  LatencyMetrics metrics;
  EXPECT_EQ(metrics.total().count(), 0U);
  EXPECT_EQ(metrics.interval().count(), 0U);
  EXPECT_TRUE(metrics.by_thread().empty());
}

TEST(LatencyMetrics, TotalIsWhatOneHistogramWouldHold) {
  LatencyMetrics metrics;
  auto& a = metrics.attach("a");
  auto& b = metrics.attach("b");
  metrics.attach("idle");
  Histogram expected(LatencyMetrics::highest, LatencyMetrics::significant_digits);
  std::mt19937_64 random(seed());
  for (int i = 0; i < 100'000; ++i) {
    const std::uint64_t v = random() >> (random() % 64);  // some above an hour
    (random() % 3 == 0 ? a : b).record(v);
    expected.record(v);
  }
  expect_same(metrics.total(), expected);
}

TEST(LatencyMetrics, ByThreadKeepsTheOrderAndTheNames) {
  LatencyMetrics metrics;
  metrics.attach("reader").record(5);
  metrics.attach("writer").record(7);
  const auto all = metrics.by_thread();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].name, "reader");
  EXPECT_EQ(all[0].histogram.max(), 5U);
  EXPECT_EQ(all[1].name, "writer");
  EXPECT_EQ(all[1].histogram.min(), 7U);
}

TEST(LatencyMetrics, EachRecordIsInExactlyOneInterval) {
  LatencyMetrics metrics;
  auto& recorder = metrics.attach("a");
  recorder.record(100);
  recorder.record(200);
  expect_same(metrics.interval(), of({100, 200}));
  EXPECT_EQ(metrics.interval().count(), 0U) << "nothing new";
  recorder.record(150);
  metrics.attach("late comer").record(50);
  expect_same(metrics.interval(), of({150, 50}));
  expect_same(metrics.total(), of({100, 200, 150, 50}));
}

TEST(LatencyMetrics, AnIntervalHasItsOwnExtremes) {
  LatencyMetrics metrics;
  auto& recorder = metrics.attach("a");
  recorder.record(1);
  recorder.record(1'000'000);
  metrics.interval();
  recorder.record(500'000);
  const Histogram h = metrics.interval();
  EXPECT_LE(h.min(), 500'000U);
  EXPECT_GE(h.min(), 499'000U) << "the edge of its cell, within 0.1 %";
  EXPECT_GE(h.max(), 500'000U);
  EXPECT_LE(h.max(), 501'000U);
}

TEST(LatencyMetrics, OverflowsOfAnIntervalAreItsOwn) {
  LatencyMetrics metrics;
  auto& recorder = metrics.attach("a");
  recorder.record(LatencyMetrics::highest + 1);
  const Histogram first = metrics.interval();
  EXPECT_EQ(first.overflow(), 1U);
  EXPECT_EQ(first.max(), LatencyMetrics::highest + 1);
  recorder.record(3);
  EXPECT_EQ(metrics.interval().overflow(), 0U);
  EXPECT_EQ(metrics.total().overflow(), 1U);
  EXPECT_EQ(metrics.total().max(), LatencyMetrics::highest + 1) << "exact, however large";
}

TEST(LatencyMetrics, AThreadsCountsOutliveIt) {
  LatencyMetrics metrics;
  std::thread([&] { metrics.attach("gone").record(42); }).join();
  EXPECT_EQ(metrics.total().count(), 1U);
}

// While two threads record 1..n, whoever looks sees counts that only grow, and extremes that bound what is
// counted; afterwards the intervals add up to the total.
TEST(LatencyMetrics, ReadWhileRecording) {
  constexpr std::uint64_t records = 200'000;
  LatencyMetrics metrics;
  std::atomic<int> running = 2;
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&, t] {
      auto& recorder = metrics.attach("writer " + std::to_string(t));
      for (std::uint64_t i = 1; i <= records; ++i) recorder.record(i);
      --running;
    });
  }
  std::uint64_t last = 0;
  std::uint64_t in_intervals = 0;
  bool over = false;
  while (!over) {
    over = running == 0;  // read before the last look
    const Histogram all = metrics.total();
    ASSERT_GE(all.count(), last);
    last = all.count();
    if (last != 0) {
      ASSERT_EQ(all.min(), 1U);
      ASSERT_GE(all.max(), all.count() / 2)
          << "n values out of two times 1, 2, 3...: the largest is at least n/2";
    }
    in_intervals += metrics.interval().count();
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(in_intervals, 2 * records);
  EXPECT_EQ(metrics.total().count(), 2 * records);
  EXPECT_EQ(metrics.total().max(), records);
}

}  // namespace
