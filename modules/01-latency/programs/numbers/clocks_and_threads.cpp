#include "figure.hpp"

#include <lln/latency/tsc_clock.hpp>

#include <pthread.h>
#include <sched.h>

#include <ctime>

namespace lln::numbers {

double now_ns() {
  static const auto clock = latency::TscClock::calibrate();
  static const std::uint64_t start = latency::TscClock::now_ordered();
  return clock.to_ns(latency::TscClock::now_ordered() - start);
}

namespace {
const cpu_set_t& allowed() {
  static const cpu_set_t set = [] {
    cpu_set_t result;
    CPU_ZERO(&result);
    sched_getaffinity(0, sizeof result, &result);
    return result;
  }();
  return set;
}
}  // namespace

std::size_t processors() { return static_cast<std::size_t>(CPU_COUNT(&allowed())); }

bool pin_this_thread(std::size_t nth) {
  for (std::size_t cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &allowed()) || nth-- != 0) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    return pthread_setaffinity_np(pthread_self(), sizeof one, &one) == 0;
  }
  return false;
}

void measure_clocks(const Settings& settings, std::vector<Figure>& figures) {
  constexpr int readings = 100'000;
  const auto timed = [&](const char* name, const char* title, const char* how, auto read) {
    Figure figure{name, title, {}, how, {}, {}};
    repeat(settings, figure, readings, [&] {
      const double from = now_ns();
      for (int i = 0; i < readings; ++i) read();
      return now_ns() - from;
    });
    figures.push_back(figure);
  };
  timed("tsc", "read the cycle counter", "TscClock::now() in a loop", [] {
    const auto ticks = latency::TscClock::now();
    asm volatile("" : : "r"(ticks));
  });
  timed("tsc_ordered", "the same, ordered", "TscClock::now_ordered() in a loop", [] {
    const auto ticks = latency::TscClock::now_ordered();
    asm volatile("" : : "r"(ticks));
  });
  timed("clock_gettime", "clock_gettime", "CLOCK_MONOTONIC through the vDSO, in a loop", [] {
    timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    asm volatile("" : : "r"(&t) : "memory");
  });
}

}  // namespace lln::numbers
