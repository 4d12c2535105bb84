// Two threads on two processors, each adding to a counter of its own: in one line, in two lines of a pair, further apart.
#include <benchmark/benchmark.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace {

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
const std::vector<int> processors = allowed_processors();  // before anything is pinned

void pin(std::size_t which) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processors[which], &set);
  pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}

using Counter = std::atomic<std::uint64_t>;

double now_ns() {
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// How often the scheduler took this thread from its processor.
long switches() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_nvcsw + usage.ru_nivcsw;
}

// Two threads add `rounds` times each; ns from the moment when both run to the end of the later one. Nothing when one
// of them was interrupted by another program: the other one would have had the line to itself meanwhile.
template <class Add>
std::optional<double> together(Counter& one, Counter& two, std::uint64_t rounds, Add add) {
  struct Side {
    double from = 0;
    double to = 0;
    bool alone = false;
  };
  std::atomic<int> ready{0};
  const auto run = [&](std::size_t processor, Counter& counter, Side& side) {
    pin(processor);
    const long before = switches();
    ready.fetch_add(1);
    while (ready.load(std::memory_order_relaxed) < 2) {
    }
    side.from = now_ns();
    for (std::uint64_t i = 0; i < rounds; ++i) add(counter);
    side.to = now_ns();
    side.alone = switches() == before;
  };
  Side first;
  Side second;
  std::thread other([&] { run(1, two, second); });
  std::thread([&] { run(0, one, first); }).join();
  other.join();
  if (!first.alone || !second.alone) return std::nullopt;
  return std::max(first.to, second.to) - std::max(first.from, second.from);
}

// Fresh addresses each time: which caches two lines fall into must not decide the result.
struct Lines {
  alignas(256) std::array<std::byte, 1024> bytes{};
  Counter* at(std::size_t offset) { return new (bytes.data() + offset) Counter(0); }
};

template <class Add>
void play(benchmark::State& state, std::uint64_t rounds, std::size_t second, Add add) {
  if (processors.size() < 2) {
    state.SkipWithError("two threads need two processors, and this process may use one");
    return;
  }
  constexpr std::size_t first = 512;
  constexpr std::size_t wanted = 21;
  constexpr int tries = 400;
  std::vector<double> turns;
  while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(rounds))) {
    for (int i = 0; i < tries && turns.size() < wanted; ++i) {
      const auto lines = std::make_unique<Lines>();
      if (const auto ns = together(*lines->at(first), *lines->at(second), rounds, add)) turns.push_back(*ns);
    }
    if (turns.empty()) {
      state.SkipWithError("other programs left no turn of it alone");
      return;
    }
    // The hypervisor's pauses are not counted as switches: the median does not see them.
    std::nth_element(turns.begin(), turns.begin() + static_cast<std::ptrdiff_t>(turns.size() / 2),
                     turns.end());
    state.SetIterationTime(turns[turns.size() / 2] * 1e-9);
  }
}

constexpr auto add_locked = [](Counter& counter) { counter.fetch_add(1, std::memory_order_relaxed); };
// What a statistic of one writer is: a load, an addition and a store, no lock. The store buffer hides much of the line's
// journey: a hundred additions and more wait in it, and go out together when the line is there.
constexpr auto add_plain = [](Counter& counter) {
  counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
};

template <class Add>
void add_all(const std::string& kind, const std::string& words, std::uint64_t rounds, Add add) {
  struct Place {
    const char* name;
    const char* title;
    std::size_t second;
  };
  const std::string baseline = kind + "/own_lines";
  for (const Place place : {Place{"own_lines", "256 bytes apart", 512 + 256},
                            Place{"own_lines_again", "256 bytes apart, again", 512 + 256},
                            Place{"pair", "the two lines of a pair", 512 + 64},
                            Place{"neighbours", "neighbouring lines of two pairs", 512 - 64},
                            Place{"same_line", "one line", 512 + 8}}) {
    benchmark::RegisterBenchmark((kind + "/" + place.name).c_str(),
                                 [=](benchmark::State& state) {
                                   state.SetLabel(words + ", " + place.title + " | beside " + baseline);
                                   play(state, rounds, place.second, add);
                                 })
        ->Iterations(static_cast<benchmark::IterationCount>(rounds))
        ->UseManualTime();
  }
}

const bool registered = [] {
  add_all("locked", "locked addition", 5'000, add_locked);
  add_all("plain", "load, add, store", 50'000, add_plain);
  return true;
}();

}  // namespace
