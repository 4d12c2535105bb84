// Table, result file, curves and picture of a measurement.
#pragma once

#include "measure.hpp"

#include <lln/report/result_file.hpp>

#include <iosfwd>
#include <string>
#include <vector>

namespace lln::jitter_program {

void print_table(std::ostream& out, const Plan& plan, const std::vector<Cell>& cells);

report::Json result_json(const Plan& plan, const std::vector<Cell>& cells, const std::string& command,
                         const std::string& disturbance);

// <folder>/<series>.hgrm in us, for each cell with values: where ./course report looks for curves. Throws
// std::system_error.
void write_curves(const std::string& folder, const std::vector<Cell>& cells);

// What gnuplot is told in order to draw the curves and, of spinning threads, the timelines.
std::string plot_script(const Plan& plan, const std::vector<Cell>& cells, const std::string& picture);

// Runs gnuplot. False with a reason on `problems` when it is not there or fails.
bool plot(std::ostream& problems, const std::string& script);

}  // namespace lln::jitter_program
