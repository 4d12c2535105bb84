// The paired runner's statistics, on numbers made up: no clock is read, so no machine can make this flake.
#include <lln/testkit/perf.hpp>
#include <lln/testkit/testkit.hpp>

#include <cmath>
#include <random>
#include <vector>

namespace {

using namespace lln::testkit;

// 2^gauss: costs are multiplied by what disturbs them, and one in ten meets a much slower moment.
std::vector<double> noisy(double centre, double spread, std::size_t n, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<double> values;
  for (std::size_t i = 0; i < n; ++i) {
    double gauss = -6;  // a sum of 12 uniforms: the same numbers with every standard library
    for (int k = 0; k < 12; ++k) gauss += static_cast<double>(random() >> 11) * 0x1p-53;
    const double disturbed = random() % 10 == 0 ? 5 : 1;
    values.push_back(centre * std::exp2(spread * gauss) * disturbed);
  }
  return values;
}

constexpr double least = 0.02;

TEST(Paired, MedianOfOddEvenAndNone) {
  EXPECT_EQ(median(std::vector<double>{3, 1, 2}), 2);
  EXPECT_EQ(median(std::vector<double>{4, 1, 3, 2}), 2.5);
  EXPECT_TRUE(std::isnan(median({})));
}

TEST(Paired, TheIntervalHoldsTheMedianAndShrinksWithMorePairs) {
  const auto few = noisy(1, 0.1, 15, 1);
  const auto many = noisy(1, 0.1, 500, 1);
  const Interval wide = bootstrap_median(few, 7);
  const Interval narrow = bootstrap_median(many, 7);
  EXPECT_LE(wide.low, median(few));
  EXPECT_GE(wide.high, median(few));
  EXPECT_LT(narrow.high - narrow.low, wide.high - wide.low);
}

TEST(Paired, AClearDifferenceIsSeenThroughOutliers) {
  const auto twins = noisy(1, 0.02, 21, 2);
  EXPECT_EQ(judge_pairs(noisy(0.5, 0.02, 21, 1), twins, least, 7).verdict, Verdict::faster);
  EXPECT_EQ(judge_pairs(noisy(2.0, 0.02, 21, 1), twins, least, 7).verdict, Verdict::slower);
}

TEST(Paired, NoDifferenceIsInconclusiveNearlyAlways) {
  int wrong = 0;
  for (std::uint64_t i = 0; i < 300; ++i) {
    const auto result = judge_pairs(noisy(1, 0.1, 21, 2 * i), noisy(1, 0.1, 21, 2 * i + 1), least, i + 1);
    wrong += result.verdict != Verdict::inconclusive;
  }
  EXPECT_LE(wrong, 6) << "of 300";
}

TEST(Paired, ADifferenceBelowTheNoiseFloorIsNone) {
  const auto ratios = std::vector<double>(21, 0.95);  // as sharp as can be
  const auto quiet = std::vector<double>(21, 1.0);
  const auto loud = noisy(1, 0.5, 21, 5);
  EXPECT_EQ(judge_pairs(ratios, quiet, least, 7).verdict, Verdict::faster);
  const PairedResult result = judge_pairs(ratios, loud, least, 7);
  EXPECT_EQ(result.verdict, Verdict::inconclusive);
  EXPECT_NE(result.reason.find("The same code against itself"), std::string::npos) << result.reason;
}

TEST(Paired, LessThanTheLeastEffectIsNone) {
  const auto quiet = std::vector<double>(21, 1.0);
  EXPECT_EQ(judge_pairs(std::vector<double>(21, 0.99), quiet, least, 7).verdict, Verdict::inconclusive);
  EXPECT_EQ(judge_pairs(std::vector<double>(21, 1.01), quiet, least, 7).verdict, Verdict::inconclusive);
}

TEST(Paired, TooFewPairsOrNoCostsProveNothing) {
  const auto fast = std::vector<double>(14, 0.1);
  EXPECT_EQ(judge_pairs(fast, fast, least, 7).verdict, Verdict::inconclusive);
  auto broken = std::vector<double>(21, 0.1);
  const auto quiet = std::vector<double>(21, 1.0);
  broken[3] = std::nan("");
  EXPECT_EQ(judge_pairs(broken, quiet, least, 7).verdict, Verdict::inconclusive);
  broken[3] = 0;
  EXPECT_EQ(judge_pairs(broken, quiet, least, 7).verdict, Verdict::inconclusive);
}

TEST(Paired, TheSameSeedGivesTheSameResult) {
  const auto ratios = noisy(0.9, 0.1, 21, 1);
  const auto twins = noisy(1, 0.1, 21, 2);
  const PairedResult first = judge_pairs(ratios, twins, least, 7);
  const PairedResult second = judge_pairs(ratios, twins, least, 7);
  EXPECT_EQ(first.ci95.low, second.ci95.low);
  EXPECT_EQ(first.noise_floor, second.noise_floor);
}

TEST(Paired, TheRunnerInterleavesWarmsUpAndKeepsTheDriftOut) {
  int calls_a = 0;
  int calls_b = 0;
  double drift = 1;  // a machine that becomes slower all the time
  std::string order;
  const auto a = [&] {
    ++calls_a;
    order += 'a';
    return 100 * (drift *= 1.01);
  };
  const auto b = [&] {
    ++calls_b;
    order += 'b';
    return 150 * (drift *= 1.01);
  };
  const PairedResult result = compare("a", a, "b", b, {.pairs = 21, .warm_ups = 2, .seed = 3});
  EXPECT_EQ(calls_a, 2 * (21 + 2));
  EXPECT_EQ(calls_b, 21 + 2);
  EXPECT_EQ(result.pairs, 21U);
  EXPECT_EQ(result.verdict, Verdict::faster);
  EXPECT_NEAR(result.ratio, 2.0 / 3, 0.02);
  EXPECT_NE(order.find("baab"), std::string::npos) << "the order varies: " << order;
  EXPECT_NE(order.find("aba"), std::string::npos) << order;
}

TEST(Paired, TheResultIsASentence) {
  const auto quiet = std::vector<double>(21, 1.0);
  PairedResult result = judge_pairs(std::vector<double>(21, 0.5), quiet, least, 7);
  result.name_a = "mine";
  result.name_b = "theirs";
  EXPECT_EQ(
      result.told(),
      "mine is faster than theirs (ratio 0.500, 95 % interval 0.500 to 0.500, noise floor 0.020, 21 pairs).");
  result = judge_pairs(quiet, quiet, least, 7);
  result.name_a = "mine";
  result.name_b = "mine";
  EXPECT_EQ(result.told(),
            "mine against mine: inconclusive (ratio 1.000, 95 % interval 1.000 to 1.000, noise floor 0.020, "
            "21 pairs). "
            "If there is a difference, it is no larger than the noise.");
}

}  // namespace
