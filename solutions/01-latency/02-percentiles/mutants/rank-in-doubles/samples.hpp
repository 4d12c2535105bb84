// mutant: exact-rank release: ceil(p / 100 * n) in doubles, a hair above the whole number
// Latencies kept one by one, and their percentiles by nearest rank.
// Used by one thread at a time.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <vector>

namespace lln::exercise {

class Samples {
 public:
  void add(std::uint64_t value) {
    values_.push_back(value);
    sorted_ = false;
  }

  // Adds all the other's values, as if they had been added here. `other` may be this very object: every value
  // is then there twice.
  void merge(const Samples& other) {
    const std::size_t count = other.values_.size();  // before it grows, if it is this one
    values_.reserve(values_.size() + count);
    for (std::size_t i = 0; i < count; ++i) values_.push_back(other.values_[i]);
    sorted_ = false;
  }

  std::size_t size() const { return values_.size(); }

  // Nearest rank: the smallest of the values with at least p % of all values at or below it; p = 0 asks for
  // the smallest value. p is meant as it is written: 99.9 means 99.9 %, not the double closest to it. p has
  // at most six decimals. No values: std::nullopt. p below 0, above 100 or not a number:
  // std::invalid_argument.
  std::optional<std::uint64_t> percentile(double p) const {
    const std::size_t rank = rank_of(p);
    if (values_.empty()) return std::nullopt;
    return sorted()[rank - 1];
  }

  // The same, if the data can say it: std::nullopt when fewer than ten values have a higher rank. (The
  // 99th percentile of a hundred values is one value's accident.)
  std::optional<std::uint64_t> supported_percentile(double p) const {
    const std::size_t rank = rank_of(p);
    if (values_.size() < rank + 10) return std::nullopt;
    return percentile(p);
  }

 private:
  // 1..n, counted in whole numbers: p in millionths of a percent, rounded once to what was meant.
  std::size_t rank_of(double p) const {
    if (!(p >= 0 && p <= 100)) throw std::invalid_argument("percentile: p lies between 0 and 100");
    return std::max<std::size_t>(
        1, static_cast<std::size_t>(std::ceil(p / 100 * static_cast<double>(values_.size()))));
  }

  const std::vector<std::uint64_t>& sorted() const {
    if (!sorted_) std::sort(values_.begin(), values_.end());
    sorted_ = true;
    return values_;
  }

  mutable std::vector<std::uint64_t> values_;
  mutable bool sorted_ = false;
};

}  // namespace lln::exercise
