// One 64-byte object taken and the oldest of 64 given back: ObjectPool beside malloc and, where installed, boost.
#include <lln/cache/object_pool.hpp>

#include <benchmark/benchmark.h>

#include <array>
#include <cstdlib>

#if __has_include(<boost/pool/pool.hpp>)
#include <boost/pool/pool.hpp>
#define LLN_BOOST_POOL 1
#endif

namespace {

struct Message {
  Message() noexcept {}  // leaves the bytes as they are, like the others: no 64 bytes of zeros
  std::array<char, 64> bytes;
};
constexpr std::size_t in_flight = 64;

template <class Take, class Give>
void fifo(benchmark::State& state, Take take, Give give) {
  std::array<void*, in_flight> queue{};
  for (void*& object : queue) object = take();
  std::size_t oldest = 0;
  for (auto _ : state) {
    give(queue[oldest]);
    void* const object = take();
    static_cast<char*>(object)[0] = 1;
    benchmark::DoNotOptimize(object);
    queue[oldest] = object;
    oldest = (oldest + 1) % in_flight;
  }
  for (void* const object : queue) give(object);
}

void BM_ObjectPool(benchmark::State& state) {
  lln::cache::ObjectPool<Message> pool(in_flight);
  fifo(
      state, [&]() -> void* { return pool.create(); },
      [&](void* object) { pool.destroy(static_cast<Message*>(object)); });
}

void BM_Malloc(benchmark::State& state) {
  fifo(
      state, [] { return std::malloc(sizeof(Message)); }, [](void* object) { std::free(object); });
}
BENCHMARK(BM_ObjectPool);
BENCHMARK(BM_Malloc);

#ifdef LLN_BOOST_POOL
void BM_BoostPool(benchmark::State& state) {
  boost::pool<> pool(sizeof(Message), in_flight);
  fifo(
      state, [&] { return pool.malloc(); }, [&](void* object) { pool.free(object); });
}
BENCHMARK(BM_BoostPool);
#endif

}  // namespace
