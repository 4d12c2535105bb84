// HdrHistogram's text format, line for line: its plotter parses the columns and the trailer.
#include <lln/latency/histogram.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace lln::latency {
namespace {

std::string padded(std::string_view text, std::size_t width) {
  return std::string(width - std::min(width, text.size()), ' ').append(text);
}

// Not printf: a program's locale must not turn the decimal point into a comma.
std::string fixed(double value, int decimals, std::size_t width) {
  char text[400];  // the largest double has 309 digits before the point
  const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, decimals).ptr;
  return padded({text, end}, width);
}

std::string whole(std::uint64_t value, std::size_t width) { return padded(std::to_string(value), width); }

// Lines get denser towards 100 %: each halving of the distance to it has as many as the one before.
double next_level(double level, int ticks_per_half_distance) {
  const double halvings = std::floor(std::log2(100.0 / (100.0 - level))) + 1;
  return level + 100.0 / (ticks_per_half_distance * std::exp2(halvings));
}

}  // namespace

void Histogram::write_hgrm(std::ostream& out, double unit, int ticks_per_half_distance) const {
  if (!(unit > 0)) throw std::invalid_argument("Histogram::write_hgrm: unit must be above 0");
  if (ticks_per_half_distance < 1) {
    throw std::invalid_argument("Histogram::write_hgrm: ticks_per_half_distance must be at least 1");
  }
  const auto value_text = [&](double value) { return fixed(value / unit, digits_, 12); };

  out << padded("Value", 12) << ' ' << padded("Percentile", 14) << ' ' << padded("TotalCount", 10) << ' '
      << padded("1/(1-Percentile)", 14) << "\n\n";
  std::uint64_t seen = 0;
  double level = 0;  // percent
  for (std::size_t cell = 0; cell < cells_.size() && seen < count_; ++cell) {
    if (cells_[cell] == 0) continue;
    seen += cells_[cell];
    const double reached = 100.0 * static_cast<double>(seen) / static_cast<double>(count_);
    while (level <= reached && level < 100) {
      out << value_text(static_cast<double>(reported_for_cell(cell))) << ' ' << fixed(level / 100, 12, 2)
          << ' ' << whole(seen, 10) << ' ' << fixed(1 / (1 - level / 100), 2, 14) << '\n';
      level = next_level(level, ticks_per_half_distance);
      if (seen == count_) break;  // the last cell gets one line here and the 100 % line below
    }
  }
  if (count_ != 0) {
    out << value_text(static_cast<double>(fitting_max_)) << ' ' << fixed(1, 12, 2) << ' ' << whole(count_, 10)
        << '\n';
  }
  out << "#[Mean    = " << value_text(mean()) << ", StdDeviation   = " << value_text(stddev()) << "]\n"
      << "#[Max     = " << value_text(static_cast<double>(max()))
      << ", Total count    = " << whole(count_, 12) << "]\n"
      << "#[Buckets = " << whole(static_cast<std::uint64_t>(layout_.buckets()), 12)
      << ", SubBuckets     = " << whole(layout_.fine_mask() + 1, 12) << "]\n";
}

}  // namespace lln::latency
