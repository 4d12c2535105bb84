// One service, two load generators, two answers. The clock is made up, so everybody sees the same numbers.
#include <lln/latency/histogram.hpp>
#include <lln/latency/open_loop_load.hpp>

#include <cstdint>
#include <cstdio>

namespace {

using lln::latency::Histogram;
using lln::latency::OpenLoopLoad;

struct SimulatedClock {
  std::int64_t ns = 0;
  std::int64_t now_ns() const { return ns; }
  void wait_until_ns(std::int64_t due) { ns = due; }
};

// #region service
// Answers in 10 us, but once in 10,000 requests it stops for 100 ms: a collection, a page from disk, a reboot
// of the neighbour.
struct Service {
  SimulatedClock& clock;
  void answer(std::uint64_t request) {
    constexpr std::int64_t usual = 10'000;
    constexpr std::int64_t stall = 100'000'000;
    clock.ns += request % 10'000 == 5'000 ? stall : usual;
  }
};
// #endregion service

constexpr std::uint64_t requests = 100'000;
constexpr std::int64_t gap = 100'000;  // ns: ten thousand requests a second

// #region closed
// The loop that everybody writes first: wait for the answer, then for the rest of the gap.
Histogram closed_loop() {
  SimulatedClock clock;
  Service service{clock};
  Histogram latency;
  for (std::uint64_t i = 0; i < requests; ++i) {
    const std::int64_t sent = clock.now_ns();
    service.answer(i);
    latency.record(static_cast<std::uint64_t>(clock.now_ns() - sent));
    if (clock.now_ns() < sent + gap) clock.wait_until_ns(sent + gap);
  }
  return latency;
}
// #endregion closed

// #region open
Histogram open_loop() {
  SimulatedClock clock;
  Service service{clock};
  Histogram latency;
  Histogram service_time;
  const OpenLoopLoad load({.per_second = 1e9 / gap, .requests = requests});
  load.run(
      clock, [&](std::size_t i) { service.answer(i); }, latency, service_time);
  return latency;
}
// #endregion open

void print(const char* name, const Histogram& h) {
  std::printf("%-12s %10llu", name, static_cast<unsigned long long>(h.count()));
  for (const double p : {50.0, 90.0, 99.0, 99.9}) {
    std::printf(" %10.1f", static_cast<double>(h.value_at_percentile(p)) / 1'000);
  }
  std::printf(" %10.1f\n", static_cast<double>(h.max()) / 1'000);
}

}  // namespace

int main() {
  std::printf("%-12s %10s %10s %10s %10s %10s %10s\n", "us", "n", "p50", "p90", "p99", "p99.9", "max");
  print("closed loop", closed_loop());
  print("open loop", open_loop());
}
