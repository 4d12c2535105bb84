// mutant: counts release: finds the value behind the one asked for
// The cells of a histogram for any 64-bit value, all of the same relative width, and the counts in them.
//
// Values below 2^(Bits+1) have a cell each. Every power of two above, from 2^e up to 2^(e+1) - 1, is cut into
// 2^Bits cells of equal width. Cells are numbered from 0 in the order of their values, without gaps.
#pragma once

#include <algorithm>
#include <bit>
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
  static constexpr std::size_t count() noexcept { return static_cast<std::size_t>(65 - Bits) << Bits; }

  // The number of the cell that holds `value`. No loop, no floating point.
  static constexpr std::size_t cell_of(std::uint64_t value) noexcept {
    const int forgotten = std::max(0, static_cast<int>(std::bit_width(value)) - (Bits + 1));
    return (static_cast<std::size_t>(forgotten) << Bits) + static_cast<std::size_t>(value >> forgotten);
  }

  // The smallest and the largest value of a cell.
  static constexpr std::uint64_t lowest(std::size_t cell) noexcept {
    return (std::uint64_t{cell} - (static_cast<std::uint64_t>(forgotten_in(cell)) << Bits))
           << forgotten_in(cell);
  }
  static constexpr std::uint64_t highest(std::size_t cell) noexcept {
    return lowest(cell) + (width(cell) - 1);
  }

  // What is reported for every value of the cell: the lowest plus half the cell's width, rounded down.
  static constexpr std::uint64_t middle(std::size_t cell) noexcept { return lowest(cell) + width(cell) / 2; }

  // The largest |v - middle| / v of all values v > 0 and their cells: not an estimate but the maximum, in
  // lowest terms.
  static constexpr Fraction worst_error() noexcept {
    // At the lowest value of an octave's first cell: half a width 2^f, over 2^Bits * 2^f.
    return {1, std::uint64_t{2} << Bits};
  }

 private:
  // How many low bits of a value its cell does not know. Blocks of 2^Bits cells: the first two forget
  // nothing.
  static constexpr int forgotten_in(std::size_t cell) noexcept {
    return std::max(0, static_cast<int>(cell >> Bits) - 1);
  }
  static constexpr std::uint64_t width(std::size_t cell) noexcept {
    return std::uint64_t{1} << forgotten_in(cell);
  }
};

template <int Bits>
class Counts {
 public:
  Counts() : counts_(Cells<Bits>::count()) {}

  // Constant time; allocates nothing.
  void record(std::uint64_t value) noexcept {
    ++counts_[Cells<Bits>::cell_of(value)];
    ++total_;
  }

  std::uint64_t total() const noexcept { return total_; }

  // Adds the other's counts.
  void merge(const Counts& other) noexcept {
    for (std::size_t cell = 0; cell < counts_.size(); ++cell) counts_[cell] += other.counts_[cell];
    total_ += other.total_;
  }

  // The middle of the cell that holds the value of this rank, 1 <= rank <= total(), in the order of values.
  std::uint64_t at_rank(std::uint64_t rank) const noexcept {
    std::uint64_t seen = 0;
    std::size_t cell = 0;
    while (cell + 1 < counts_.size() && (seen += counts_[cell]) <= rank) ++cell;
    return Cells<Bits>::middle(cell);
  }

 private:
  std::vector<std::uint64_t> counts_;
  std::uint64_t total_ = 0;
};

}  // namespace lln::exercise
