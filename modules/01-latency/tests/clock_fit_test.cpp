#include "seed.hpp"

#include <lln/latency/detail/clock_fit.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <stdexcept>
#include <vector>

namespace {

using lln::latency::detail::ClockFit;
using lln::latency::detail::ClockSample;
using lln::latency::detail::fit_clock;

constexpr double true_rate = 2.3;  // ticks per ns

// Samples over 100 ms, each off the line by `noise(i)` ns.
template <class Noise>
std::vector<ClockSample> made_up(Noise noise, int count = 41) {
  std::vector<ClockSample> samples;
  for (int i = 0; i < count; ++i) {
    const double ns = 100e6 * i / (count - 1);
    samples.push_back(
        {.ticks = std::llround(ns * true_rate), .ns = std::llround(ns + noise(i)), .bracket_ticks = 60});
  }
  return samples;
}

double error_ppm(const ClockFit& fit) { return std::abs(fit.ticks_per_ns / true_rate - 1) * 1e6; }

TEST(ClockFit, PerfectLine) {
  const ClockFit fit = fit_clock(made_up([](int) { return 0.0; }));
  EXPECT_LT(error_ppm(fit), 0.01);
  EXPECT_LT(fit.error_ppm, 0.01);
  EXPECT_LT(fit.residual_ns, 1.0);
  EXPECT_EQ(fit.used, 41U);
  EXPECT_EQ(fit.span_ns, 100'000'000);
}

TEST(ClockFit, WideBracketsAreLeftOut) {
  // A third of the samples torn apart by a hypervisor that takes up to 5 ms between the readings.
  std::mt19937_64 random(lln::test::seed());
  auto samples = made_up([](int) { return 0.0; });
  for (std::size_t i = 1; i < samples.size(); i += 3) {
    const auto gap = static_cast<std::int64_t>(1'000 + random() % 5'000'000);
    samples[i].bracket_ticks += gap * 2;
    samples[i].ns += gap;
  }
  const ClockFit fit = fit_clock(samples);
  EXPECT_LT(error_ppm(fit), 0.01);
  EXPECT_EQ(fit.used, 27U) << "41 samples, 14 of them torn";
}

TEST(ClockFit, OneSampleFarOffTheLineIsLeftOut) {
  auto samples = made_up([](int i) { return i % 2 == 0 ? 5.0 : -5.0; });
  samples.back().ns += 50'000;  // 0.05 % of the span, were it believed
  const ClockFit fit = fit_clock(samples);
  EXPECT_LT(error_ppm(fit), 0.2);
  EXPECT_EQ(fit.used, 40U);
}

TEST(ClockFit, ReportedErrorCoversTheTrueError) {
  std::mt19937_64 random(lln::test::seed());
  std::uniform_real_distribution<double> noise(-100, 100);
  int covered = 0;
  for (int trial = 0; trial < 500; ++trial) {
    const ClockFit fit = fit_clock(made_up([&](int) { return noise(random); }));
    if (error_ppm(fit) <= fit.error_ppm) ++covered;
    ASSERT_LT(fit.error_ppm, 2.0) << "and it is not merely large";
    ASSERT_GT(fit.residual_ns, 30) << "uniform noise of +-100 ns has a deviation of 58 ns";
    ASSERT_LT(fit.residual_ns, 90);
  }
  EXPECT_GT(covered, 440) << "of 500; two standard errors cover 95 %, this far below is no chance";
}

TEST(ClockFit, RefusesWhatHasNoRate) {
  EXPECT_THROW(fit_clock({}), std::invalid_argument);
  EXPECT_THROW(fit_clock(made_up([](int) { return 0.0; }, 2)), std::invalid_argument);
  EXPECT_THROW(fit_clock(std::vector<ClockSample>(10, ClockSample{5, 5, 60})), std::invalid_argument);
  auto backwards = made_up([](int) { return 0.0; });
  for (auto& s : backwards) s.ns = -s.ns;
  EXPECT_THROW(fit_clock(backwards), std::invalid_argument);
}

}  // namespace
