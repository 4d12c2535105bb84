// Contestants that take turns in one run: each round plays all of them once in a random order, and ratios are taken
// round by round, because on a shared machine the next second is another machine.
//
// Threads: one; a turn may start threads and processes of its own and ends them before it returns.
#pragma once

#include <lln/latency/histogram.hpp>

#include <atomic>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace lln::contest {

// Thrown by a turn that this machine cannot do: the contestant is left out, and the report says why. Any other
// exception means that a measurement went wrong, and ends the run.
struct Unavailable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// What the rounds of a contestant are compared by; and, for latencies, each single one.
struct Turn {
  double value = 0;
  std::map<std::string, double> extras = {};  // more to report, by name: "lost %"
};

struct Contestant {
  std::string name;   // no dots, no slashes: it is part of the names in the result file
  std::string title;  // for the table
  std::string rival;  // the contestant that it is compared with; empty = none
  // Records single values (ns) and returns the round's.
  std::function<Turn(latency::Histogram&)> turn;

  std::string refusal = {};  // why it was not measured
  std::vector<double> rounds = {};
  std::map<std::string, std::vector<double>> extras = {};
  latency::Histogram values{10'000'000'000};
};

// Its own function, compiled once: each place that adds one would pay for all the strings.
void add(std::vector<Contestant>& contestants, std::string_view name, std::string_view title,
         std::string_view rival, std::function<Turn(latency::Histogram&)> turn);

// After one turn of each that does not count. `stop` is looked at between turns.
void play(std::vector<Contestant>& contestants, int rounds, const std::atomic<bool>& stop,
          void (*progress)(int turn, int of));

// Only those named in the comma-separated list, and their rivals; where nobody has the whole name, all whose names
// contain it. An empty list: all. std::invalid_argument for a name that nobody has.
std::vector<Contestant> chosen(std::vector<Contestant> contestants, const std::string& parts);

}  // namespace lln::contest
