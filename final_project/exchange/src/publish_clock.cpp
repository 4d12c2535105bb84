#include <lln/exchange/publish_clock.hpp>
#include <lln/lock_free/spin_wait.hpp>

#include <time.h>

#include <algorithm>

namespace lln::exchange {

TscPublishClock::TscPublishClock(const latency::TscClock& clock, bool wall_clock)
    : clock_(clock), anchor_(clock), wall_clock_(wall_clock), start_(latency::TscClock::now()) {}

std::int64_t TscPublishClock::now_ns() noexcept {
  return static_cast<std::int64_t>(clock_.to_ns(latency::TscClock::now() - start_));
}

void TscPublishClock::pause(std::int64_t until_ns) noexcept {
  constexpr std::int64_t wake_up_ns =
      150'000;  // a sleeper wakes up late: by the timer slack and an idle CPU's exit
  constexpr std::int64_t longest_ns = 500'000;  // requests are looked for in between
  const std::int64_t left = until_ns - now_ns() - wake_up_ns;
  // A core that runs a second thread (the handler, perhaps) is told that this one has nothing to do.
  if (left <= wake_up_ns) return lock_free::cpu_relax();
  const timespec time{0, std::min(left, longest_ns)};
  ::nanosleep(&time, nullptr);  // a signal ends it early: the caller looks at its flag
}

Stamps TscPublishClock::stamps() noexcept {
  anchor_.refresh();
  // Anchored at this moment, not at the start: the wall clock is bent by NTP while publishing goes on.
  const std::uint64_t now = latency::TscClock::now();
  return {wall_clock_, anchor_.realtime_ns(now) - static_cast<std::int64_t>(clock_.to_ns(now - start_))};
}

}  // namespace lln::exchange
