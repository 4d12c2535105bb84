// One investigation: a pinned thread spins, the kernel's events of its CPU are collected, gaps and events are matched.
#pragma once

#include "tracer.hpp"

#include <atomic>
#include <chrono>
#include <optional>

namespace lln::whodunit {

struct Case {
  int cpu = 0;
  std::chrono::nanoseconds duration{std::chrono::seconds(5)};
  std::chrono::nanoseconds threshold{2000};
  std::optional<int> fifo_priority = {};
  std::size_t most_events = 4'000'000;
  std::size_t most_gaps = 1'000'000;
};

struct Findings {
  jitter::Attribution attribution;
  std::uint64_t start_ns = 0;  // CLOCK_MONOTONIC
  double observed_ns = 0;
  double lost_ns = 0;      // in all gaps
  std::uint64_t gaps = 0;  // all; those beyond most_gaps are in no timeline and charged to nobody
  std::uint64_t gaps_left_out = 0;
  std::size_t events = 0;
  std::uint64_t events_lost = 0;
  TracerCost cost;
  double traced_ns = 0;            // how long the programs were attached
  std::optional<double> steal_ns;  // what the kernel's steal clock of this CPU says, in ticks of 10 ms
  std::vector<std::string> remarks;
};

// Ends early, with what there is, when `stop` becomes true. Throws CannotTrace, and
// std::system_error when the thread cannot be prepared.
Findings investigate(const Case& what, const std::atomic<bool>& stop);

}  // namespace lln::whodunit
