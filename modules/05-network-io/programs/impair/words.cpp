#include "words.hpp"

#include <charconv>
#include <cmath>
#include <initializer_list>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace lln::impair {
namespace {

using Units = std::initializer_list<std::pair<std::string_view, double>>;

// A number that is not below 0, and a unit.
double parse(const std::string& text, const Units& units, const char* example) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (error == std::errc() && std::isfinite(value) && value >= 0) {
    for (const auto& [name, factor] : units) {
      if (unit == name) return value * factor;
    }
  }
  throw std::invalid_argument("'" + text + "' is not understood; for example " + example);
}

}  // namespace

double parse_share(const std::string& text) {
  const double share = parse(text, {{"%", 0.01}, {"", 1}}, "5% or 0.05");
  if (share > 1) throw std::invalid_argument("'" + text + "' is more than all; for example 5% or 0.05");
  return share;
}

std::chrono::nanoseconds parse_time(const std::string& text) {
  const double ns = parse(text, {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}}, "20ms or 150us");
  if (ns > 3.6e12) throw std::invalid_argument("'" + text + "' is more than an hour");
  return std::chrono::nanoseconds(std::llround(ns));
}

double parse_rate(const std::string& text) {
  return parse(text, {{"bit", 1}, {"kbit", 1e3}, {"mbit", 1e6}, {"gbit", 1e9}}, "10mbit");
}

}  // namespace lln::impair
