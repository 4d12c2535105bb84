#include "measure.hpp"

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <memory>
#include <random>

namespace lln::jitter_program {
namespace {

constexpr std::size_t kept_a_turn = 500;  // for the picture; the longest are enough

std::string refusals(const jitter::ThreadSetup& setup) {
  std::string text;
  for (const auto& step : setup.steps()) {
    if (!step.ok) text += (text.empty() ? "" : "; ") + step.name + ": " + step.detail;
  }
  return text;
}

void spin(Cell& cell, const Plan& plan, const latency::TscClock& clock, const std::atomic<bool>& stop) {
  jitter::GapDetector detector(clock, {.threshold = plan.threshold});
  detector.run(plan.turn, &stop);
  if (detector.observed_ns() <= 0) return;
  const auto timeline = detector.timeline();
  std::vector<Cell::Event> events;
  if (!timeline.empty()) {
    const std::uint64_t first = timeline.front().start;
    for (const jitter::Gap& gap : timeline)
      events.push_back(
          {(cell.observed_ns + clock.to_ns(gap.start - first)) * 1e-9, clock.to_ns(gap.length) * 1e-3});
  }
  if (events.size() > kept_a_turn) {
    std::nth_element(events.begin(), events.begin() + kept_a_turn, events.end(),
                     [](const auto& a, const auto& b) { return a.length_us > b.length_us; });
    events.resize(kept_a_turn);
  }
  cell.timeline.insert(cell.timeline.end(), events.begin(), events.end());
  cell.values.merge(detector.lengths());
  cell.observed_ns += detector.observed_ns();
  cell.lost_ns += detector.lost_ns();
  cell.rounds.push_back(detector.lost_share() * 1e6);
}

std::int64_t monotonic_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

// How late the kernel wakes a thread that asked for a time.
void sleep_again_and_again(Cell& cell, const Plan& plan, const std::atomic<bool>& stop) {
  latency::Histogram lateness(cell.values.highest());
  const std::int64_t start = monotonic_ns();
  std::int64_t now = start;
  while (now - start < plan.turn.count() && !stop.load(std::memory_order_relaxed)) {
    const std::int64_t due = now + plan.sleep->count();
    const timespec until{due / 1'000'000'000, due % 1'000'000'000};
    if (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) == EINTR) continue;
    now = monotonic_ns();
    lateness.record(static_cast<std::uint64_t>(std::max<std::int64_t>(now - due, 0)));
  }
  if (lateness.count() == 0) return;
  cell.values.merge(lateness);
  cell.observed_ns += static_cast<double>(now - start);
  cell.rounds.push_back(static_cast<double>(lateness.value_at_percentile(50)) * 1e-3);
}

}  // namespace

std::vector<Cell> measure(const Plan& plan, const std::atomic<bool>& stop,
                          void (*progress)(int turn, int of)) {
  const latency::Histogram empty(jitter::GapOptions{}.longest.count());
  std::vector<Cell> cells;
  for (const SetUp& set_up : plan.set_ups) {
    if (!set_up.pinned) {
      cells.push_back({set_up, std::nullopt, empty, 0, 0, {}, {}, {}});
      continue;
    }
    for (const int cpu : plan.cpus) {
      cells.push_back({set_up, cpu, empty, 0, 0, {}, {}, {}});
      cells.back().set_up.options.cpu = cpu;
    }
  }
  const auto clock = latency::TscClock::calibrate();
  std::vector<Cell*> order;
  for (Cell& cell : cells) order.push_back(&cell);
  std::mt19937_64 random(std::random_device{}());
  int turn = 0;
  for (int round = 0; round < plan.rounds; ++round) {
    std::shuffle(order.begin(), order.end(), random);
    for (Cell* const cell : order) {
      if (stop.load() || !cell->refusal.empty()) continue;
      progress(++turn, plan.rounds * static_cast<int>(cells.size()));
      const jitter::ThreadSetup setup(cell->set_up.options);
      cell->refusal = refusals(setup);
      if (!cell->refusal.empty()) continue;
      if (plan.sleep) {
        sleep_again_and_again(*cell, plan, stop);
      } else {
        spin(*cell, plan, clock, stop);
      }
    }
  }
  return cells;
}

}  // namespace lln::jitter_program
