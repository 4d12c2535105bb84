// ReceiveStamps: which of a received packet's stamps counts: the NIC's own where it has them, else the kernel's.
//
// Hardware stamps count when they are wanted, the interface's receive filter is on (TimestampSupport) and its clock can
// be read; detail() says which it is, and why. A packet without a hardware stamp has the kernel's also then: not every
// NIC stamps every packet. Both are CLOCK_REALTIME (HardwareClock).
//
// keep_up() compares the clocks again, every 100 ms: call it where it disturbs least, and before stamps are looked at
// that came after a long rest.
//
// Threads: one. Guarantees: noexcept and no allocation after construction.
// Cost: stamp() a branch, with hardware stamps a multiplication; keep_up() with them a look at the clock, when it is due
// an ioctl(2). The last two are not measured: see HardwareClock.
// Source: lln/net/timestamping.hpp, lln/net/hardware_clock.hpp.
#pragma once

#include <lln/net/hardware_clock.hpp>
#include <lln/net/timestamping.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace lln::net {

class ReceiveStamps {
 public:
  using OpenClock = std::function<HardwareClock(int phc_index)>;

  // The kernel's, whatever the interface.
  ReceiveStamps() : detail_("software, by the kernel") {}
  // A clock that cannot be opened is a reason for the kernel's stamps, and no error.
  ReceiveStamps(const TimestampSupport& support, bool hardware_wanted,
                const OpenClock& open = HardwareClock::open);

  bool hardware() const noexcept { return clock_.has_value(); }
  // "hardware, by the NIC; ..." or "software, by the kernel; ...", with the reason.
  const std::string& detail() const noexcept { return detail_; }

  // 0: no stamp. `hardware_ns`: the NIC's clock.
  std::int64_t stamp(std::int64_t kernel_ns, std::int64_t hardware_ns) const noexcept {
    if (clock_ && hardware_ns != 0) [[unlikely]]
      return clock_->realtime_ns(hardware_ns);
    return kernel_ns;
  }

  // True: it was due and was tried, which takes some microseconds.
  bool keep_up() noexcept { return clock_ && keep_up(realtime_ns()); }
  // `now_ns`: CLOCK_REALTIME.
  bool keep_up(std::int64_t now_ns) noexcept;

 private:
  std::optional<HardwareClock> clock_;
  std::string detail_;
  std::int64_t kept_up_ns_ = 0;
};

}  // namespace lln::net
