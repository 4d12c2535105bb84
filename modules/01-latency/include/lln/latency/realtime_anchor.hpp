// RealtimeAnchor: turns TscClock ticks into CLOCK_REALTIME, the clock of the kernel's packet timestamps.
//
// Threads    One thread at a time; two threads that need it hold one each.
// Guarantee  Between two refreshes the result is a straight line of the ticks. CLOCK_REALTIME is not: NTP
//            bends it by up to 500 ppm (5 us in 10 ms; mostly far less) and an administrator may step it. So
//            refresh every ~10 ms; the result may jump there, backwards too, by last_step_ns().
// Allocation None. refresh() reads the clock through the vDSO, without a system call.
// Cost       refresh() 380 ns, realtime_ns() 1.5-1.8 ns (latency_bench, Intel Xeon virtual machine).
// Source     clock_gettime(2), adjtimex(2).
#pragma once

#include <lln/latency/tsc_clock.hpp>

#include <cstdint>

namespace lln::latency {

class RealtimeAnchor {
 public:
  // Takes the first anchor. Copies the clock.
  explicit RealtimeAnchor(const TscClock& clock) noexcept;

  // Takes the tightest of a few pairs of readings. A pair torn apart by an interrupt or the hypervisor is
  // worse than the old anchor with its age; the old one is then kept until the next call.
  void refresh() noexcept;

  // Nanoseconds since 1970-01-01 UTC at which now() would have returned `ticks`; a few minutes back or ahead
  // are fine.
  std::int64_t realtime_ns(std::uint64_t ticks) const noexcept {
    const double since_anchor = clock_.to_ns(ticks - anchor_ticks_);
    return anchor_ns_ + static_cast<std::int64_t>(since_anchor + (since_anchor < 0 ? -0.5 : 0.5));
  }

  // The anchor is right within this many ns, either way.
  std::int64_t uncertainty_ns() const noexcept { return uncertainty_ns_; }

  // By how much the last accepted refresh moved the line, ns: drift since the one before it, plus both
  // uncertainties.
  std::int64_t last_step_ns() const noexcept { return last_step_ns_; }

 private:
  TscClock clock_;
  std::uint64_t anchor_ticks_ = 0;
  std::int64_t anchor_ns_ = 0;
  std::int64_t uncertainty_ns_ = 0;
  std::int64_t last_step_ns_ = 0;
};

}  // namespace lln::latency
