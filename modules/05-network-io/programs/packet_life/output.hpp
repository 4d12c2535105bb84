// What was found, as text, result file and page.
#pragma once

#include "campaign.hpp"

#include <lln/report/result_file.hpp>

#include <iosfwd>
#include <string>

namespace lln::packet_life {

struct Facts {
  std::string command;
  std::vector<std::string> notes;  // what the machine can and cannot do
};

// The two messages that stand for a case: an average one around the median, and one around the 99th percentile.
net::Decomposition::Profile typical(const Result& result);
net::Decomposition::Profile slow(const Result& result);

void print_table(std::ostream& out, const std::vector<Result>& results);
// What the stamps cost; empty when it was not measured.
std::string price_of_looking(const std::vector<Result>& results);

report::Json result_json(const std::vector<Result>& results, const Facts& facts);

// <directory>/<case>.hgrm, and <case>.<leg>.hgrm, in us. Throws std::system_error.
void write_curves(const std::string& directory, const std::vector<Result>& results);

// One self-contained page: the stations, and for each case what its legs took.
std::string html_page(const std::vector<Result>& results, const Facts& facts);

}  // namespace lln::packet_life
