// The cells of a histogram for any 64-bit value, all of the same relative width, and the counts in them.
//
// Only this file is edited.
//
// Values below 2^(Bits+1) have a cell each. Every power of two above, from 2^e up to 2^(e+1) - 1, is cut into
// 2^Bits cells of equal width. Cells are numbered from 0 in the order of their values, without gaps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lln::exercise {

struct Fraction {
  std::uint64_t numerator;
  std::uint64_t denominator;
};

template <int Bits>
struct Cells {
  static_assert(Bits >= 1 && Bits <= 16);

  // How many cells there are.
  static constexpr std::size_t count() noexcept {
    return 2;  // TODO
  }

  // The number of the cell that holds `value`. No loop, no floating point.
  static constexpr std::size_t cell_of(std::uint64_t value) noexcept {
    // TODO
    (void)value;
    return 0;
  }

  // The smallest and the largest value of a cell.
  static constexpr std::uint64_t lowest(std::size_t cell) noexcept {
    // TODO
    (void)cell;
    return 1;
  }
  static constexpr std::uint64_t highest(std::size_t cell) noexcept {
    // TODO
    (void)cell;
    return 0;
  }

  // What is reported for every value of the cell: the lowest plus half the cell's width, rounded down.
  static constexpr std::uint64_t middle(std::size_t cell) noexcept {
    // TODO
    (void)cell;
    return 0;
  }

  // The largest |v - middle| / v of all values v > 0 and their cells: not an estimate but the maximum, in
  // lowest terms.
  static constexpr Fraction worst_error() noexcept {
    // TODO
    return {1, 1};
  }
};

template <int Bits>
class Counts {
 public:
  Counts() : counts_(Cells<Bits>::count()) {}

  // Constant time; allocates nothing.
  void record(std::uint64_t value) noexcept {
    // TODO
    (void)value;
  }

  std::uint64_t total() const noexcept { return total_; }

  // Adds the other's counts.
  void merge(const Counts& other) noexcept {
    // TODO
    (void)other;
  }

  // The middle of the cell that holds the value of this rank, 1 <= rank <= total(), in the order of values.
  std::uint64_t at_rank(std::uint64_t rank) const noexcept {
    // TODO
    (void)rank;
    return 0;
  }

 private:
  std::vector<std::uint64_t> counts_;
  std::uint64_t total_ = 0;
};

}  // namespace lln::exercise
