// The report of a run in its three forms. Quantiles are given only where ten samples lie beyond them.
#pragma once

#include <lln/app/outcome.hpp>

#include <iosfwd>
#include <string>

namespace lln::app {

// JSON text in the result format of the course (schema lln/result/v1) with a `summary` object.
std::string report_json(const Outcome& outcome);

// The compact table for the terminal.
void print_report(std::ostream& out, const Outcome& outcome);
void print_limit(std::ostream& out, const LimitResult& result);

// One .hgrm file (HdrHistogram's percentile format) a series, values in microseconds. Throws as write_file does.
void write_hgrm_files(const std::string& directory, const HandlerReport& report);

}  // namespace lln::app
