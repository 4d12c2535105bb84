// How late does a sleeping thread wake? With the default timer slack (50 us), with 1 ns, and pinned besides.
//
//   thread_setup_bench --benchmark_min_time=2
//
// "Time" is the mean lateness; the counters are its percentiles in ns, and in `samples` their number.
#include <lln/jitter/thread_setup.hpp>
#include <lln/latency/histogram.hpp>

#include <benchmark/benchmark.h>

#include <cerrno>
#include <ctime>

namespace {

using namespace std::chrono_literals;

constexpr std::int64_t sleep_ns = 200'000;

std::int64_t now_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

void wake_up_lateness(benchmark::State& state, const lln::jitter::ThreadOptions& options) {
  const lln::jitter::ThreadSetup setup(options);
  for (const auto& step : setup.steps()) {
    if (!step.ok) return state.SkipWithError((step.name + ": " + step.detail).c_str());
  }
  lln::latency::Histogram lateness(10'000'000'000);
  for (auto _ : state) {
    const std::int64_t due = now_ns() + sleep_ns;
    const timespec until{due / 1'000'000'000, due % 1'000'000'000};
    while (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) == EINTR) {
    }
    const std::int64_t late = now_ns() - due;
    lateness.record(static_cast<std::uint64_t>(late));
    state.SetIterationTime(static_cast<double>(late) * 1e-9);
  }
  const auto at = [&](double p) { return static_cast<double>(lateness.value_at_percentile(p)); };
  state.counters["p50"] = at(50);
  state.counters["p90"] = at(90);
  state.counters["p99"] = at(99);
  state.counters["max"] = static_cast<double>(lateness.max());
  state.counters["samples"] = static_cast<double>(lateness.count());
}

BENCHMARK_CAPTURE(wake_up_lateness, default_slack, lln::jitter::ThreadOptions{.timer_slack = 50us})
    ->UseManualTime();
BENCHMARK_CAPTURE(wake_up_lateness, slack_1ns, lln::jitter::ThreadOptions{.timer_slack = 1ns})
    ->UseManualTime();
BENCHMARK_CAPTURE(wake_up_lateness, slack_1ns_pinned,
                  lln::jitter::ThreadOptions{.cpu = lln::jitter::allowed_cpus().back(), .timer_slack = 1ns})
    ->UseManualTime();
BENCHMARK_CAPTURE(wake_up_lateness, fifo_pinned,
                  lln::jitter::ThreadOptions{.cpu = lln::jitter::allowed_cpus().back(), .fifo_priority = 50})
    ->UseManualTime();

}  // namespace
