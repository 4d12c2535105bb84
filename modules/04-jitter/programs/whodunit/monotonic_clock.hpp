// CLOCK_MONOTONIC as the detector's clock: the one that the events in the kernel are stamped with, so that gaps and
// events need no conversion. It costs twice a TscClock (module 01's bench); the gaps that matter are a hundred times that.
#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>

namespace lln::whodunit {

struct MonotonicClock {
  std::uint64_t now() const noexcept {
    timespec time;
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U +
           static_cast<std::uint64_t>(time.tv_nsec);
  }
  double to_ns(std::uint64_t ticks) const noexcept { return static_cast<double>(ticks); }
  std::uint64_t to_ticks(std::chrono::nanoseconds time) const noexcept {
    return time.count() < 0 ? 0 : static_cast<std::uint64_t>(time.count());
  }
};

}  // namespace lln::whodunit
