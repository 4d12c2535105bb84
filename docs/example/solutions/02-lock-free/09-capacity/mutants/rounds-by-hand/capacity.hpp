// mutant: rounds-up release: bit_width(n / 2) instead of bit_width(n - 1)
#pragma once

#include <bit>
#include <cstdint>
#include <optional>

namespace lln::exercise {

// The smallest power of two that is not below `wished`; nothing when there is none in 64 bits.
inline std::optional<std::uint64_t> capacity_for(std::uint64_t wished) {
  if (wished > std::uint64_t{1} << 63) return std::nullopt;
  return std::uint64_t{1} << std::bit_width(wished >> 1);
}

}  // namespace lln::exercise
