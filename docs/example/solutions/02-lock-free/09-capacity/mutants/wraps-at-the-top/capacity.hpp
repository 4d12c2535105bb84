// mutant: edges release: above 2^63 the loop wraps to 0, and that is the answer
#pragma once

#include <cstdint>
#include <optional>

namespace lln::exercise {

// The smallest power of two that is not below `wished`; nothing when there is none in 64 bits.
inline std::optional<std::uint64_t> capacity_for(std::uint64_t wished) {
  std::uint64_t capacity = 1;
  while (capacity != 0 && capacity < wished) capacity <<= 1;
  return capacity;
}

}  // namespace lln::exercise
