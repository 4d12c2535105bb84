#include "figure.hpp"

#include <lln/latency/tsc_clock.hpp>

#include <nlohmann/json.hpp>
#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>

namespace lln::numbers {
namespace {

using Json = nlohmann::ordered_json;

std::string figure_text(double ns) {
  char text[32];
  std::snprintf(text, sizeof text, ns < 10 ? "%.2f" : ns < 1000 ? "%.1f" : "%.0f", ns);
  return text;
}

// The line of /proc/cpuinfo that begins with `key`, without it.
std::string cpuinfo(std::string_view key) {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(key)) {
      const auto colon = line.find(": ");
      if (colon != std::string::npos) return line.substr(colon + 2);
    }
  }
  return {};
}

std::string output_of(const char* command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command, "r"), pclose);
  std::array<char, 128> line{};
  if (pipe == nullptr || std::fgets(line.data(), line.size(), pipe.get()) == nullptr) return {};
  std::string text(line.data());
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

std::string commit() {
  const std::string text =
      output_of("git -C '" LLN_SOURCE_DIR "' describe --always --dirty --abbrev=12 --match= 2>/dev/null");
  return text.empty() ? "unknown" : text;
}

Json machine() {
  utsname name{};
  uname(&name);
  std::ifstream governor("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
  std::string governor_text;
  governor >> governor_text;
  const bool vm = (" " + cpuinfo("flags") + " ").find(" hypervisor ") != std::string::npos;
  const auto source = latency::TscClock::source();
  return {{"cpu", cpuinfo("model name")},
          {"cores", processors()},
          {"kernel", name.release},
          {"governor", governor_text.empty() ? Json(nullptr) : Json(governor_text)},
          {"vm", vm},
          {"tsc", source == latency::TscClock::Source::invariant_tsc         ? "invariant"
                  : source == latency::TscClock::Source::arm_virtual_counter ? "cntvct"
                                                                             : "steady_clock"}};
}

// Between which of the sorted runs the true median lies with 95 % (binomial, so no shape is assumed); null
// for fewer than six runs, which cannot say.
Json median_interval(const Figure& figure) {
  const auto n = static_cast<int>(figure.runs.size());
  double probability = std::pow(0.5, n);  // that no run is below the median
  double below = probability;
  int rank = 0;
  while (below <= 0.025) {
    ++rank;
    probability *= static_cast<double>(n - rank + 1) / rank;
    below += probability;
  }
  if (rank == 0) return nullptr;
  auto sorted = figure.runs;
  std::sort(sorted.begin(), sorted.end());
  return {sorted[static_cast<std::size_t>(rank - 1)], sorted[static_cast<std::size_t>(n - rank)]};
}

Json gaps_json(const latency::Histogram& gaps) {
  Json quantiles = Json::object();
  for (const auto& [name, p] : std::initializer_list<std::pair<const char*, double>>{
           {"p50", 50}, {"p90", 90}, {"p99", 99}, {"p99_9", 99.9}, {"p99_99", 99.99}, {"p99_999", 99.999}}) {
    if (static_cast<double>(gaps.count()) * (100 - p) / 100 >= 10)
      quantiles[name] = gaps.value_at_percentile(p);
  }
  return {{"name", "clock_gaps"},   {"title", "between two readings of the clock"},
          {"unit", "ns"},           {"n", gaps.count()},
          {"quantiles", quantiles}, {"min", gaps.min()},
          {"max", gaps.max()}};
}

}  // namespace

void print_table(const std::vector<Figure>& figures) {
  std::printf("%-44s %10s %10s %10s %10s %8s\n", "ns", "median", "least", "most", "textbook", "ratio");
  for (const Figure& f : figures) {
    if (f.runs.empty()) {
      std::printf("%-44s not measured: %s\n", f.title.c_str(), f.problem.c_str());
      continue;
    }
    const double median = f.quantile(0.5);
    std::string ratio;
    if (f.textbook_ns) ratio = figure_text(median / *f.textbook_ns);
    std::printf("%-44s %10s %10s %10s %10s %8s\n", f.title.c_str(), figure_text(median).c_str(),
                figure_text(f.quantile(0)).c_str(), figure_text(f.quantile(1)).c_str(),
                f.textbook_ns ? figure_text(*f.textbook_ns).c_str() : "", ratio.c_str());
  }
}

std::string result_json(const std::vector<Figure>& figures, const latency::Histogram* gaps,
                        const std::string& command) {
  std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char time_text[32];
  std::strftime(time_text, sizeof time_text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  Json json = {{"schema", "lln/result/v1"},
               {"what", "latency numbers of this machine, beside the textbook's"},
               {"command", command},
               {"commit", commit()},
               {"time", time_text},
               {"machine", machine()},
               {"build", {{"compiler", LLN_COMPILER}, {"flags", LLN_FLAGS}}},
               {"load", {{"kind", "closed"}, {"rate", nullptr}}},
               {"series", Json::array()},
               {"notes", Json::array()}};
  json["notes"].push_back(
      "n counts repetitions; each is the mean of a loop. min and max are over repetitions, "
      "ci95 is that of the median.");
  Json ratios = Json::object();
  for (const Figure& f : figures) {
    if (f.runs.empty()) {
      json["notes"].push_back(f.title + ": not measured: " + f.problem);
      continue;
    }
    json["series"].push_back({{"name", f.name},
                              {"title", f.title},
                              {"unit", "ns"},
                              {"n", f.runs.size()},
                              {"quantiles", {{"p50", f.quantile(0.5)}}},
                              {"min", f.quantile(0)},
                              {"max", f.quantile(1)},
                              {"ci95", median_interval(f)}});
    if (f.textbook_ns) {
      json["series"].back()["ratio_to"] = {{"name", "textbook"}, {"ratio", f.quantile(0.5) / *f.textbook_ns}};
    }
    json["notes"].push_back(f.title + ": " + f.how);
    if (f.textbook_ns) {
      ratios[f.name] = {{"textbook_ns", *f.textbook_ns}, {"ratio", f.quantile(0.5) / *f.textbook_ns}};
    }
  }
  if (gaps != nullptr) json["series"].push_back(gaps_json(*gaps));
  json["summary"] = {{"textbook", ratios}};
  return json.dump(2) + "\n";
}

}  // namespace lln::numbers
