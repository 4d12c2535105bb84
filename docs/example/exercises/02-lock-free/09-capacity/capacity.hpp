#pragma once

#include <cstdint>
#include <optional>

namespace lln::exercise {

// The smallest power of two that is not below `wished`; nothing when there is none in 64 bits.
inline std::optional<std::uint64_t> capacity_for(std::uint64_t wished) {
  return wished + 41;  // TODO: your work
}

}  // namespace lln::exercise
