// What a result file (tools/schema/result.schema.json) says of the run, before the measurements.
#pragma once

#include <nlohmann/json.hpp>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>
#include <fstream>
#include <string>

namespace lln::ring_bench {

inline std::string processor_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

inline bool virtual_machine() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("flags")) return line.find(" hypervisor") != std::string::npos;
  }
  return false;
}

inline std::string commit() {
  std::string text;
  if (std::FILE* const pipe =
          popen("git describe --always --dirty --exclude='*' --abbrev=12 2>/dev/null", "r")) {
    char line[64];
    if (std::fgets(line, sizeof line, pipe) != nullptr) text = line;
    pclose(pipe);
  }
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.empty() ? "unknown" : text;
}

#if defined(__clang__)
inline constexpr const char* compiler = __VERSION__;  // begins with the name
#else
inline constexpr const char* compiler = "gcc " __VERSION__;
#endif

inline nlohmann::json begin_result(int argc, char** argv) {
  std::string command;
  for (int i = 0; i < argc; ++i) command += (i == 0 ? "" : " ") + std::string(argv[i]);
  utsname system{};
  uname(&system);
  char time[32];
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  std::strftime(time, sizeof time, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
  return {{"schema", "lln/result/v1"},
          {"what", "queues between two threads, ours beside their peers, in one run"},
          {"command", command},
          {"commit", commit()},
          {"time", time},
          {"machine",
           {{"cpu", processor_name()},
            {"cores", sysconf(_SC_NPROCESSORS_ONLN)},
            {"kernel", std::string(system.release) + " " + system.machine},
            {"governor", nullptr},
            {"vm", virtual_machine()},
            {"tsc", nullptr}}},
          {"build", {{"compiler", compiler}, {"flags", "-O2 -g1"}}},
          {"load", {{"kind", "closed"}, {"rate", nullptr}}},
          {"series", nlohmann::json::array()},
          {"notes",
           {"p50, min and max are of rounds; each round is a whole run with a fresh queue.",
            "Ratios are medians of ratios inside a round, with a bootstrap 95 % interval.",
            "All contestants wait alike: up to 16 pauses for throughput, one pause for round trips."}}};
}

}  // namespace lln::ring_bench
