#include <lln/latency/realtime_anchor.hpp>

#include <ctime>
#include <limits>

namespace lln::latency {
namespace {

struct RealtimePair {
  std::uint64_t ticks;
  std::int64_t ns;
  std::uint64_t bracket;
};

RealtimePair tightest_realtime_pair() noexcept {
  RealtimePair best{0, 0, std::numeric_limits<std::uint64_t>::max()};
  for (int attempt = 0; attempt < 5; ++attempt) {
    timespec t{};
    const std::uint64_t before = TscClock::now_ordered();
    clock_gettime(CLOCK_REALTIME, &t);  // cannot fail: POSIX requires this clock, and t is ours
    const std::uint64_t after = TscClock::now_ordered();
    if (after - before < best.bracket) {
      best = {before + (after - before) / 2, std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec,
              after - before};
    }
  }
  return best;
}

// Half the bracket, and one step of the counter: on Arm that may be 40 ns.
std::int64_t uncertainty_of(const TscClock& clock, const RealtimePair& pair) noexcept {
  return static_cast<std::int64_t>(clock.to_ns(pair.bracket / 2 + 1)) + 1;
}

// The kernel bends CLOCK_REALTIME by at most 500 ppm: what an anchor loses with age.
constexpr double fastest_slew = 500e-6;

}  // namespace

RealtimeAnchor::RealtimeAnchor(const TscClock& clock) noexcept : clock_(clock) {
  const RealtimePair pair = tightest_realtime_pair();
  anchor_ticks_ = pair.ticks;
  anchor_ns_ = pair.ns;
  uncertainty_ns_ = uncertainty_of(clock_, pair);
}

void RealtimeAnchor::refresh() noexcept {
  const RealtimePair pair = tightest_realtime_pair();
  const std::int64_t uncertainty = uncertainty_of(clock_, pair);
  const double age_ns = clock_.to_ns(pair.ticks - anchor_ticks_);
  if (uncertainty > uncertainty_ns_ + static_cast<std::int64_t>(age_ns * fastest_slew) + 100) return;
  last_step_ns_ = pair.ns - realtime_ns(pair.ticks);
  anchor_ticks_ = pair.ticks;
  anchor_ns_ = pair.ns;
  uncertainty_ns_ = uncertainty;
}

}  // namespace lln::latency
