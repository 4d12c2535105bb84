// The clock of a worker's time limits.
#pragma once

#include <time.h>

#include <chrono>
#include <cstdint>

namespace lln::app::detail {

// Time limits are no matter of microseconds: the kernel's last tick will do.
inline std::uint64_t coarse_ns() noexcept {
  timespec time;
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(time.tv_nsec);
}

inline std::uint64_t ns_of(std::chrono::nanoseconds time) noexcept {
  return static_cast<std::uint64_t>(time.count());
}

}  // namespace lln::app::detail
