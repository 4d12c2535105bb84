// A program that plays one contest: its options, progress, Ctrl-C, table, files and exit codes.
//
// Exit codes: 0, 1 something failed, 2 bad arguments, 77 nothing could be measured here.
// Threads: call it from main(), before any other thread is started; it takes over SIGINT, SIGTERM and SIGPIPE.
#pragma once

#include "contest.hpp"
#include "report.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace lln::contest {

struct Program {
  struct Flag {
    const char* name;  // "--no-napi"
    const char* help;
    bool* set;
  };

  std::string name;
  std::string purpose;  // for --help
  Words words;
  std::vector<std::string> remarks;  // of the result file
  // Called once, when the options are known. Throws Unavailable where nothing can be measured.
  std::function<std::vector<Contestant>(std::chrono::milliseconds turn)> contestants;

  int rounds = 3;
  double milliseconds = 250;
  std::vector<Flag> flags = {};
  // --html; empty: there is no such option.
  std::function<std::string(const std::vector<Contestant>&, const std::string& command)> page = {};
};

// The exit code.
int run(int argc, char** argv, Program program);

}  // namespace lln::contest
