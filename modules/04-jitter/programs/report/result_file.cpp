#include <lln/latency/tsc_clock.hpp>
#include <lln/report/result_file.hpp>

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <memory>
#include <random>
#include <system_error>

namespace lln::report {
namespace {

std::string cpuinfo(const std::string& key) {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const auto colon = line.find(": ");
    if (line.starts_with(key) && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

std::string commit() {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(
      popen("git describe --always --dirty --exclude='*' --abbrev=12 2>/dev/null", "r"), pclose);
  char line[64];
  if (pipe == nullptr || std::fgets(line, sizeof line, pipe.get()) == nullptr) return "unknown";
  std::string text = line;
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

Json machine() {
  utsname system{};
  ::uname(&system);
  std::string governor;
  std::ifstream("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor") >> governor;
  const auto source = latency::TscClock::source();
  return {{"cpu", cpuinfo("model name")},
          {"cores", ::sysconf(_SC_NPROCESSORS_ONLN)},
          {"kernel", std::string(system.release) + " " + system.machine},
          {"governor", governor.empty() ? Json(nullptr) : Json(governor)},
          {"vm", (cpuinfo("flags") + " ").find(" hypervisor ") != std::string::npos},
          {"tsc", source == latency::TscClock::Source::invariant_tsc ? "invariant" : "other"}};
}

[[noreturn]] void cannot_write(const std::string& path) {
  throw std::system_error(errno, std::generic_category(), "writing " + path);
}

#if defined(__clang__)
constexpr const char* compiler = __VERSION__;  // begins with the name
#else
constexpr const char* compiler = "gcc " __VERSION__;
#endif

}  // namespace

std::string command_line(int argc, char** argv) {
  std::string text;
  for (int i = 0; i < argc; ++i) text += (i == 0 ? "" : " ") + std::string(argv[i]);
  return text;
}

Json begin_result(const std::string& what, const std::string& command, const std::string& load_kind) {
  char time[32];
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  std::strftime(time, sizeof time, "%Y-%m-%dT%H:%M:%SZ", ::gmtime_r(&now, &utc));
  return {{"schema", "lln/result/v1"},
          {"what", what},
          {"command", command},
          {"commit", commit()},
          {"time", time},
          {"machine", machine()},
          {"build", {{"compiler", compiler}, {"flags", "-O2 -g1"}}},
          {"load", {{"kind", load_kind}, {"rate", nullptr}}},
          {"series", Json::array()},
          {"notes", Json::array()}};
}

void require_writable(const std::string& path) {
  if (path.empty()) return;
  const bool is_there = ::access(path.c_str(), F_OK) == 0;
  if (!std::ofstream(path, std::ios::app)) cannot_write(path);
  if (!is_there) ::unlink(path.c_str());
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::trunc);
  file << text;
  file.close();
  if (!file) cannot_write(path);
}

double quantile(std::vector<double> values, double p) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(p * static_cast<double>(values.size() - 1) + 0.5)];
}

double median(const std::vector<double>& values) { return quantile(values, 0.5); }

bool ratio_of(const std::vector<double>& a, const std::vector<double>& b, Ratio& ratio) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (b[i] > 0) ratios.push_back(a[i] / b[i]);
  }
  if (ratios.size() < 3) return false;
  std::mt19937_64 random(1);
  std::vector<double> medians;
  std::vector<double> drawn(ratios.size());
  for (int i = 0; i < 1000; ++i) {
    for (double& value : drawn) value = ratios[random() % ratios.size()];
    medians.push_back(median(drawn));
  }
  ratio = {median(ratios), quantile(medians, 0.025), quantile(medians, 0.975)};
  return true;
}

}  // namespace lln::report
