// What a run adds up to: the report of the handler, the comparison of the digests, the exit code.
#pragma once

#include <lln/app/exit_code.hpp>
#include <lln/handler_api.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lln::app {

struct DigestComparison {
  std::uint64_t symbols = 0;           // in either list
  std::uint64_t mismatches = 0;        // different, missing or unexpected
  std::vector<std::string> first_few;  // at most five, one sentence each
};

// Compares ours with the lines of `path`. Throws std::runtime_error naming the file when it cannot be read.
DigestComparison compare_with_file(const std::vector<feed::SymbolDigest>& ours, const std::string& path);

struct LimitTrial {
  double asked_rate = 0;  // messages/s
  double handled_rate = 0;
  bool passed = false;
  bool stopped = false;  // interrupted: it proves nothing
  std::string reason;    // what failed, and on which side
};

struct LimitResult {
  std::vector<LimitTrial> trials;
  double highest_rate = 0;  // messages/s that passed; 0: none
  std::string limited_by;   // "handler", "exchange" or why the search ended
};

struct Outcome {
  HandlerReport handler;
  std::optional<DigestComparison> digests;
  std::optional<LimitResult> limit;
  bool digests_asked = false;
  bool interrupted = false;  // by a signal
  double startup_ms = 0;     // process start to `ready`
  std::uint64_t resident_bytes = 0;
  std::string command;
  std::vector<std::string> problems;  // files that could not be read or written, one sentence each
};

ExitCode exit_code(const Outcome& outcome);
// One sentence for people on why the code is not 0; empty for ok.
std::string explain(ExitCode code, const Outcome& outcome);

}  // namespace lln::app
