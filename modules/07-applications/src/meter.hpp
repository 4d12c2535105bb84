// The clock of a worker's requests, and their count.
#pragma once

#include <lln/latency/histogram.hpp>

#include <time.h>

#include <cstdint>

namespace lln::app::detail {

class Meter {
 public:
  // ns since the epoch: clock_gettime(2) through the vDSO, no system call.
  std::uint64_t now() noexcept {
    timespec time;
    ::clock_gettime(CLOCK_REALTIME, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(time.tv_nsec);
  }
  void answered(std::uint64_t rx, std::uint64_t tx, std::size_t size) noexcept {
    ++requests;
    bytes += size;
    service.record(tx > rx ? tx - rx : 0);  // somebody may have set the clock back
  }

  std::uint64_t requests = 0;
  std::uint64_t bytes = 0;
  latency::Histogram service{10'000'000'000};
};

}  // namespace lln::app::detail
