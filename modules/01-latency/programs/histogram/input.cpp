#include "input.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>

namespace lln::histogram_program {
namespace {

[[noreturn]] void refuse(const std::string& path, int line, const std::string& why) {
  throw std::runtime_error(path + ":" + std::to_string(line) + ": " + why);
}

std::uint64_t scaled(double value, double scale, const std::string& path, int line) {
  const double result = value * scale;
  if (!(result >= 0) || result > 1e18) refuse(path, line, "a value below 0 or above 10^18");
  return static_cast<std::uint64_t>(std::llround(result));
}

void read_values(std::istream& in, std::string line, int number, const std::string& path, double scale,
                 latency::Histogram& histogram) {
  do {
    std::istringstream words(line.substr(0, line.find('#')));
    for (std::string word; words >> word;) {
      std::size_t used = 0;
      double value = 0;
      try {
        value = std::stod(word, &used);
      } catch (const std::exception&) {
      }
      if (used != word.size()) refuse(path, number, "'" + word + "' is not a number");
      histogram.record(scaled(value, scale, path, number));
    }
    ++number;
  } while (std::getline(in, line));
}

void read_hgrm(std::istream& in, int number, const std::string& path, double scale,
               latency::Histogram& histogram) {
  std::uint64_t seen = 0;
  for (std::string line; ++number, std::getline(in, line);) {
    std::istringstream words(line);
    double value = 0;
    double percentile = 0;
    std::uint64_t total = 0;
    if (line.empty() || line[0] == '#') continue;
    if (!(words >> value >> percentile >> total))
      refuse(path, number, "not a line of value, percentile, count");
    if (total < seen) refuse(path, number, "the count goes back");
    histogram.record(scaled(value, scale, path, number), total - seen);
    seen = total;
  }
}

}  // namespace

Distribution read(const std::string& path, double scale) {
  std::ifstream file;
  if (path != "-") {
    file.open(path);
    if (!file) throw std::runtime_error(path + ": cannot be read");
  }
  std::istream& in = path == "-" ? std::cin : file;
  Distribution result{path, latency::Histogram()};
  int number = 0;
  for (std::string line; ++number, std::getline(in, line);) {
    std::istringstream words(line);
    std::string first;
    if (!(words >> first) || first[0] == '#') continue;
    if (first == "Value") {
      read_hgrm(in, number, path, scale, result.histogram);
    } else {
      read_values(in, line, number, path, scale, result.histogram);
    }
    break;
  }
  if (result.histogram.count() == 0) throw std::runtime_error(path + ": no values");
  return result;
}

}  // namespace lln::histogram_program
