#include <lln/latency/latency_budget.hpp>

#include <algorithm>
#include <cstdio>
#include <ostream>
#include <stdexcept>
#include <utility>

namespace lln::latency {
namespace {

using Time = LatencyBudget::Time;
using Verdict = LatencyBudget::Verdict;

constexpr double least_values_beyond = 10;

LatencyBudget::Finding judge(std::string name, Time allowed, const Histogram* measured, double percentile) {
  if (measured == nullptr || measured->count() == 0) {
    return {std::move(name), allowed, Time{0}, Verdict::not_measured};
  }
  // A millionth of a value for rounding: 1 % of 1000 is meant to be ten.
  const double beyond = static_cast<double>(measured->count()) * (100 - percentile) / 100 + 1e-6;
  if (beyond < least_values_beyond) return {std::move(name), allowed, Time{0}, Verdict::too_few_values};
  const Time time{static_cast<Time::rep>(measured->value_at_percentile(percentile))};
  return {std::move(name), allowed, time, time <= allowed ? Verdict::kept : Verdict::exceeded};
}

const char* text_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kept:
      return "kept";
    case Verdict::exceeded:
      return "EXCEEDED";
    case Verdict::too_few_values:
      return "too few values to say";
    case Verdict::not_measured:
      return "not measured";
  }
  return "";
}

int width_of(const std::vector<std::string>& names) {
  std::size_t width = 10;
  for (const auto& name : names) width = std::max(width, name.size());
  return static_cast<int>(width);
}

template <class... Values>
void line(std::ostream& out, const char* format, Values... values) {
  char text[512];
  std::snprintf(text, sizeof text, format, values...);
  out << text << '\n';
}

}  // namespace

LatencyBudget::LatencyBudget(std::string name, Time target) : name_(std::move(name)), target_(target) {
  if (target_ <= Time{0}) throw std::invalid_argument("LatencyBudget: the target must be above 0");
}

LatencyBudget& LatencyBudget::add(std::string name, Time allowed) {
  if (name.empty()) throw std::invalid_argument("LatencyBudget::add: a part needs a name");
  if (allowed < Time{0}) {
    throw std::invalid_argument("LatencyBudget::add: " + name + " is allowed a negative time");
  }
  if (std::any_of(parts_.begin(), parts_.end(), [&](const Part& part) { return part.name == name; })) {
    throw std::invalid_argument("LatencyBudget::add: " + name + " is there already");
  }
  parts_.push_back({std::move(name), allowed});
  return *this;
}

Time LatencyBudget::allocated() const noexcept {
  Time sum{0};
  for (const auto& part : parts_) sum += part.allowed;
  return sum;
}

LatencyBudget::Check LatencyBudget::check(const Histogram& whole, const std::vector<Measured>& measured,
                                          double percentile) const {
  if (!(percentile >= 0 && percentile <= 100)) {
    throw std::invalid_argument("LatencyBudget::check: a percentile lies between 0 and 100");
  }
  std::vector<const Histogram*> by_part(parts_.size(), nullptr);
  for (const auto& m : measured) {
    const auto part =
        std::find_if(parts_.begin(), parts_.end(), [&](const Part& p) { return p.name == m.name; });
    if (part == parts_.end()) {
      throw std::invalid_argument("LatencyBudget::check: no part is called " + std::string(m.name));
    }
    auto& slot = by_part[static_cast<std::size_t>(part - parts_.begin())];
    if (slot != nullptr) {
      throw std::invalid_argument("LatencyBudget::check: " + part->name + " is measured twice");
    }
    slot = &m.ns;
  }
  Check result{percentile, judge("whole path", target_, &whole, percentile), {}};
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    result.parts.push_back(judge(parts_[i].name, parts_[i].allowed, by_part[i], percentile));
  }
  return result;
}

void LatencyBudget::print(std::ostream& out) const {
  std::vector<std::string> names;
  for (const auto& part : parts_) names.push_back(part.name);
  const int width = width_of(names);
  const auto row = [&](const std::string& name, Time time) {
    line(out, "  %-*s %12lld ns %6.1f %%", width, name.c_str(), static_cast<long long>(time.count()),
         100.0 * static_cast<double>(time.count()) / static_cast<double>(target_.count()));
  };
  out << name_ << '\n';
  for (const auto& part : parts_) row(part.name, part.allowed);
  row(fits() ? "reserve" : "OVERDRAWN", reserve());
  row("target", target_);
}

void print(std::ostream& out, const LatencyBudget::Check& check) {
  std::vector<std::string> names;
  for (const auto& part : check.parts) names.push_back(part.name);
  const int width = width_of(names);
  const auto row = [&](const LatencyBudget::Finding& f) {
    char measured[32] = "-";
    if (f.verdict == Verdict::kept || f.verdict == Verdict::exceeded) {
      std::snprintf(measured, sizeof measured, "%lld ns", static_cast<long long>(f.measured.count()));
    }
    line(out, "  %-*s %12lld ns %15s  %s", width, f.name.c_str(), static_cast<long long>(f.allowed.count()),
         measured, text_of(f.verdict));
  };
  char heading[32];
  std::snprintf(heading, sizeof heading, "p%g", check.percentile);
  line(out, "  %-*s %15s %15s", width, "", "allowed", heading);
  for (const auto& part : check.parts) row(part);
  row(check.whole);
}

}  // namespace lln::latency
