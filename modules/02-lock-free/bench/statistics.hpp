// Medians of rounds, and of ratios inside rounds with a bootstrap 95 % interval.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <random>
#include <vector>

namespace lln::ring_bench {

/// The p-quantile (0..1) by nearest rank; not of an empty sample.
inline double quantile(std::vector<double> values, double p) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(p * static_cast<double>(values.size() - 1) + 0.5)];
}

inline double median(const std::vector<double>& values) { return quantile(values, 0.5); }

struct Ratio {
  double median;
  std::array<double, 2> ci95;
};

/// Of a to b, round by round.
inline Ratio ratio_of(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < a.size(); ++i) ratios.push_back(a[i] / b[i]);
  std::mt19937_64 random(1);
  std::vector<double> medians;
  std::vector<double> drawn(ratios.size());
  for (int i = 0; i < 2000; ++i) {
    for (double& value : drawn) value = ratios[random() % ratios.size()];
    medians.push_back(median(drawn));
  }
  return {median(ratios), {quantile(medians, 0.025), quantile(medians, 0.975)}};
}

}  // namespace lln::ring_bench
