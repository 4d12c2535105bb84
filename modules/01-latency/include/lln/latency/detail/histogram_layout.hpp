// Which cell of a histogram a value belongs to, and which values a cell holds.
//
// Values below 2^m are counted one by one; 2^m is the smallest power of two >= 2 * 10^digits. Above, each
// power of two is one bucket of 2^(m-1) cells: a cell of bucket k spans 2^k values and starts at 2^(k+m-1) or
// higher, so that it spans less than 1 in 10^digits of any of its values.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace lln::latency::detail {

class HistogramLayout {
 public:
  constexpr HistogramLayout(std::uint64_t highest, int digits) noexcept
      : highest_(highest),
        fine_bits_(fine_bits_for(digits)),
        fine_mask_((std::uint64_t{1} << fine_bits_) - 1) {}

  constexpr std::uint64_t highest() const noexcept { return highest_; }
  constexpr std::uint64_t fine_mask() const noexcept { return fine_mask_; }
  constexpr int buckets() const noexcept {
    return static_cast<int>(std::bit_width(highest_ | fine_mask_)) - fine_bits_ + 1;
  }
  constexpr std::size_t cells() const noexcept {
    return static_cast<std::size_t>(buckets() + 1) << (fine_bits_ - 1);
  }

  // #region cell-of
  constexpr std::size_t cell_of(std::uint64_t value) const noexcept {
    // The bucket: how many low bits a cell forgets. The mask makes all values below 2^m bucket 0.
    const int highest_bit = 63 ^ std::countl_zero(value | fine_mask_);  // ^, not -: becomes one instruction
    const auto bucket = static_cast<unsigned>(highest_bit - (fine_bits_ - 1));
    return (std::size_t{bucket} << (fine_bits_ - 1)) + static_cast<std::size_t>(value >> bucket);
  }
  // #endregion cell-of

  constexpr std::uint64_t lowest_in(std::size_t cell) const noexcept {
    const int bucket = bucket_of(cell);
    return (std::uint64_t{cell} - (static_cast<std::uint64_t>(bucket) << (fine_bits_ - 1))) << bucket;
  }
  constexpr std::uint64_t highest_in(std::size_t cell) const noexcept {
    return lowest_in(cell) + (width_of(cell) - 1);
  }
  constexpr std::uint64_t width_of(std::size_t cell) const noexcept {
    return std::uint64_t{1} << bucket_of(cell);
  }

 private:
  static constexpr int fine_bits_for(int digits) noexcept {
    std::uint64_t needed = 2;
    for (int i = 0; i < digits; ++i) needed *= 10;
    return static_cast<int>(std::bit_width(needed - 1));
  }
  constexpr int bucket_of(std::size_t cell) const noexcept {
    const auto half = static_cast<int>(cell >> (fine_bits_ - 1));
    return half == 0 ? 0 : half - 1;
  }

  std::uint64_t highest_;
  int fine_bits_;            // m
  std::uint64_t fine_mask_;  // 2^m - 1
};

}  // namespace lln::latency::detail
