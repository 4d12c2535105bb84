#include <lln/testkit/perf.hpp>
#include <lln/testkit/random.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <random>
#include <utility>
#include <vector>

namespace lln::testkit {
namespace {

constexpr std::size_t fewest_pairs = 15;
constexpr int resamples = 2000;

bool usable(std::span<const double> ratios) {
  return std::all_of(ratios.begin(), ratios.end(), [](double r) { return std::isfinite(r) && r > 0; });
}

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %%", share * 100);
  return text;
}

}  // namespace

double median(std::span<const double> values) {
  if (values.empty()) return std::nan("");
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  const std::size_t middle = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

Interval bootstrap_median(std::span<const double> values, std::uint64_t seed) {
  if (values.empty()) return {std::nan(""), std::nan("")};
  std::mt19937_64 random(seed);
  std::vector<double> medians;
  std::vector<double> sample(values.size());
  for (int i = 0; i < resamples; ++i) {
    // The remainder is biased by less than 1e-16 a draw; std::uniform_int_distribution differs by library.
    for (double& value : sample) value = values[random() % values.size()];
    medians.push_back(median(sample));
  }
  std::sort(medians.begin(), medians.end());
  return {medians[resamples / 40], medians[resamples - 1 - resamples / 40]};
}

PairedResult judge_pairs(std::span<const double> ratios, std::span<const double> twins, double least_effect,
                         std::uint64_t seed) {
  PairedResult result;
  result.pairs = ratios.size();
  if (ratios.size() < fewest_pairs || twins.size() < fewest_pairs) {
    result.reason = "Fewer than 15 pairs: run more.";
    return result;
  }
  if (!usable(ratios) || !usable(twins)) {
    result.reason =
        "A cost of zero or less, or none at all: make a repetition longer, and look at what it returns.";
    return result;
  }
  result.ratio = median(ratios);
  result.ci95 = bootstrap_median(ratios, seed);
  const Interval noise = bootstrap_median(twins, seed + 1);
  result.noise_floor = std::max({least_effect, 1 - noise.low, noise.high - 1});
  if (result.ci95.high < 1 - result.noise_floor) {
    result.verdict = Verdict::faster;
  } else if (result.ci95.low > 1 + result.noise_floor) {
    result.verdict = Verdict::slower;
  } else if (result.noise_floor > 0.1) {
    result.reason = "The same code against itself differs by up to " + percent(result.noise_floor) +
                    ": close other programs, pin the threads, make a repetition longer.";
  } else if (result.ci95.high - result.ci95.low > 0.1) {
    result.reason = "The interval is wide: more pairs, or longer repetitions.";
  } else {
    result.reason = "If there is a difference, it is no larger than the noise.";
  }
  return result;
}

PairedResult compare(std::string name_a, const std::function<double()>& a, std::string name_b,
                     const std::function<double()>& b, const PairedOptions& options) {
  const std::uint64_t seed = options.seed != 0 ? options.seed : random_seed();
  std::mt19937_64 random(seed);
  std::vector<double> ratios;
  std::vector<double> twins;
  for (std::size_t round = 0; round < options.warm_ups + options.pairs; ++round) {
    std::array<double, 3> costs{};  // a, b, a's twin
    std::array<std::size_t, 3> order{0, 1, 2};
    for (std::size_t i = order.size() - 1; i > 0; --i) std::swap(order[i], order[random() % (i + 1)]);
    for (const std::size_t which : order) costs[which] = which == 1 ? b() : a();
    if (round < options.warm_ups) continue;
    ratios.push_back(costs[0] / costs[1]);
    twins.push_back(costs[0] / costs[2]);
  }
  PairedResult result = judge_pairs(ratios, twins, options.least_effect, seed);
  result.name_a = std::move(name_a);
  result.name_b = std::move(name_b);
  return result;
}

std::string PairedResult::told() const {
  char numbers[160];
  std::snprintf(numbers, sizeof numbers,
                "ratio %.3f, 95 %% interval %.3f to %.3f, noise floor %.3f, %zu pairs", ratio, ci95.low,
                ci95.high, noise_floor, pairs);
  const char* const word = verdict == Verdict::faster   ? " is faster than "
                           : verdict == Verdict::slower ? " is slower than "
                                                        : " against ";
  std::string text = name_a + word + name_b;
  if (verdict == Verdict::inconclusive) text += ": inconclusive";
  text += std::string(" (") + numbers + ").";
  if (!reason.empty()) text += ' ' + reason;
  return text;
}

}  // namespace lln::testkit
