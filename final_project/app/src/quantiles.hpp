// Which percentiles a report may show: one is given only where at least ten samples lie beyond it.
#pragma once

#include <lln/handler_api.hpp>

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace lln::app {

struct Quantile {
  const char* key;
  const char* title;
  double percentile;
};
inline constexpr std::array<Quantile, 5> quantiles{{{"p50", "p50", 50.0},
                                                    {"p90", "p90", 90.0},
                                                    {"p99", "p99", 99.0},
                                                    {"p99_9", "p99.9", 99.9},
                                                    {"p99_99", "p99.99", 99.99}}};

inline std::optional<std::uint64_t> quantile(const latency::Histogram& histogram, double percentile) {
  // The tolerance keeps 1000 samples enough for p99: (1 - 0.99) * 1000 is a hair below 10 in binary.
  const double beyond = static_cast<double>(histogram.count()) * (100.0 - percentile) / 100.0;
  if (beyond < 10.0 - 1e-6) return std::nullopt;
  return histogram.value_at_percentile(percentile);
}

inline const Series* find_series(const HandlerReport& report, std::string_view name) {
  for (const Series& series : report.series) {
    if (series.name == name) return &series;
  }
  return nullptr;
}

inline const Series* undisturbed_of(const HandlerReport& report, std::string_view name) {
  return find_series(report, std::string(name) + series_undisturbed_suffix);
}

}  // namespace lln::app
