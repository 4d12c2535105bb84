#include "test_support.hpp"

#include <lln/exchange/random.hpp>
#include <lln/exchange/schedule.hpp>
#include <lln/exchange/zipf.hpp>

#include <algorithm>
#include <cmath>

namespace lln::exchange {
namespace {

using testing::seed;

std::vector<std::int64_t> times(const BurstSchedule::Options& options, std::size_t count) {
  BurstSchedule schedule(options, seed());
  std::vector<std::int64_t> result(count);
  for (std::int64_t& time : result) time = schedule.next();
  return result;
}

// Messages in each window of this length, divided by what the mean rate would put there.
std::vector<double> relative_rates(const std::vector<std::int64_t>& times, std::int64_t window_ns,
                                   double rate) {
  std::vector<double> counts(static_cast<std::size_t>(times.back() / window_ns) + 1);
  for (const std::int64_t time : times) counts[static_cast<std::size_t>(time / window_ns)] += 1;
  for (double& count : counts) count /= rate * static_cast<double>(window_ns) * 1e-9;
  counts.pop_back();  // incomplete
  return counts;
}

TEST(BurstSchedule, MeanRateIsExact) {
  for (const double rate : {1'000.0, 250'000.0, 1'000'000.0}) {
    const auto all = times({.rate = rate}, 500'000);
    // Off by less than one cycle (at most 3 x 10 ms), however long it runs.
    for (const std::size_t n : {100'000UL, 300'000UL, 499'999UL})
      EXPECT_NEAR(static_cast<double>(all[n]) * 1e-9, static_cast<double>(n) / rate, 0.031)
          << "seed " << seed();
  }
}

TEST(BurstSchedule, NeverGoesBackAndBeginsAtZero) {
  const auto all = times({}, 200'000);
  EXPECT_EQ(all.front(), 0);
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
}

TEST(BurstSchedule, BurstsReachSeveralTimesTheMean) {
  const auto all = times({.rate = 1'000'000, .burst_factor = 5, .burst_share = 0.1}, 1'000'000);
  const auto rates = relative_rates(all, 200'000, 1'000'000);
  const auto bursty = std::count_if(rates.begin(), rates.end(), [](double rate) { return rate > 4; });
  const double share = static_cast<double>(bursty) / static_cast<double>(rates.size());
  EXPECT_NEAR(share, 0.085, 0.025) << "windows that lie wholly in a burst; seed " << seed();
  const auto quiet = std::count_if(rates.begin(), rates.end(), [](double rate) { return rate < 0.75; });
  EXPECT_GT(static_cast<double>(quiet), 0.75 * static_cast<double>(rates.size()))
      << "the rest must be quieter than the mean";
}

TEST(BurstSchedule, NoBurstsWhenNotWanted) {
  const auto all = times({.rate = 1'000'000, .burst_factor = 1, .burst_share = 0}, 1'000'000);
  const auto rates = relative_rates(all, 1'000'000, 1'000'000);
  EXPECT_LT(*std::max_element(rates.begin(), rates.end()), 1.3);
  EXPECT_GT(*std::min_element(rates.begin(), rates.end()), 0.7);
}

TEST(Random, StreamsOfOneSeedDiffer) {
  Random a(7, 0);
  Random b(7, 1);
  Random again(7, 0);
  const std::uint64_t first = a.next();
  EXPECT_EQ(first, again.next());
  EXPECT_NE(first, b.next());
}

TEST(Random, BelowIsUniform) {
  Random random(seed());
  std::array<int, 10> counts{};
  for (int i = 0; i < 100'000; ++i) ++counts[random.below(10)];
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 500) << "seed " << seed();
}

TEST(Random, ChanceOfZeroAndOneAreCertain) {
  Random random(seed());
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_FALSE(random.chance(0));
    ASSERT_TRUE(random.chance(1));
  }
}

TEST(Zipf, FrequenciesFollowTheLaw) {
  const Zipf zipf(50, 1.0);
  Random random(seed());
  std::array<double, 50> counts{};
  constexpr int draws = 500'000;
  for (int i = 0; i < draws; ++i) ++counts[zipf.sample(random)];
  double harmonic = 0;
  for (int rank = 1; rank <= 50; ++rank) harmonic += 1.0 / rank;
  for (std::size_t rank = 0; rank < counts.size(); ++rank) {
    const double expected = draws / (static_cast<double>(rank + 1) * harmonic);
    EXPECT_NEAR(counts[rank], expected, 5 * std::sqrt(expected)) << "rank " << rank << ", seed " << seed();
  }
}

TEST(Zipf, OneRank) {
  const Zipf zipf(1, 1.0);
  Random random(seed());
  for (int i = 0; i < 100; ++i) ASSERT_EQ(zipf.sample(random), 0U);
}

}  // namespace
}  // namespace lln::exchange
