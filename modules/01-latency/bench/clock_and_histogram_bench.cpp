// What measuring costs: a clock reading, and putting the result away.
#include <lln/latency/histogram.hpp>
#include <lln/latency/realtime_anchor.hpp>
#include <lln/latency/tsc_clock.hpp>

#include <benchmark/benchmark.h>

#include <array>
#include <ctime>
#include <random>
#include <vector>

namespace {

using lln::latency::Histogram;
using lln::latency::RealtimeAnchor;
using lln::latency::TscClock;

void now(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(TscClock::now());
}
BENCHMARK(now);

void now_ordered(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(TscClock::now_ordered());
}
BENCHMARK(now_ordered);

void clock_gettime_monotonic(benchmark::State& state) {
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

void histogram_record(benchmark::State& state) {
  Histogram histogram(3'600'000'000'000, static_cast<int>(state.range(0)));
  const auto& values = latencies();
  std::size_t i = 0;
  for (auto _ : state) histogram.record(values[i++ % values.size()]);
  benchmark::DoNotOptimize(histogram.count());
}
BENCHMARK(histogram_record)->Arg(2)->Arg(3);

void vector_push_back_reserved(benchmark::State& state) {
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

// The whole of a measurement: two readings and the record.
void measure_and_record(benchmark::State& state) {
  const TscClock clock = TscClock::calibrate();
  Histogram histogram;
  for (auto _ : state) {
    const std::uint64_t from = TscClock::now();
    const std::uint64_t to = TscClock::now();
    histogram.record(static_cast<std::uint64_t>(clock.to_ns(to - from)));
  }
}
BENCHMARK(measure_and_record);

void realtime_anchor_refresh(benchmark::State& state) {
  RealtimeAnchor anchor(TscClock::calibrate());
  for (auto _ : state) anchor.refresh();
}
BENCHMARK(realtime_anchor_refresh);

void realtime_anchor_convert(benchmark::State& state) {
  const RealtimeAnchor anchor(TscClock::calibrate());
  std::uint64_t ticks = TscClock::now();
  for (auto _ : state) benchmark::DoNotOptimize(anchor.realtime_ns(ticks++));
}
BENCHMARK(realtime_anchor_convert);

}  // namespace
