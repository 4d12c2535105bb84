// Objects of 64 bytes and of 2 KiB taken and given back: ObjectPool beside malloc and, where installed, boost::pool.
#include <lln/cache/object_pool.hpp>

#include <benchmark/benchmark.h>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include <array>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#if __has_include(<boost/pool/pool.hpp>)
#include <boost/pool/pool.hpp>
#define LLN_BOOST_POOL 1
#endif

namespace {

template <std::size_t bytes>
struct Message {
  Message() noexcept {}  // leaves the bytes as they are, like the others: no zeros
  std::array<char, bytes> payload;
};

// One face for all three. Pools are made for exactly what a run needs.
template <std::size_t bytes>
struct Ours {
  static constexpr const char* name = "ObjectPool";
  explicit Ours(std::size_t capacity) : pool(capacity) {}
  void* take() noexcept { return pool.create(); }
  void give(void* object) noexcept { pool.destroy(static_cast<Message<bytes>*>(object)); }
  lln::cache::ObjectPool<Message<bytes>> pool;
};

// glibc gives memory at the top of the heap back to the kernel from `keep` bytes on: 128 KiB in every process that has
// not yet freed a large block. Each burst then asks for its pages again.
template <std::size_t bytes, int keep>
struct Malloc {
  static constexpr const char* name = keep == 128 << 10 ? "malloc" : "malloc that keeps what it has";
  explicit Malloc(std::size_t) {
#if defined(__GLIBC__)
    mallopt(M_TRIM_THRESHOLD, keep);
#endif
  }
  void* take() noexcept { return std::malloc(bytes); }
  void give(void* object) noexcept { std::free(object); }
};

#ifdef LLN_BOOST_POOL
template <std::size_t bytes>
struct Boost {
  static constexpr const char* name = "boost::pool";
  explicit Boost(std::size_t capacity) : pool(bytes, capacity) {}
  void* take() { return pool.malloc(); }
  void give(void* object) { pool.free(object); }
  boost::pool<> pool;
};
#endif

// A word into the object, as its user would; and the compiler must not carry the pool's state in registers from one
// call to the next: between two calls of a program there is other code.
void use(void* object) {
  *static_cast<char*>(object) = 1;
  benchmark::DoNotOptimize(object);
  benchmark::ClobberMemory();
}

constexpr std::size_t in_flight = 64;

// In flight: 64 objects; one is taken, the oldest goes back.
template <class Pool>
void fifo_64(benchmark::State& state) {
  const auto pool = std::make_unique<Pool>(in_flight + 1);
  std::array<void*, in_flight> queue{};
  for (void*& object : queue) object = pool->take();
  std::size_t oldest = 0;
  for (auto _ : state) {
    void* const object = pool->take();
    use(object);
    pool->give(queue[oldest]);
    benchmark::ClobberMemory();
    queue[oldest] = object;
    oldest = (oldest + 1) % in_flight;
  }
  for (void* const object : queue) pool->give(object);
}

// One is taken and goes back at once.
template <class Pool>
void lifo_64(benchmark::State& state) {
  const auto pool = std::make_unique<Pool>(in_flight);
  for (auto _ : state) {
    void* const object = pool->take();
    use(object);
    pool->give(object);
    benchmark::ClobberMemory();
  }
}

// So many are taken one after the other, then all go back in the order in which they came. Per object.
template <class Pool>
void burst(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  const auto pool = std::make_unique<Pool>(size);
  std::vector<void*> objects(size);
  while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(size))) {
    for (void*& object : objects) {
      object = pool->take();
      use(object);
    }
    for (void* const object : objects) {
      pool->give(object);
      benchmark::ClobberMemory();
    }
  }
}

using Play = void (*)(benchmark::State&);

void add(const std::string& event, const char* title, const char* contestant, const char* contestant_title,
         Play play, int burst = 0) {
  const std::string size = burst == 0 ? "" : "/" + std::to_string(burst);
  const std::string label =
      std::string(title) + ": " + contestant_title + " | beside " + event + "/malloc" + size;
  auto* const made = benchmark::RegisterBenchmark((event + "/" + contestant).c_str(),
                                                  [play, label](benchmark::State& state) {
                                                    state.SetLabel(label);
                                                    play(state);
                                                  });
  if (burst != 0) made->Arg(burst);
}

template <class Pool64, class Pool2k>
void add_all(const char* contestant) {
  add("fifo_64", "64 bytes, first in, first out", contestant, Pool64::name, fifo_64<Pool64>);
  add("lifo_64", "64 bytes, last in, first out", contestant, Pool64::name, lifo_64<Pool64>);
  add("burst_2k", "bursts of 32 x 2 KiB", contestant, Pool2k::name, burst<Pool2k>, 32);
  add("burst_2k", "bursts of 1024 x 2 KiB", contestant, Pool2k::name, burst<Pool2k>, 1024);
}

const bool registered = [] {
#if defined(__GLIBC__)
  mallopt(M_MMAP_THRESHOLD,
          128 << 10);  // as at the start, whatever is freed: large blocks stay out of malloc's heap
#endif
  constexpr int fresh = 128 << 10;
  constexpr int keeps = 1 << 30;
  add_all<Ours<64>, Ours<2048>>("ObjectPool");
  add_all<Malloc<64, fresh>, Malloc<2048, fresh>>("malloc");
  add("burst_2k", "bursts of 1024 x 2 KiB", "malloc_keeps", Malloc<2048, keeps>::name,
      burst<Malloc<2048, keeps>>, 1024);
#ifdef LLN_BOOST_POOL
  add_all<Boost<64>, Boost<2048>>("boost");
#endif
  return true;
}();

}  // namespace
