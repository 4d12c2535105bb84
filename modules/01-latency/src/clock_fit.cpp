#include <lln/latency/detail/clock_fit.hpp>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

namespace lln::latency::detail {
namespace {

struct Line {
  double mean_ticks = 0;
  double mean_ns = 0;
  double ns_per_tick = 0;
  double spread = 0;  // sum of squared distances of the ticks from their mean

  double residual(const ClockSample& s) const {
    return static_cast<double>(s.ns) - mean_ns - (static_cast<double>(s.ticks) - mean_ticks) * ns_per_tick;
  }
};

Line least_squares(std::span<const ClockSample> samples) {
  Line line;
  for (const auto& s : samples) {
    line.mean_ticks += static_cast<double>(s.ticks);
    line.mean_ns += static_cast<double>(s.ns);
  }
  line.mean_ticks /= static_cast<double>(samples.size());
  line.mean_ns /= static_cast<double>(samples.size());
  double product = 0;
  for (const auto& s : samples) {
    const double x = static_cast<double>(s.ticks) - line.mean_ticks;
    line.spread += x * x;
    product += x * (static_cast<double>(s.ns) - line.mean_ns);
  }
  line.ns_per_tick = product / line.spread;
  return line;
}

template <class Value>
Value median(std::vector<Value> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

ClockFit fit_clock(std::span<const ClockSample> samples) {
  std::vector<std::int64_t> widths;
  widths.reserve(samples.size());
  for (const auto& s : samples) widths.push_back(s.bracket_ticks);
  std::vector<ClockSample> used;
  if (!samples.empty()) {
    const std::int64_t widest = 2 * median(widths);
    std::copy_if(samples.begin(), samples.end(), std::back_inserter(used),
                 [=](const ClockSample& s) { return s.bracket_ticks <= widest; });
  }
  if (used.size() < 3 || used.front().ticks >= used.back().ticks || used.front().ns >= used.back().ns) {
    throw std::invalid_argument("fit_clock: a rate needs at least three samples of increasing time");
  }

  Line line = least_squares(used);
  std::vector<double> distances;
  distances.reserve(used.size());
  for (const auto& s : used) distances.push_back(std::abs(line.residual(s)));
  // Four times the median keeps all of a normal distribution; the floor keeps a perfect line from rejecting
  // rounding.
  const double far = std::max(4 * median(distances), 2.0);
  std::vector<ClockSample> near;
  std::copy_if(used.begin(), used.end(), std::back_inserter(near),
               [&](const ClockSample& s) { return std::abs(line.residual(s)) <= far; });
  if (near.size() >= 3 && near.size() < used.size()) {
    used = std::move(near);
    line = least_squares(used);
  }

  double squares = 0;
  for (const auto& s : used) squares += line.residual(s) * line.residual(s);
  const auto n = static_cast<double>(used.size());
  const double rate_error = std::sqrt(squares / (n - 2) / line.spread);
  return {.ticks_per_ns = 1 / line.ns_per_tick,
          .error_ppm = 2 * rate_error / line.ns_per_tick * 1e6,
          .residual_ns = std::sqrt(squares / n),
          .span_ns = used.back().ns - used.front().ns,
          .used = used.size()};
}

}  // namespace lln::latency::detail
