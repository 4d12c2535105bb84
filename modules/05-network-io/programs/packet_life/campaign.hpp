// All cases, in turns that alternate, so that a machine whose speed changes changes it for all of them.
#pragma once

#include "turn.hpp"

#include <string>
#include <vector>

namespace lln::packet_life {

struct Plan {
  std::vector<Case> cases;
  int rounds = 5;
  std::size_t messages = 2000;  // a turn
};

struct Result {
  Case what;
  net::Decomposition found;
  std::vector<double> medians_ns;  // of the whole, a turn each
  std::string skipped;             // why it was not measured; empty when it was
};

// What is needed for the cases on a cable: empty functions where there is none.
struct Cable {
  std::string why_not;  // one sentence; empty: there is one
  Sides sides;
  std::string why_no_queue;                           // the same for the queue
  std::function<void(bool)> set_queue = [](bool) {};  // puts the queue in, or takes it out
};

using Progress = std::function<void(int turn, int of)>;

// Ends early, with what there is, when `stop` becomes true. Throws std::system_error.
std::vector<Result> run(const Plan& plan, const Cable& cable, const std::atomic<bool>& stop,
                        const Progress& progress);

}  // namespace lln::packet_life
