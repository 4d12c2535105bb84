// LatencyBudget: which part of a system may use how much of a latency target, and whether it does.
//
// Threads    One thread at a time.
// Guarantee  A budget says what is *allowed*; allowances and target are sums of whole nanoseconds, exact.
//            check() compares each part at one percentile. Percentiles do not add: when every part keeps its
//            allowance at p99, up to (number of parts) % of the messages may still miss the target, because
//            different messages are late in different parts. So check() judges the whole path by its own
//            histogram and never by the sum of its parts.
// Allocation A string and two numbers a part.
// Source     G. Tene, "How NOT to Measure Latency", 2013 (percentiles of a path against those of its parts).
#pragma once

#include <lln/latency/histogram.hpp>

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace lln::latency {

class LatencyBudget {
 public:
  using Time = std::chrono::nanoseconds;

  struct Part {
    std::string name;
    Time allowed;
  };

  struct Measured {
    std::string_view name;  // of a part
    const Histogram& ns;
  };

  enum class Verdict { kept, exceeded, too_few_values, not_measured };

  struct Finding {
    std::string name;
    Time allowed;
    Time measured;  // at the percentile; 0 unless kept or exceeded
    Verdict verdict;
  };

  struct Check {
    double percentile;
    Finding whole;               // name "whole path", allowed: the target
    std::vector<Finding> parts;  // in the order of add()
  };

  // Throws std::invalid_argument for a target that is not above 0.
  LatencyBudget(std::string name, Time target);

  // Throws std::invalid_argument for a negative allowance, an empty name, or a name already there.
  LatencyBudget& add(std::string name, Time allowed);

  const std::string& name() const noexcept { return name_; }
  Time target() const noexcept { return target_; }
  const std::vector<Part>& parts() const noexcept { return parts_; }
  Time allocated() const noexcept;
  Time reserve() const noexcept { return target_ - allocated(); }  // negative: promised more than there is
  bool fits() const noexcept { return reserve() >= Time{0}; }

  // Compares `whole` (end to end, in ns) and the parts with what is allowed, at a percentile. Fewer than ten
  // values beyond the percentile are too few to judge by. Throws std::invalid_argument for a measured name
  // that is no part, or measured twice, and for a percentile outside 0..100.
  Check check(const Histogram& whole, const std::vector<Measured>& parts, double percentile) const;

  // One line a part, with its share of the target; then what is left.
  void print(std::ostream& out) const;

 private:
  std::string name_;
  Time target_;
  std::vector<Part> parts_;
};

// One line a part, and the whole path last.
void print(std::ostream& out, const LatencyBudget::Check& check);

}  // namespace lln::latency
