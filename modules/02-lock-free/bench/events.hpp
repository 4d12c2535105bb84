// The events of lln-ring-race and who takes part in each.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace lln::ring_bench {

struct Contestant {
  std::string name;
  std::function<double()> run;  // ns an operation
  std::vector<double> rounds{};
};

struct Event {
  std::string name;
  std::string title;
  std::string baseline;  // ratios are to this contestant
  std::vector<Contestant> contestants;
};

// How much a turn of one contestant does.
struct Sizes {
  std::uint64_t items = 400'000;
  std::uint64_t trips = 20'000;
  std::uint64_t pushes = 200'000;
};

std::vector<Event> make_events(const Sizes& sizes);

}  // namespace lln::ring_bench
