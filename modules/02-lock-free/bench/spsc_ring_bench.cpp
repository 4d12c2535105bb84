// Throughput and round trip between two threads, beside boost::lockfree::spsc_queue where Boost is
// installed. Each thread is pinned to a processor of its own; with one processor only, they yield to each
// other and the figures measure the scheduler, which the label then says. Compare lines of one run only: on
// a virtual machine the distance between two processors changes from second to second (run with
// --benchmark_enable_random_interleaving=true).
#include <lln/lock_free/spsc_ring.hpp>

#include <benchmark/benchmark.h>
#include <sched.h>

#include <array>
#include <atomic>
#include <span>
#include <string>
#include <thread>
#include <vector>

#if __has_include(<boost/lockfree/spsc_queue.hpp>)
#include <boost/lockfree/spsc_queue.hpp>
#define LLN_HAVE_BOOST_LOCKFREE 1
#endif

namespace {

constexpr std::size_t capacity = 1024;
constexpr std::size_t batch_size = 64;

template <std::size_t bytes>
struct Item {
  std::array<std::uint64_t, bytes / sizeof(std::uint64_t)> words{};
};

// One interface over both contestants.
template <class T>
class Ours {
 public:
  bool push(const T& item) { return ring_.try_push(item); }
  bool pop(T& item) { return ring_.try_pop(item); }
  std::size_t push(std::span<T> items) { return ring_.try_push_batch(items); }
  std::size_t pop(std::span<T> items) { return ring_.try_pop_batch(items); }

 private:
  lln::lock_free::SpscRing<T> ring_{capacity};
};

#if defined(LLN_HAVE_BOOST_LOCKFREE)
template <class T>
class Boost {
 public:
  bool push(const T& item) { return queue_.push(item); }
  bool pop(T& item) { return queue_.pop(item); }
  std::size_t push(std::span<T> items) { return queue_.push(items.data(), items.size()); }
  std::size_t pop(std::span<T> items) { return queue_.pop(items.data(), items.size()); }

 private:
  boost::lockfree::spsc_queue<T> queue_{capacity};  // at run time, as ours
};
#endif

std::vector<int> allowed_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<int> result;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return result;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &set)) result.push_back(cpu);
  }
  return result;
}

const std::vector<int>& processors() {
  static const std::vector<int> list = allowed_processors();  // before anything is pinned
  return list;
}

bool two_processors() { return processors().size() >= 2; }

void pin(std::size_t which) {
  if (!two_processors()) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processors()[which], &set);
  sched_setaffinity(0, sizeof set, &set);
}

// Next to nothing between two tries: a pause would be measured. A yield comes only when the other thread
// cannot be running: on one processor at once, on two after some ten microseconds in vain.
class Retry {
 public:
  void failed() {
    if (++failures_ < limit_) return;
    failures_ = 0;
    std::this_thread::yield();
  }
  void succeeded() { failures_ = 0; }

 private:
  const int limit_ = two_processors() ? 10'000 : 1;
  int failures_ = 0;
};

void label(benchmark::State& state) {
  state.SetLabel(two_processors() ? "pinned to two processors" : "ONE PROCESSOR: measures the scheduler");
}

template <class Queue, class T, std::size_t batch>
void throughput(benchmark::State& state) {
  pin(0);
  Queue queue;
  std::atomic<bool> stop{false};
  std::thread consumer([&] {
    pin(1);
    std::array<T, batch> items{};
    Retry retry;
    while (!stop.load(std::memory_order_relaxed)) {
      bool some = false;
      if constexpr (batch == 1) {
        some = queue.pop(items[0]);
      } else {
        some = queue.pop(std::span<T>(items)) != 0;
      }
      some ? retry.succeeded() : retry.failed();
      benchmark::DoNotOptimize(items);
    }
  });
  std::array<T, batch> items{};
  Retry retry;
  for (auto _ : state) {
    if constexpr (batch == 1) {
      ++items[0].words[0];
      while (!queue.push(items[0])) retry.failed();
    } else {
      for (std::size_t done = 0; done < batch;) {
        const std::size_t pushed = queue.push(std::span<T>(items).subspan(done));
        if (pushed == 0) retry.failed();
        done += pushed;
      }
    }
  }
  stop.store(true, std::memory_order_relaxed);
  consumer.join();
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(batch));
  label(state);
}

template <class Queue, class T>
void round_trip(benchmark::State& state) {
  pin(0);
  Queue there;
  Queue back;
  std::atomic<bool> stop{false};
  std::thread echo([&] {
    pin(1);
    T item{};
    Retry retry;
    while (!stop.load(std::memory_order_relaxed)) {
      if (there.pop(item)) {
        while (!back.push(item)) retry.failed();
        retry.succeeded();
      } else {
        retry.failed();
      }
    }
  });
  T item{};
  Retry retry;
  for (auto _ : state) {
    ++item.words[0];
    while (!there.push(item)) retry.failed();
    while (!back.pop(item)) retry.failed();
    retry.succeeded();
  }
  stop.store(true, std::memory_order_relaxed);
  echo.join();
  label(state);
}

// The limit beside them: the same exchange through two bare flags, no queue at all.
void round_trip_limit(benchmark::State& state) {
  pin(0);
  struct alignas(lln::lock_free::cache_line) Flag {
    std::atomic<std::uint64_t> value{0};
  };
  Flag there;
  Flag back;
  constexpr std::uint64_t end = ~std::uint64_t{0};
  std::thread echo([&] {
    pin(1);
    Retry retry;
    for (std::uint64_t last = 0; last != end;) {
      const std::uint64_t seen = there.value.load(std::memory_order_acquire);
      if (seen == last) {
        retry.failed();
        continue;
      }
      retry.succeeded();
      last = seen;
      back.value.store(seen, std::memory_order_release);
    }
  });
  std::uint64_t number = 0;
  Retry retry;
  for (auto _ : state) {
    there.value.store(++number, std::memory_order_release);
    while (back.value.load(std::memory_order_acquire) != number) retry.failed();
    retry.succeeded();
  }
  there.value.store(end, std::memory_order_release);
  echo.join();
  label(state);
}

template <template <class> class Queue>
void register_all(const std::string& name) {
  using Small = Item<8>;
  using Line = Item<64>;
  const auto add = [](const std::string& what, auto function) {
    benchmark::RegisterBenchmark(what.c_str(), function)->UseRealTime();
  };
  add("throughput/" + name + "/8B/single", throughput<Queue<Small>, Small, 1>);
  add("throughput/" + name + "/8B/batch64", throughput<Queue<Small>, Small, batch_size>);
  add("throughput/" + name + "/64B/single", throughput<Queue<Line>, Line, 1>);
  add("throughput/" + name + "/64B/batch64", throughput<Queue<Line>, Line, batch_size>);
  add("round_trip/" + name + "/8B", round_trip<Queue<Small>, Small>);
  add("round_trip/" + name + "/64B", round_trip<Queue<Line>, Line>);
}

const bool registered = [] {
  processors();
  register_all<Ours>("SpscRing");
#if defined(LLN_HAVE_BOOST_LOCKFREE)
  register_all<Boost>("boost");
#endif
  benchmark::RegisterBenchmark("round_trip/limit/two flags", round_trip_limit)->UseRealTime();
  return true;
}();

}  // namespace
