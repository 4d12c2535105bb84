// What lln-book-bench plays and what comes out of it; book_bench.cpp tells how.
#pragma once

#include <lln/latency/histogram.hpp>
#include <lln/latency/tsc_clock.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lln::book_bench {

struct Options {
  std::uint64_t messages = 20'000'000;
  std::uint32_t symbols = 8'000;
  std::uint32_t live_orders = 1'300'000;
  std::uint64_t seed = 1;
  std::size_t rounds = 40;
  std::size_t packet_bytes = 1472;
  std::optional<int> cpu;
  bool cpu_time = false;
  bool tables = false;
  bool no_maps = false;
  std::string json;
};

struct Outcome {
  struct Entry {
    std::string name;
    std::string title;
    std::vector<double> ns;  // per message, one value a round
  };

  std::uint64_t messages;
  std::uint64_t steady_messages;
  std::size_t live_orders;
  std::size_t book_bytes;
  std::vector<Entry> entries;
  latency::TscClock clock;
  latency::Histogram one_by_one_ticks;  // one message at a time, from clock reading to clock reading
  std::uint64_t clock_cost_ticks;
  double cpu_ns;
  double wall_ns;
  std::vector<std::string> wrong;  // names: their books or events differ from the judge's

  bool is_wrong(const std::string& name) const {
    return std::find(wrong.begin(), wrong.end(), name) != wrong.end();
  }
  // Null when this contestant did not play.
  const std::vector<double>* rounds_of(const std::string& name) const {
    for (const Entry& entry : entries)
      if (entry.name == name) return &entry.ns;
    return nullptr;
  }
  double ns(double percentile) const { return clock.to_ns(one_by_one_ticks.value_at_percentile(percentile)); }
};

// Makes the day and the contestants, plays, compares the books. Prints what it is going to play.
Outcome play(const Options& options);

void print(const Options& options, const Outcome& outcome);

// Throws std::runtime_error when the file cannot be written.
void write_json(const Options& options, const Outcome& outcome, const std::string& command);

}  // namespace lln::book_bench
