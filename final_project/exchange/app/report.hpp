// What a finished run tells: one line for the terminal, JSON for programs.
#pragma once

#include "options.hpp"
#include "wire_sink.hpp"

#include <lln/exchange/publisher.hpp>

#include <string>

namespace lln::exchange {

struct Outcome {
  const Options& options;
  const Publisher& publisher;
  const Line& line_a;
  const Line& line_b;
  const WireSink& sink_a;
  const WireSink& sink_b;
  const RerequestServer* rerequest;
  const GlimpseServer* glimpse;
  bool stopped;  // by a signal
};

std::string summary_line(const Outcome& outcome);
/// Temporary file and rename. Throws std::system_error naming the file.
void write_report(const std::string& path, const Outcome& outcome);

}  // namespace lln::exchange
