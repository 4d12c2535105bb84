// Latencies kept one by one, and their percentiles by nearest rank.
//
// Only this file is edited. Used by one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <vector>

namespace lln::exercise {

class Samples {
 public:
  void add(std::uint64_t value) { values_.push_back(value); }

  // Adds all the other's values, as if they had been added here. `other` may be this very object: every value
  // is then there twice.
  void merge(const Samples& other) {
    // TODO
    (void)other;
  }

  std::size_t size() const { return values_.size(); }

  // Nearest rank: the smallest of the values with at least p % of all values at or below it; p = 0 asks for
  // the smallest value. p is meant as it is written: 99.9 means 99.9 %, not the double closest to it. p has
  // at most six decimals. No values: std::nullopt. p below 0, above 100 or not a number:
  // std::invalid_argument.
  std::optional<std::uint64_t> percentile(double p) const {
    // TODO
    (void)p;
    return std::nullopt;
  }

  // The same, if the data can say it: std::nullopt when fewer than ten values have a higher rank. (The
  // 99th percentile of a hundred values is one value's accident.)
  std::optional<std::uint64_t> supported_percentile(double p) const {
    // TODO
    (void)p;
    return std::nullopt;
  }

 private:
  std::vector<std::uint64_t> values_;
};

}  // namespace lln::exercise
