#include <lln/app/process.hpp>

#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <ctime>
#include <fstream>
#include <iterator>
#include <sstream>

#if __has_include("lln_commit.hpp")
#include "lln_commit.hpp"
#else
#define LLN_COMMIT "unknown"
#endif
#if !defined(LLN_BUILD_FLAGS)
#define LLN_BUILD_FLAGS ""
#endif

namespace lln::app {
namespace {

std::string first_line(const char* path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

std::string cpuinfo(const std::string& key) {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind(key, 0) == 0) {
      const auto colon = line.find(':');
      return colon == std::string::npos || colon + 2 > line.size() ? "" : line.substr(colon + 2);
    }
  }
  return "";
}

bool has_word(const std::string& text, const std::string& word) {
  return (" " + text + " ").find(" " + word + " ") != std::string::npos;
}

int usable_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return ::sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

}  // namespace

double process_age_ms() {
  const std::string stat = first_line("/proc/self/stat");
  // Field 22, counted from the state that follows the name in parentheses as field 3.
  std::istringstream fields(stat.substr(std::min(stat.size(), stat.rfind(')') + 1)));
  std::string field;
  for (int i = 3; i <= 22; ++i) fields >> field;
  const double started_s = std::strtod(field.c_str(), nullptr) / static_cast<double>(::sysconf(_SC_CLK_TCK));
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return (static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9 - started_s) * 1e3;
}

std::uint64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  file >> total >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

Machine machine() {
  Machine m;
  m.cpu = cpuinfo("model name");
  if (m.cpu.empty()) m.cpu = cpuinfo("CPU implementer");
  m.cores = usable_cpus();
  utsname name{};
  if (::uname(&name) == 0) m.kernel = std::string(name.sysname) + " " + name.release + " " + name.machine;
  m.governor = first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
  if (m.governor.empty()) m.governor = "none";
  const std::string flags = cpuinfo("flags");
  m.vm = has_word(flags, "hypervisor");
  m.tsc = first_line("/sys/devices/system/clocksource/clocksource0/current_clocksource");
  if (has_word(flags, "nonstop_tsc") && has_word(flags, "constant_tsc")) m.tsc += ", invariant";
  return m;
}

Build build() {
  Build b;
#if defined(__clang__)
  b.compiler = std::string("clang ") + __clang_version__;
#else
  b.compiler = std::string("gcc ") + __VERSION__;
#endif
  b.flags = LLN_BUILD_FLAGS;
  b.commit = LLN_COMMIT;
  return b;
}

std::string utc_now() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text.data();
}

}  // namespace lln::app
