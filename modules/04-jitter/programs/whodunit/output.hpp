// What was found, as text, result file and page.
#pragma once

#include "session.hpp"

#include <lln/report/result_file.hpp>

#include <iosfwd>
#include <string>

namespace lln::whodunit {

void print_ranking(std::ostream& out, const Case& what, const Findings& findings, std::size_t most);
// The longest gaps, in order of time, slice by slice.
void print_timeline(std::ostream& out, const Findings& findings, std::size_t most);

report::Json result_json(const Case& what, const Findings& findings, const std::string& command,
                         const std::string& provoked);

// One self-contained page: ranking, and a picture with a lane for each culprit.
std::string html_page(const Case& what, const Findings& findings, const std::string& command);

}  // namespace lln::whodunit
