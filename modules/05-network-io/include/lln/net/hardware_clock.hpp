// HardwareClock: what a NIC's own clock (/dev/ptpN) says, on CLOCK_REALTIME.
//
// The kernel reads both clocks one behind the other, several times (PTP_SYS_OFFSET_EXTENDED); the reading with the least
// time around it is kept. Between two refreshes the difference is taken to grow as it did between the last two: after
// 100 ms a drift of 10 ppm would be 1 us otherwise. What remains is the width of the reading, about a microsecond.
//
// Threads: one. Guarantees: refresh() and realtime_ns() are noexcept and allocate nothing.
// Cost: realtime_ns() a multiplication; refresh() is an ioctl(2) that reads over PCIe. Neither measured: the machines
// this was written on have no such device, so the tests give it readings of their own.
// Source: Documentation/driver-api/ptp.rst of the kernel, linux/ptp_clock.h.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

namespace lln::net {

class HardwareClock {
 public:
  struct Reading {
    std::int64_t hardware_ns;
    std::int64_t realtime_ns;
  };
  using Read = std::function<std::optional<Reading>()>;

  /// Throws std::system_error: no such device, no permission, or it cannot be read so.
  static HardwareClock open(int phc_index);
  /// Throws std::runtime_error when the first reading fails.
  explicit HardwareClock(Read read);

  /// Looks at both clocks again. False: could not be read, what was known stands.
  bool refresh() noexcept;

  std::int64_t realtime_ns(std::int64_t hardware_ns) const noexcept {
    const std::int64_t since = hardware_ns - last_.hardware_ns;
    return last_.realtime_ns + since + static_cast<std::int64_t>(static_cast<double>(since) * drift_);
  }

 private:
  Read read_;
  Reading last_{};
  double drift_ = 0;  // how much faster CLOCK_REALTIME is
};

}  // namespace lln::net
