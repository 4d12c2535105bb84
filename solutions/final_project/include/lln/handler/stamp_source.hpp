// StampSource: which of a datagram's stamps counts: the NIC's own where it has them, else the kernel's.
//
// Hardware stamps are asked for when the interface says that its receive filter is on (lln::net::timestamp_support) and
// its clock can be read; fact() says which it is, and why. Threads: one. No allocation after construction, noexcept.
// Cost: a branch; with hardware stamps a multiplication, and an ioctl(2) every 100 ms in an idle moment.
#pragma once

#include <lln/handler/gap_watch.hpp>
#include <lln/handler/hardware_clock.hpp>
#include <lln/handler/receive_options.hpp>
#include <lln/latency/tsc_clock.hpp>

#include <cstdint>
#include <optional>

namespace lln::handler {

class StampSource {
 public:
  explicit StampSource(const ReceiveOptions& options);

  std::int64_t stamp(std::int64_t kernel_ns, std::int64_t hardware_ns) const noexcept {
    if (clock_ && hardware_ns != 0) [[unlikely]]
      return clock_->realtime_ns(hardware_ns);
    return kernel_ns;
  }

  /// Nothing to do: the clocks are compared again now and then.
  void idle(GapWatch& watch) noexcept {
    if (!clock_) [[likely]]
      return;
    refresh(watch);
  }

  ReceiveFact fact() const { return fact_; }

 private:
  void refresh(GapWatch& watch) noexcept;

  std::optional<HardwareClock> clock_;
  ReceiveFact fact_;
  std::int64_t refreshed_ns_ = 0;
};

}  // namespace lln::handler
