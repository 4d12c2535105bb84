// Interleaved rounds: every round each set-up has its turn on each CPU, in a random order.
#pragma once

#include "set_up.hpp"

#include <lln/jitter/gap_detector.hpp>

#include <atomic>
#include <chrono>
#include <optional>

namespace lln::jitter_program {

struct Plan {
  std::vector<SetUp> set_ups;
  std::vector<int> cpus;
  int rounds = 1;
  std::chrono::nanoseconds turn{std::chrono::seconds(1)};
  std::chrono::nanoseconds threshold{1000};
  std::optional<std::chrono::nanoseconds> sleep = {};  // sleep so long over and over, instead of spinning
};

// One set-up on one CPU. In ns: gaps when spinning, lateness when sleeping.
struct Cell {
  SetUp set_up;
  std::optional<int> cpu;  // none: wherever the scheduler put it
  std::string name() const { return set_up.name + (cpu ? ".cpu" + std::to_string(*cpu) : ""); }

  latency::Histogram values;
  double observed_ns = 0;
  double lost_ns = 0;
  std::vector<double> rounds;  // spinning: us lost a second of each turn; sleeping: median lateness in us
  struct Event {
    double at_s;  // since this cell's first turn, its own turns only
    double length_us;
  };
  std::vector<Event> timeline;
  std::string refusal;  // why it was not measured
};

// Ends early, with what there is, when `stop` becomes true. `progress` is called before each turn.
std::vector<Cell> measure(const Plan& plan, const std::atomic<bool>& stop,
                          void (*progress)(int turn, int of));

}  // namespace lln::jitter_program
