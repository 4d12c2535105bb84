// The table and the result file of a contest.
#pragma once

#include "contest.hpp"

#include <lln/report/result_file.hpp>

#include <iosfwd>
#include <string>
#include <vector>

namespace lln::contest {

struct Words {
  std::string what;        // measured, for the result file
  std::string unit;        // of a round's value, for example "us"
  std::string value;       // a word for it: "median", "rate"
  bool latencies = false;  // single values were recorded, in ns
};

// In both, a contestant without rounds stands with the reason.
void print_table(std::ostream& out, const Words& words, const std::vector<Contestant>& contestants);
report::Json result_json(const Words& words, const std::vector<Contestant>& contestants,
                         const std::string& command, const std::vector<std::string>& notes);

}  // namespace lln::contest
