// What lln-echo-server prints when it ends: a table for people, the same as JSON for programs.
#pragma once

#include <lln/app/echo/report.hpp>

#include <iosfwd>
#include <string>

namespace lln::echo_server_program {

void print_report(std::ostream& out, const app::EchoReport& report);
std::string report_json(const app::EchoReport& report);

}  // namespace lln::echo_server_program
