// mutant: rounds-up release: rounds to the power below
#pragma once

#include <bit>
#include <cstdint>
#include <optional>

namespace lln::exercise {

// The smallest power of two that is not below `wished`; nothing when there is none in 64 bits.
inline std::optional<std::uint64_t> capacity_for(std::uint64_t wished) {
  if (wished > std::uint64_t{1} << 63) return std::nullopt;
  return std::bit_floor(wished);
}

}  // namespace lln::exercise
