// Table, result file and curves of a campaign.
#pragma once

#include "campaign.hpp"

#include <lln/report/result_file.hpp>

#include <iosfwd>
#include <string>
#include <vector>

namespace lln::echo_client {

// `under_ns`: the limit of which the share of answers is told.
void print(std::ostream& out, const Campaign& campaign, const std::vector<LoadResult>& results,
           std::uint64_t under_ns);

report::Json result_json(const Campaign& campaign, const std::vector<LoadResult>& results,
                         std::uint64_t under_ns, const std::string& command);

// <folder>/<series>.hgrm in us: where ./course report looks for curves. Throws std::system_error.
void write_curves(const std::string& folder, const std::vector<LoadResult>& results);

// "tcp, 64 connections, 16 on their way on each, 64 bytes, closed loop, spinning"
std::string describe(const Campaign& campaign);

}  // namespace lln::echo_client
