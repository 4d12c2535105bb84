// Draws ranks 0 .. n-1 with probability proportional to 1 / (rank + 1)^exponent, in constant time.
//
// Threads: any; immutable after construction. Allocation: in the constructor, 8 bytes a rank.
// Source: M. D. Vose, "A Linear Algorithm for Generating Random Numbers with a Given Distribution", 1991 (alias table).
#pragma once

#include <lln/exchange/random.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace lln::exchange {

class Zipf {
 public:
  /// n >= 1, exponent >= 0 (0 = all ranks alike).
  Zipf(std::uint32_t n, double exponent) : cells_(n) {
    std::vector<double> weight(n);
    double sum = 0;
    for (std::uint32_t i = 0; i < n; ++i) sum += weight[i] = std::pow(i + 1.0, -exponent);
    std::vector<std::uint32_t> poor;
    std::vector<std::uint32_t> rich;
    for (std::uint32_t i = 0; i < n; ++i) {
      weight[i] *= n / sum;
      (weight[i] < 1.0 ? poor : rich).push_back(i);
    }
    while (!poor.empty() && !rich.empty()) {
      const std::uint32_t p = poor.back();
      const std::uint32_t r = rich.back();
      poor.pop_back();
      cells_[p] = {static_cast<std::uint32_t>(weight[p] * 0x1p32), r};
      weight[r] -= 1.0 - weight[p];
      if (weight[r] < 1.0) {
        rich.pop_back();
        poor.push_back(r);
      }
    }
    for (const std::uint32_t i : poor) cells_[i] = {~std::uint32_t{0}, i};  // left over by rounding only
    for (const std::uint32_t i : rich) cells_[i] = {~std::uint32_t{0}, i};
  }

  std::uint32_t sample(Random& random) const noexcept {
    const std::uint64_t bits = random.next();
    const auto cell = static_cast<std::uint32_t>(((bits >> 32) * cells_.size()) >> 32);
    return static_cast<std::uint32_t>(bits) < cells_[cell].threshold ? cell : cells_[cell].alias;
  }

 private:
  struct Cell {
    std::uint32_t threshold = 0;
    std::uint32_t alias = 0;
  };
  std::vector<Cell> cells_;
};

}  // namespace lln::exchange
