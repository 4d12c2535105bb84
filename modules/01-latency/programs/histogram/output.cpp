#include "output.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <optional>
#include <ostream>
#include <string>

namespace lln::histogram_program {
namespace {

constexpr std::array<double, 6> shown = {50, 90, 99, 99.9, 99.99, 99.999};

// The rule of the course: ten values beyond, or silence.
std::optional<std::uint64_t> supported(const latency::Histogram& h, double p) {
  const double beyond = static_cast<double>(h.count()) * (100 - p) / 100;
  if (beyond < 10 - 1e-6) return std::nullopt;
  return h.value_at_percentile(p);
}

template <class... Values>
std::string formatted(const char* format, Values... values) {
  char text[256];
  std::snprintf(text, sizeof text, format, values...);
  return text;
}

std::string number(std::uint64_t value) { return std::to_string(value); }

std::string percentile_name(double p) { return formatted("p%g", p); }

int name_width(const std::vector<Distribution>& distributions) {
  std::size_t width = 4;
  for (const auto& d : distributions) width = std::max(width, d.name.size());
  return static_cast<int>(std::min<std::size_t>(width, 60));
}

// Column x of a plot: half of it is the lower half, then a tenth of what is left every so many columns.
double percentile_of_column(int x, int width, double nines) {
  return 100 * (1 - std::pow(10.0, -nines * (x + 0.5) / width));
}

}  // namespace

void print_table(std::ostream& out, const std::vector<Distribution>& distributions) {
  const int width = name_width(distributions);
  out << formatted("%-*s %10s %10s", width, "", "n", "min");
  for (const double p : shown) out << formatted(" %10s", percentile_name(p).c_str());
  out << formatted(" %10s\n", "max");
  for (const auto& d : distributions) {
    const auto& h = d.histogram;
    out << formatted("%-*s %10s %10s", width, d.name.c_str(), number(h.count()).c_str(),
                     number(h.min()).c_str());
    for (const double p : shown) {
      const auto value = supported(h, p);
      out << formatted(" %10s", value ? number(*value).c_str() : "-");
    }
    out << formatted(" %10s\n", number(h.max()).c_str());
  }
}

void plot(std::ostream& out, const std::vector<Distribution>& distributions, int width, int height) {
  std::uint64_t most = 0;
  double lowest = INFINITY;
  double highest = 0;
  for (const auto& d : distributions) {
    most = std::max(most, d.histogram.count());
    lowest = std::min(lowest, static_cast<double>(std::max<std::uint64_t>(1, d.histogram.min())));
    highest = std::max(highest, static_cast<double>(std::max<std::uint64_t>(1, d.histogram.max())));
  }
  // As far to the right as the largest distribution has ten values beyond.
  const double nines = std::max(1.0, std::log10(static_cast<double>(most) / 10));
  const double low = std::log10(lowest);
  const double range = std::max(1e-9, std::log10(highest) - low);
  std::vector<std::string> rows(static_cast<std::size_t>(height),
                                std::string(static_cast<std::size_t>(width), ' '));
  for (std::size_t i = 0; i < distributions.size(); ++i) {
    for (int x = 0; x < width; ++x) {
      const auto value = supported(distributions[i].histogram, percentile_of_column(x, width, nines));
      if (!value) break;
      const double y = (std::log10(static_cast<double>(std::max<std::uint64_t>(1, *value))) - low) / range;
      const auto row = static_cast<std::size_t>(std::lround((1 - std::clamp(y, 0.0, 1.0)) * (height - 1)));
      rows[row][static_cast<std::size_t>(x)] = static_cast<char>('a' + i % 26);
    }
  }
  for (int row = 0; row < height; ++row) {
    const double value = std::pow(10.0, low + range * (height - 1 - row) / std::max(1, height - 1));
    out << formatted("%12.0f |", value) << rows[static_cast<std::size_t>(row)] << '\n';
  }
  out << std::string(13, ' ') << '+' << std::string(static_cast<std::size_t>(width), '-') << '\n';
  std::string axis(static_cast<std::size_t>(width) + 24, ' ');
  axis.replace(14, 2, "p0");
  for (const double p : shown) {
    const int x = static_cast<int>(std::lround(-std::log10(1 - p / 100) / nines * width));
    const std::string name = percentile_name(p);
    if (x < width) axis.replace(static_cast<std::size_t>(x) + 14, name.size(), name);
  }
  out << axis.substr(0, axis.find_last_not_of(' ') + 1) << '\n';
  for (std::size_t i = 0; i < distributions.size(); ++i) {
    out << "  " << static_cast<char>('a' + i % 26) << "  " << distributions[i].name << '\n';
  }
}

void compare(std::ostream& out, const Distribution& a, const Distribution& b) {
  out << formatted("%-8s %12s %12s %10s\n", "", "a", "b", "b / a");
  for (const double p : shown) {
    const auto of_a = supported(a.histogram, p);
    const auto of_b = supported(b.histogram, p);
    if (!of_a || !of_b) {
      out << formatted("%-8s too few values in %s\n", percentile_name(p).c_str(), !of_a ? "a" : "b");
      break;
    }
    const double ratio = static_cast<double>(*of_b) / static_cast<double>(std::max<std::uint64_t>(1, *of_a));
    out << formatted("%-8s %12s %12s %10.3f\n", percentile_name(p).c_str(), number(*of_a).c_str(),
                     number(*of_b).c_str(), ratio);
  }
  out << "  a  " << a.name << "\n  b  " << b.name
      << "\nOne run of each says nothing about the next: compare a with a second run of a first.\n";
}

}  // namespace lln::histogram_program
