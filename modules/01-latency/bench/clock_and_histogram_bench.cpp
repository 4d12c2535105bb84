// What measuring costs: a clock reading, and putting the result away.
#include <lln/latency/histogram.hpp>
#include <lln/latency/latency_metrics.hpp>
#include <lln/latency/latency_timer.hpp>
#include <lln/latency/realtime_anchor.hpp>
#include <lln/latency/tsc_clock.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <random>
#include <string>
#include <vector>

namespace {

using lln::latency::Histogram;
using lln::latency::LatencyMetrics;
using lln::latency::LatencyTimer;
using lln::latency::RealtimeAnchor;
using lln::latency::TscClock;

void now(benchmark::State& state) {
  state.SetLabel("TscClock::now()");
  for (auto _ : state) benchmark::DoNotOptimize(TscClock::now());
}
BENCHMARK(now);

void now_ordered(benchmark::State& state) {
  state.SetLabel("TscClock::now_ordered()");
  for (auto _ : state) benchmark::DoNotOptimize(TscClock::now_ordered());
}
BENCHMARK(now_ordered);

void clock_gettime_monotonic(benchmark::State& state) {
  state.SetLabel("clock_gettime(CLOCK_MONOTONIC)");
  timespec t{};
  for (auto _ : state) {
    clock_gettime(CLOCK_MONOTONIC, &t);
    benchmark::DoNotOptimize(t);
  }
}
BENCHMARK(clock_gettime_monotonic);

// Latencies as they are: most near 10 us, a tail of a hundred times that.
const std::array<std::uint64_t, 1024>& latencies() {
  static const auto values = [] {
    std::array<std::uint64_t, 1024> result{};
    std::mt19937_64 random(1);
    std::lognormal_distribution<double> distribution(9.2, 0.7);
    for (auto& v : result) v = static_cast<std::uint64_t>(distribution(random));
    return result;
  }();
  return values;
}

// What the loops below cost without what they measure.
void loop_alone(benchmark::State& state) {
  state.SetLabel("the loop alone: the next value read");
  const auto& values = latencies();
  std::size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(values[i++ % values.size()]);
}
BENCHMARK(loop_alone);

void histogram_record(benchmark::State& state) {
  state.SetLabel("Histogram::record(), " + std::to_string(state.range(0)) + " digits");
  Histogram histogram(3'600'000'000'000, static_cast<int>(state.range(0)));
  const auto& values = latencies();
  std::size_t i = 0;
  for (auto _ : state) histogram.record(values[i++ % values.size()]);
  benchmark::DoNotOptimize(histogram.count());
}
BENCHMARK(histogram_record)->Arg(2)->Arg(3);

// The same, readable by another thread while it runs.
void recorder_record(benchmark::State& state) {
  state.SetLabel("LatencyMetrics::Recorder::record()");
  LatencyMetrics metrics;
  LatencyMetrics::Recorder& recorder = metrics.attach("bench");
  const auto& values = latencies();
  std::size_t i = 0;
  for (auto _ : state) recorder.record(values[i++ % values.size()]);
}
BENCHMARK(recorder_record);

void vector_push_back_reserved(benchmark::State& state) {
  state.SetLabel("std::vector::push_back, memory reserved");
  constexpr std::size_t capacity = 1 << 16;
  std::vector<std::uint64_t> kept;
  kept.reserve(capacity);
  const auto& values = latencies();
  std::size_t i = 0;
  for (auto _ : state) {
    if (kept.size() == capacity) kept.clear();
    kept.push_back(values[i++ % values.size()]);
    benchmark::ClobberMemory();
  }
}
BENCHMARK(vector_push_back_reserved);

// What the vector postpones: p50, p99 and p99.9 of a million values.
void vector_sort_percentiles(benchmark::State& state) {
  state.SetLabel("std::vector: the same by sorting");
  std::vector<std::uint64_t> all;
  for (int i = 0; i < 1'000'000; ++i)
    all.push_back(latencies()[static_cast<std::size_t>(i) % 1024] + static_cast<std::uint64_t>(i % 977));
  std::mt19937_64 random(2);
  std::shuffle(all.begin(), all.end(), random);
  for (auto _ : state) {
    auto sorted = all;
    std::sort(sorted.begin(), sorted.end());
    benchmark::DoNotOptimize(sorted[499'999] + sorted[989'999] + sorted[998'999]);
  }
}
BENCHMARK(vector_sort_percentiles)->Unit(benchmark::kMicrosecond);

void histogram_percentiles(benchmark::State& state) {
  state.SetLabel("Histogram: p50, p99, p99.9 of a million values");
  Histogram histogram;
  for (int i = 0; i < 1'000'000; ++i)
    histogram.record(latencies()[static_cast<std::size_t>(i) % 1024] + static_cast<std::uint64_t>(i % 977));
  for (auto _ : state) {
    benchmark::DoNotOptimize(histogram.value_at_percentile(50) + histogram.value_at_percentile(99) +
                             histogram.value_at_percentile(99.9));
  }
}
BENCHMARK(histogram_percentiles)->Unit(benchmark::kMicrosecond);

// An aggregator's look at one recorder of a million values.
void metrics_total(benchmark::State& state) {
  state.SetLabel("LatencyMetrics::total() of one recorder");
  LatencyMetrics metrics;
  LatencyMetrics::Recorder& recorder = metrics.attach("bench");
  for (int i = 0; i < 1'000'000; ++i) recorder.record(latencies()[static_cast<std::size_t>(i) % 1024]);
  for (auto _ : state) benchmark::DoNotOptimize(metrics.total().count());
}
BENCHMARK(metrics_total)->Unit(benchmark::kMicrosecond);

// The whole of a measurement: two ordered readings and the record.
void timed_section(benchmark::State& state) {
  state.SetLabel("LatencyTimer: one section, measured and recorded");
  const TscClock clock = TscClock::calibrate();
  Histogram histogram;
  LatencyTimer timer(clock, histogram);
  for (auto _ : state) {
    const auto section = timer.section();
  }
}
BENCHMARK(timed_section);

void realtime_anchor_refresh(benchmark::State& state) {
  state.SetLabel("RealtimeAnchor::refresh()");
  RealtimeAnchor anchor(TscClock::calibrate());
  for (auto _ : state) anchor.refresh();
}
BENCHMARK(realtime_anchor_refresh);

void realtime_anchor_convert(benchmark::State& state) {
  state.SetLabel("RealtimeAnchor::realtime_ns()");
  const RealtimeAnchor anchor(TscClock::calibrate());
  std::uint64_t ticks = TscClock::now();
  for (auto _ : state) benchmark::DoNotOptimize(anchor.realtime_ns(ticks++));
}
BENCHMARK(realtime_anchor_convert);

}  // namespace
