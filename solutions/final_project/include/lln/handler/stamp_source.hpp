// StampSource: the stamp of a received datagram, the NIC's own or the kernel's (net::ReceiveStamps decides), and the
// fact for the report.
//
// Threads: one. No allocation after construction, noexcept.
// Cost: a branch; with hardware stamps a multiplication, and an ioctl(2) every 100 ms in an idle moment.
#pragma once

#include <lln/handler/gap_watch.hpp>
#include <lln/handler/receive_options.hpp>
#include <lln/latency/tsc_clock.hpp>
#include <lln/net/receive_stamps.hpp>

#include <cstdint>

namespace lln::handler {

class StampSource {
 public:
  explicit StampSource(const ReceiveOptions& options)
      : stamps_(net::timestamp_support(options.interface), options.hardware_stamps) {}

  std::int64_t stamp(std::int64_t kernel_ns, std::int64_t hardware_ns) const noexcept {
    return stamps_.stamp(kernel_ns, hardware_ns);
  }

  /// Nothing to do: the clocks are compared again now and then.
  void idle(GapWatch& watch) noexcept {
    if (stamps_.keep_up()) [[unlikely]]
      watch.own_work_until(latency::TscClock::now());
  }

  ReceiveFact fact() const { return {"time stamps", true, stamps_.detail()}; }

 private:
  net::ReceiveStamps stamps_;
};

}  // namespace lln::handler
