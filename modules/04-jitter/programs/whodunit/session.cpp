#include "session.hpp"

#include "kernel_symbols.hpp"
#include "monotonic_clock.hpp"

#include <lln/jitter/gap_detector.hpp>
#include <lln/jitter/thread_setup.hpp>

#include <unistd.h>

#include <fstream>
#include <future>
#include <sstream>
#include <system_error>
#include <thread>
#include <utility>

namespace lln::whodunit {
namespace {

using namespace std::chrono_literals;

// The time that the hypervisor says it took; empty where it does not say.
std::optional<double> steal_ns(int cpu) {
  std::ifstream stat("/proc/stat");
  const std::string wanted = "cpu" + std::to_string(cpu);
  for (std::string line; std::getline(stat, line);) {
    std::istringstream words(line);
    std::string name;
    double ticks = 0;
    if (!(words >> name) || name != wanted) continue;
    for (int column = 0; column < 8; ++column) words >> ticks;
    if (!words) return std::nullopt;
    return ticks * 1e9 / static_cast<double>(::sysconf(_SC_CLK_TCK));
  }
  return std::nullopt;
}

using Detector = jitter::GapDetector<MonotonicClock>;

struct Spin {
  Detector detector;
  int thread = 0;
  std::uint64_t start = 0;
};

// In a thread of its own, so that this one can collect on another CPU.
void spin(const Case& what, Spin& result, const std::atomic<bool>& stop, std::promise<void> ready) {
  ::pthread_setname_np(::pthread_self(), "lln-whodunit");
  const jitter::ThreadSetup setup({.cpu = what.cpu, .fifo_priority = what.fifo_priority});
  for (const auto& step : setup.steps()) {
    if (step.ok) continue;
    ready.set_exception(std::make_exception_ptr(std::system_error(
        std::make_error_code(std::errc::operation_not_permitted), step.name + ": " + step.detail)));
    return;
  }
  result.thread = ::gettid();
  result.start = MonotonicClock{}.now();
  ready.set_value();
  result.detector.run(what.duration, &stop);
}

std::vector<jitter::Interval> intervals_of(std::span<const jitter::Gap> gaps) {
  std::vector<jitter::Interval> intervals;
  intervals.reserve(gaps.size());
  for (const jitter::Gap& gap : gaps) intervals.push_back({gap.start, gap.start + gap.length});
  return intervals;
}

class JoinAtEnd {
 public:
  JoinAtEnd(std::thread& thread, std::atomic<bool>& stop) : thread_(thread), stop_(stop) {}
  ~JoinAtEnd() {
    stop_.store(true);
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::thread& thread_;
  std::atomic<bool>& stop_;
};

}  // namespace

Findings investigate(const Case& what, const std::atomic<bool>& stop) {
  Findings findings;
  auto others = jitter::allowed_cpus();
  std::erase(others, what.cpu);
  jitter::ThreadOptions elsewhere;
  if (others.empty()) {
    findings.remarks.push_back("there is no other CPU: this program's own reader is among the culprits");
  } else {
    elsewhere.cpu = others.front();
  }
  const jitter::ThreadSetup reader(elsewhere);

  Spin result{Detector(MonotonicClock{}, {.threshold = what.threshold, .timeline = what.most_gaps})};
  std::atomic<bool> end{false};
  std::vector<jitter::TraceEvent> events;
  Tracer tracer(what.cpu);
  const auto traced_since = MonotonicClock{}.now();
  const auto steal_before = steal_ns(what.cpu);
  std::promise<void> ready;
  auto running = ready.get_future();
  std::thread thread(spin, std::cref(what), std::ref(result), std::cref(end), std::move(ready));
  {
    const JoinAtEnd join(thread, end);
    running.get();
    const auto until = std::chrono::steady_clock::now() + what.duration;
    while (!stop.load() && std::chrono::steady_clock::now() < until) {
      std::this_thread::sleep_for(5ms);
      tracer.read(events, what.most_events);
    }
    if (!stop.load()) thread.join();
  }
  tracer.read(events, what.most_events);
  findings.cost = tracer.cost();
  findings.traced_ns = static_cast<double>(MonotonicClock{}.now() - traced_since);
  findings.events_lost = tracer.lost();
  if (const auto steal_after = steal_ns(what.cpu); steal_before && steal_after)
    findings.steal_ns = *steal_after - *steal_before;

  KernelSymbols symbols;
  findings.attribution =
      jitter::attribute(events, intervals_of(result.detector.timeline()),
                        {.thread = result.thread,
                         .symbol = [&symbols](std::uint64_t address) { return symbols.name_of(address); }});
  findings.start_ns = result.start;
  findings.observed_ns = result.detector.observed_ns();
  findings.lost_ns = result.detector.lost_ns();
  findings.gaps = result.detector.lengths().count();
  findings.gaps_left_out = result.detector.not_in_timeline();
  findings.events = events.size();
  if (findings.events_lost > 0)
    findings.remarks.push_back(std::to_string(findings.events_lost) +
                               " events were lost: single gaps may be charged to the wrong one");
  if (findings.gaps_left_out > 0)
    findings.remarks.push_back(std::to_string(findings.gaps_left_out) +
                               " gaps at the end are charged to nobody");
  return findings;
}

}  // namespace lln::whodunit
