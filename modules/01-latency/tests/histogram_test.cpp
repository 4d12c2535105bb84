#include "seed.hpp"

#include <lln/latency/histogram.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <random>
#include <stdexcept>
#include <vector>

namespace {

using lln::latency::Histogram;
using lln::test::seed;

constexpr std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t ten_to_the[] = {1, 10, 100, 1'000, 10'000, 100'000};

// Log-uniform: every power of two is as likely as any other, as latencies are.
std::uint64_t random_value(std::mt19937_64& random, std::uint64_t highest) {
  const auto bits = static_cast<int>(random() % 64);
  return (random() >> bits) % highest + 1;
}

TEST(Histogram, RefusesNonsense) {
  EXPECT_THROW(Histogram(1000, 0), std::invalid_argument);
  EXPECT_THROW(Histogram(1000, 6), std::invalid_argument);
  EXPECT_THROW(Histogram(0, 3), std::invalid_argument);
  EXPECT_NO_THROW(Histogram(1, 1));
  EXPECT_NO_THROW(Histogram(largest, 3));
}

TEST(Histogram, EmptyAnswersZero) {
  const Histogram h;
  EXPECT_EQ(h.count(), 0U);
  EXPECT_EQ(h.min(), 0U);
  EXPECT_EQ(h.max(), 0U);
  EXPECT_EQ(h.overflow(), 0U);
  EXPECT_EQ(h.mean(), 0.0);
  EXPECT_EQ(h.stddev(), 0.0);
  EXPECT_EQ(h.value_at_percentile(50), 0U);
}

TEST(Histogram, MinAndMaxAreExact) {
  Histogram h;
  h.record(123'456'789);
  EXPECT_EQ(h.min(), 123'456'789U);
  EXPECT_EQ(h.max(), 123'456'789U);
  EXPECT_EQ(h.value_at_percentile(0), 123'456'789U) << "no percentile lies above the maximum";
  h.record(987'654'321);
  h.record(55'555'555, 0);
  h.record(999'999'999'999, 0);
  EXPECT_EQ(h.min(), 123'456'789U) << "a value recorded 0 times leaves the minimum";
  EXPECT_EQ(h.max(), 987'654'321U) << "a value recorded 0 times leaves the maximum";
  h.record(0);
  EXPECT_EQ(h.min(), 0U);
  EXPECT_EQ(h.count(), 3U);
}

TEST(Histogram, ValuesAboveHighestAreClampedAndCounted) {
  Histogram h(1'000'000, 3);
  h.record(1'000'000);
  EXPECT_EQ(h.overflow(), 0U) << "highest itself still fits";
  h.record(1'000'001);
  h.record(largest, 5);
  EXPECT_EQ(h.overflow(), 6U);
  EXPECT_EQ(h.count(), 7U) << "they count";
  EXPECT_EQ(h.max(), largest) << "the maximum stays exact";
  EXPECT_EQ(h.value_at_percentile(100), 1'000'000U) << "and count as highest";
  h.record(2'000'000);
  EXPECT_EQ(h.max(), largest) << "a smaller overflow does not lower it";
}

// The claim of the header: v <= reported <= v + v / 10^digits, and a cell's edge is its own report.
void expect_error_bound(const Histogram& h, std::uint64_t v) {
  const std::uint64_t reported = h.highest_equivalent(v);
  ASSERT_GE(reported, v) << "digits " << h.significant_digits();
  ASSERT_LE(reported - v, v / ten_to_the[h.significant_digits()])
      << "value " << v << " reported as " << reported << " with " << h.significant_digits() << " digits";
  ASSERT_EQ(h.highest_equivalent(reported), reported) << "value " << v;
  if (reported != largest) {
    ASSERT_GT(h.highest_equivalent(reported + 1), reported) << "value " << v << ": next cell";
  }
}

TEST(Histogram, RelativeErrorNearPowersOfTwo) {
  for (int digits = 1; digits <= 5; ++digits) {
    const Histogram h(largest, digits);
    for (int power = 0; power < 64; ++power) {
      const std::uint64_t centre = std::uint64_t{1} << power;
      for (std::uint64_t distance = 0; distance <= 2'050; ++distance) {
        if (distance <= centre) expect_error_bound(h, centre - distance);
        expect_error_bound(h, centre + distance);
        if (HasFatalFailure()) return;
      }
    }
    for (std::uint64_t distance = 1; distance <= 2'050; ++distance)
      expect_error_bound(h, largest - distance + 1);
  }
}

TEST(Histogram, RelativeErrorOfRandomValues) {
  std::mt19937_64 random(seed());
  for (int digits = 1; digits <= 5; ++digits) {
    const Histogram h(largest, digits);
    for (int i = 0; i < 200'000; ++i) {
      expect_error_bound(h, random_value(random, largest));
      if (HasFatalFailure()) return;
    }
  }
}

TEST(Histogram, EveryValueUpToHighestHasACell) {  // ASan looks for the cell outside the array
  std::mt19937_64 random(seed());
  for (int i = 0; i < 300; ++i) {
    const std::uint64_t highest = random_value(random, 1ULL << 48);
    Histogram h(highest, 1 + static_cast<int>(random() % 3));
    h.record(highest);
    h.record(highest / 2);
    h.record(0);
    h.record(largest);
    ASSERT_EQ(h.count(), 4U);
    ASSERT_EQ(h.value_at_percentile(50), h.highest_equivalent(highest / 2)) << "highest " << highest;
  }
}

// p is given in 1/100,000 of a percent, so that the rank can be computed in whole numbers.
std::uint64_t nearest_rank(std::uint64_t p, std::uint64_t count) {
  constexpr std::uint64_t hundred_percent = 10'000'000;
  return std::max<std::uint64_t>(1, (p * count + hundred_percent - 1) / hundred_percent);
}

TEST(Histogram, PercentilesEqualTheSortedVector) {
  constexpr std::uint64_t levels[] = {0,         1,         100'000,   1'000'000, 2'500'000,
                                      5'000'000, 7'500'000, 9'000'000, 9'500'000, 9'900'000,
                                      9'990'000, 9'999'000, 9'999'900, 9'999'999, 10'000'000};
  std::mt19937_64 random(seed());
  for (const std::size_t count :
       std::initializer_list<std::size_t>{1, 2, 3, 7, 99, 100, 101, 1000, 1001, 10'000, 100'000}) {
    for (int digits = 1; digits <= 5; ++digits) {
      Histogram h(1ULL << 40, digits);
      std::vector<std::uint64_t> values(count);
      for (auto& v : values) h.record(v = random_value(random, 1ULL << 40));
      std::sort(values.begin(), values.end());
      for (const std::uint64_t level : levels) {
        const std::uint64_t exact = values[nearest_rank(level, count) - 1];
        const std::uint64_t reported = h.value_at_percentile(static_cast<double>(level) / 100'000);
        ASSERT_EQ(reported, std::min(h.highest_equivalent(exact), values.back()))
            << count << " values, " << digits << " digits, p = " << static_cast<double>(level) / 100'000;
        ASSERT_GE(reported, exact);
        ASSERT_LE(reported - exact, exact / ten_to_the[digits]);
      }
      ASSERT_EQ(h.value_at_percentile(100), values.back());
    }
  }
}

TEST(Histogram, PercentileArgumentIsClamped) {
  Histogram h;
  for (std::uint64_t v = 1; v <= 100; ++v) h.record(v);
  EXPECT_EQ(h.value_at_percentile(-5), 1U);
  EXPECT_EQ(h.value_at_percentile(200), 100U);
  EXPECT_EQ(h.value_at_percentile(std::nan("")), 1U);
  EXPECT_EQ(h.value_at_percentile(50), 50U);
  EXPECT_EQ(h.value_at_percentile(50.0001), 51U);
}

TEST(Histogram, MergeEqualsRecordingAllIntoOne) {
  std::mt19937_64 random(seed());
  Histogram a(1ULL << 36, 3);
  Histogram b(1ULL << 36, 3);
  Histogram all(1ULL << 36, 3);
  for (int i = 0; i < 50'000; ++i) {
    const std::uint64_t v = random_value(random, 1ULL << 37);  // half a percent overflows
    const std::uint64_t times = random() % 4;
    (random() % 2 == 0 ? a : b).record(v, times);
    all.record(v, times);
  }
  a.merge(b);
  EXPECT_EQ(a.count(), all.count());
  EXPECT_EQ(a.min(), all.min());
  EXPECT_EQ(a.max(), all.max());
  EXPECT_EQ(a.overflow(), all.overflow());
  EXPECT_EQ(a.mean(), all.mean());
  EXPECT_EQ(a.stddev(), all.stddev());
  for (int p = 0; p <= 1000; ++p)
    ASSERT_EQ(a.value_at_percentile(p / 10.0), all.value_at_percentile(p / 10.0));
}

TEST(Histogram, MergeOfEmptyChangesNothing) {
  Histogram a;
  const Histogram empty;
  a.record(42);
  a.merge(empty);
  EXPECT_EQ(a.min(), 42U) << "the minimum of nothing is not 0";
  EXPECT_EQ(a.max(), 42U);
  EXPECT_EQ(a.count(), 1U);
}

TEST(Histogram, MergeRefusesAnotherLayout) {
  Histogram a(1'000'000, 3);
  EXPECT_THROW(a.merge(Histogram(1'000'001, 3)), std::invalid_argument);
  EXPECT_THROW(a.merge(Histogram(1'000'000, 2)), std::invalid_argument);
}

TEST(Histogram, ResetIsAsNew) {
  Histogram h(1000, 2);
  h.record(7);
  h.record(5000);
  h.reset();
  EXPECT_EQ(h.count(), 0U);
  EXPECT_EQ(h.overflow(), 0U);
  EXPECT_EQ(h.max(), 0U);
  EXPECT_EQ(h.value_at_percentile(100), 0U);
  h.record(9);
  EXPECT_EQ(h.min(), 9U);
  EXPECT_EQ(h.count(), 1U);
  EXPECT_EQ(h.value_at_percentile(0), 9U);
}

TEST(Histogram, MeanAndDeviation) {
  Histogram small;  // below 2048 every value has its own cell
  for (const std::uint64_t v : std::initializer_list<std::uint64_t>{2, 4, 4, 4, 5, 5, 7, 9}) small.record(v);
  EXPECT_DOUBLE_EQ(small.mean(), 5.0);
  EXPECT_DOUBLE_EQ(small.stddev(), 2.0);

  std::mt19937_64 random(seed());
  Histogram large;
  std::vector<double> values;
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t v = 1'000'000 + random() % 9'000'000;
    large.record(v);
    values.push_back(static_cast<double>(v));
  }
  double mean = 0;
  for (const double v : values) mean += v / static_cast<double>(values.size());
  double variance = 0;
  for (const double v : values) variance += (v - mean) * (v - mean) / static_cast<double>(values.size());
  EXPECT_NEAR(large.mean(), mean, mean / 1000);
  EXPECT_NEAR(large.stddev(), std::sqrt(variance), std::sqrt(variance) / 100);
}

}  // namespace
