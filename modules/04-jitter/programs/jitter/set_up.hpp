// The set-ups that lln-jitter compares, by name: "pinned+fifo=20".
#pragma once

#include <lln/jitter/thread_setup.hpp>

#include <string>
#include <vector>

namespace lln::jitter_program {

struct SetUp {
  std::string name;
  bool pinned = false;  // to the CPU that is measured
  jitter::ThreadOptions options;
};

// Parts joined by +: plain, pinned, fifo[=1..99], slack[=ns], locked, nothp, noidle. Throws std::invalid_argument with
// one sentence that names the part.
SetUp parse_set_up(const std::string& text);

// Separated by commas; a name that comes again gets "-again" (the same twice shows the noise).
std::vector<SetUp> parse_set_ups(const std::string& text);

// "0,2-3", each once, ascending. Throws std::invalid_argument for other texts and CPUs outside `allowed`.
std::vector<int> parse_cpus(const std::string& text, const std::vector<int>& allowed);

}  // namespace lln::jitter_program
