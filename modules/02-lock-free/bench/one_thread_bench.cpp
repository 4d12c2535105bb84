// What the operations cost when nobody else is there: the floor below which no second thread can bring them.
#include <lln/lock_free/broadcast_ring.hpp>
#include <lln/lock_free/seqlock.hpp>
#include <lln/lock_free/spin_wait.hpp>

#include <benchmark/benchmark.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace {

using lln::lock_free::BroadcastRing;
using lln::lock_free::Seqlock;
using lln::lock_free::SpinWait;

template <std::size_t Bytes>
struct Value {
  std::array<std::uint64_t, Bytes / 8> words{};
};

template <std::size_t Bytes>
void seqlock_store(benchmark::State& state) {
  Seqlock<Value<Bytes>> lock;
  Value<Bytes> value;
  for (auto _ : state) {
    ++value.words[0];
    lock.store(value);
  }
}
BENCHMARK(seqlock_store<16>);
BENCHMARK(seqlock_store<64>);

template <std::size_t Bytes>
void seqlock_load(benchmark::State& state) {
  Seqlock<Value<Bytes>> lock;
  for (auto _ : state) benchmark::DoNotOptimize(lock.load());
}
BENCHMARK(seqlock_load<16>);
BENCHMARK(seqlock_load<64>);

template <std::size_t Bytes>
void mutex_copy(benchmark::State& state) {
  std::mutex mutex;
  Value<Bytes> value;
  for (auto _ : state) {
    const std::lock_guard lock(mutex);
    benchmark::DoNotOptimize(value);
  }
}
BENCHMARK(mutex_copy<64>);

template <std::size_t Bytes>
void broadcast_publish(benchmark::State& state) {
  BroadcastRing<Value<Bytes>> ring(1024);
  Value<Bytes> value;
  for (auto _ : state) {
    ++value.words[0];
    ring.publish(value);
  }
}
BENCHMARK(broadcast_publish<16>);
BENCHMARK(broadcast_publish<64>);

template <std::size_t Bytes>
void broadcast_publish_and_read(benchmark::State& state) {
  BroadcastRing<Value<Bytes>> ring(1024);
  auto reader = ring.reader();
  Value<Bytes> value;
  for (auto _ : state) {
    ring.publish(value);
    benchmark::DoNotOptimize(reader.read(value));
  }
}
BENCHMARK(broadcast_publish_and_read<16>);
BENCHMARK(broadcast_publish_and_read<64>);

void spin_wait_first_round(benchmark::State& state) {
  for (auto _ : state) {
    SpinWait wait;
    wait.wait();
  }
}
BENCHMARK(spin_wait_first_round);

}  // namespace
