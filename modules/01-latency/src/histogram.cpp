#include <lln/latency/histogram.hpp>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

namespace lln::latency {
namespace {

int checked_digits(int digits) {
  if (digits < 1 || digits > 5) {
    throw std::invalid_argument("Histogram: significant_digits is " + std::to_string(digits) +
                                "; choose 1 to 5 (3 means cells within 0.1 % of the value)");
  }
  return digits;
}

std::uint64_t checked_highest(std::uint64_t highest) {
  if (highest == 0)
    throw std::invalid_argument("Histogram: highest is 0; give the largest value to be told apart");
  return highest;
}

// 1..count: how many of the values lie at or below the one asked for.
std::uint64_t rank_of(double p, std::uint64_t count) {
  if (!(p > 0)) return 1;  // also not-a-number
  if (p >= 100) return count;
  // One step down first: p * count / 100 may come out a hair above the whole number that is meant.
  const double rank = std::ceil(std::nextafter(p, 0.0) * static_cast<double>(count) / 100.0);
  return std::clamp<std::uint64_t>(static_cast<std::uint64_t>(rank), 1, count);
}

}  // namespace

Histogram::Histogram(std::uint64_t highest, int significant_digits)
    : digits_(checked_digits(significant_digits)),
      layout_(checked_highest(highest), digits_),
      cells_(layout_.cells()) {}

std::uint64_t Histogram::reported_for_cell(std::size_t cell) const noexcept {
  return std::min(layout_.highest_in(cell), fitting_max_);
}

double Histogram::middle_of_cell(std::size_t cell) const noexcept {
  // As in HdrHistogram: a cell of width 2^k counts at its lowest value plus 2^k / 2.
  return static_cast<double>(layout_.lowest_in(cell) + (layout_.width_of(cell) >> 1));
}

double Histogram::mean() const noexcept {
  if (count_ == 0) return 0;
  double sum = 0;
  for (std::size_t cell = 0; cell < cells_.size(); ++cell) {
    if (cells_[cell] != 0) sum += static_cast<double>(cells_[cell]) * middle_of_cell(cell);
  }
  return sum / static_cast<double>(count_);
}

double Histogram::stddev() const noexcept {
  if (count_ == 0) return 0;
  const double centre = mean();
  double squares = 0;
  for (std::size_t cell = 0; cell < cells_.size(); ++cell) {
    if (cells_[cell] == 0) continue;
    const double distance = middle_of_cell(cell) - centre;
    squares += static_cast<double>(cells_[cell]) * distance * distance;
  }
  return std::sqrt(squares / static_cast<double>(count_));
}

std::uint64_t Histogram::value_at_percentile(double p) const noexcept {
  if (count_ == 0) return 0;
  const std::uint64_t rank = rank_of(p, count_);
  std::uint64_t seen = 0;
  for (std::size_t cell = 0; cell < cells_.size(); ++cell) {
    seen += cells_[cell];
    if (seen >= rank) return reported_for_cell(cell);
  }
  return fitting_max_;
}

void Histogram::merge(const Histogram& other) {
  if (other.highest() != highest() || other.digits_ != digits_) {
    throw std::invalid_argument("Histogram::merge: the other covers values to " +
                                std::to_string(other.highest()) + " with " + std::to_string(other.digits_) +
                                " digits, this one to " + std::to_string(highest()) + " with " +
                                std::to_string(digits_) + "; construct both alike");
  }
  for (std::size_t cell = 0; cell < cells_.size(); ++cell) cells_[cell] += other.cells_[cell];
  count_ += other.count_;
  overflow_ += other.overflow_;
  min_ = std::min(min_, other.min_);
  fitting_max_ = std::max(fitting_max_, other.fitting_max_);
  overflow_max_ = std::max(overflow_max_, other.overflow_max_);
}

void Histogram::reset() noexcept {
  std::fill(cells_.begin(), cells_.end(), 0);
  count_ = 0;
  overflow_ = 0;
  min_ = ~std::uint64_t{0};
  fitting_max_ = 0;
  overflow_max_ = 0;
}

}  // namespace lln::latency
