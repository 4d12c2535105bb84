// The command line of lln-handler.
#pragma once

#include <lln/app/exit_code.hpp>
#include <lln/handler_api.hpp>

#include <optional>
#include <string>

namespace lln::app {

struct Options {
  HandlerConfig handler;
  std::string report;          // JSON file
  std::string hgrm;            // directory
  std::string digests;         // file to write
  std::string expect_digests;  // file to compare with
  std::string publish;         // output stream: file, FIFO or /dev/fd/N
  std::string shm;             // best prices and trades in shared memory, under this name
  std::optional<double> seconds;
  std::optional<double> idle_exit;
  bool quiet = false;
  bool find_limit = false;
  std::string exchange;  // program for find_limit; empty: beside our own binary
  std::string command;   // as typed
};

// Either options, or the code to leave with (help was printed, or one sentence said what is wrong).
struct ParsedOptions {
  std::optional<Options> options;
  ExitCode exit = ExitCode::ok;
};
ParsedOptions parse_options(int argc, const char* const* argv);

// Before a long run: throws std::system_error when a file that it shall write has no directory to be in.
void check_writable(const Options& options);

}  // namespace lln::app
