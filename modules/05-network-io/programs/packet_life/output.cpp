#include "output.hpp"

#include <cstdio>
#include <filesystem>
#include <ostream>
#include <sstream>

namespace lln::packet_life {
namespace {

template <class... Arguments>
std::string text(const char* format, Arguments... arguments) {
  char buffer[256];
  std::snprintf(buffer, sizeof buffer, format, arguments...);
  return buffer;
}

void print_row(std::ostream& out, const char* which, const net::Decomposition::Profile& profile) {
  if (profile.messages == 0) return;
  out << text("  %-18s", which);
  for (const double ns : profile.leg_ns) out << text(" %9.1f", ns * 1e-3);
  out << text(" %9.1f\n", profile.whole_ns * 1e-3);
}

const Result* find(const std::vector<Result>& results, const std::string& name) {
  for (const Result& result : results) {
    if (result.what.name == name && result.found.whole.count() > 0) return &result;
  }
  return nullptr;
}

report::Json series(const std::string& name, const std::string& title, const latency::Histogram& histogram) {
  return {{"name", name},
          {"title", title},
          {"unit", "ns"},
          {"n", histogram.count()},
          {"quantiles", report::quantiles_of(histogram)},
          {"min", histogram.min()},
          {"max", histogram.max()}};
}

report::Json profile_json(const net::Decomposition::Profile& profile) {
  if (profile.messages == 0) return {};
  report::Json json;
  for (std::size_t i = 0; i < net::legs; ++i)
    json[net::to_string(static_cast<net::Leg>(i))] = profile.leg_ns[i];
  json["whole"] = profile.whole_ns;
  json["messages"] = profile.messages;
  return json;
}

}  // namespace

net::Decomposition::Profile typical(const Result& result) { return result.found.between(45, 55); }
net::Decomposition::Profile slow(const Result& result) { return result.found.between(98.5, 99.5); }

void print_table(std::ostream& out, const std::vector<Result>& results) {
  out << "Microseconds. A typical message is the average of those around the median, a slow one of those "
         "around the "
         "99th percentile.\n\n"
      << text("%-20s %9s %9s %9s %9s %9s\n", "", "stack", "queue", "wire", "delivery", "whole");
  for (const Result& result : results) {
    out << result.what.title;
    if (!result.skipped.empty()) {
      out << "\n  skipped: " << result.skipped << '\n';
      continue;
    }
    if (const std::uint64_t left = result.found.unstamped + result.found.lost + result.found.backwards;
        left > 0)
      out << text(" (left out: %llu not received, %llu without all stamps, %llu with the clock set back)",
                  static_cast<unsigned long long>(result.found.lost),
                  static_cast<unsigned long long>(result.found.unstamped),
                  static_cast<unsigned long long>(result.found.backwards));
    out << '\n';
    if (result.what.stamps) {
      print_row(out, "typical", typical(result));
      print_row(out, "slow", slow(result));
    } else if (result.found.whole.count() > 0) {
      out << text("  %-18s %49.1f\n", "median",
                  static_cast<double>(result.found.whole.value_at_percentile(50)) * 1e-3);
    }
  }
}

std::string price_of_looking(const std::vector<Result>& results) {
  const Result* with = find(results, "udp");
  const Result* without = find(results, "unstamped");
  report::Ratio ratio{};
  if (with == nullptr || without == nullptr ||
      !report::ratio_of(with->medians_ns, without->medians_ns, ratio))
    return {};
  return text(
      "The price of looking: with all stamps the median is %.2f times [%.2f .. %.2f] that without any",
      ratio.median, ratio.low, ratio.high);
}

void write_curves(const std::string& directory, const std::vector<Result>& results) {
  std::filesystem::create_directories(directory);
  const auto write = [&](const std::string& name, const latency::Histogram& histogram) {
    std::ostringstream curve;
    histogram.write_hgrm(curve, 1000);
    report::write_file(directory + "/" + name + ".hgrm", curve.str());
  };
  for (const Result& result : results) {
    if (result.found.whole.count() == 0) continue;
    write(result.what.name, result.found.whole);
    for (std::size_t i = 0; i < net::legs && result.what.stamps; ++i)
      write(result.what.name + "." + net::to_string(static_cast<net::Leg>(i)), result.found.by_leg[i]);
  }
}

report::Json result_json(const std::vector<Result>& results, const Facts& facts) {
  using report::Json;
  Json json = report::begin_result("the life of a packet, from program to program", facts.command, "open");
  Json cases = Json::object();
  for (const Result& result : results) {
    if (!result.skipped.empty()) {
      json["notes"].push_back(result.what.title + " skipped: " + result.skipped);
      continue;
    }
    const net::Decomposition& found = result.found;
    json["series"].push_back(series(result.what.name, result.what.title, found.whole));
    for (std::size_t i = 0; i < net::legs && result.what.stamps; ++i) {
      const char* leg = net::to_string(static_cast<net::Leg>(i));
      json["series"].push_back(
          series(result.what.name + "." + leg, result.what.title + ": " + leg, found.by_leg[i]));
    }
    cases[result.what.name] = {{"lost", found.lost},
                               {"unstamped", found.unstamped},
                               {"backwards", found.backwards},
                               {"typical_ns", profile_json(typical(result))},
                               {"slow_ns", profile_json(slow(result))}};
  }
  Json cost;
  report::Ratio ratio{};
  const Result* with = find(results, "udp");
  const Result* without = find(results, "unstamped");
  if (with != nullptr && without != nullptr && report::ratio_of(with->medians_ns, without->medians_ns, ratio))
    cost = {{"ratio", ratio.median}, {"ci95", {ratio.low, ratio.high}}};
  json["summary"] = {{"cases", cases}, {"stamped_to_unstamped", cost}};
  for (const std::string& note : facts.notes) json["notes"].push_back(note);
  json["notes"].push_back(
      "typical_ns: the average of the messages between the 45th and the 55th percentile of the whole; "
      "slow_ns: "
      "between 98.5 and 99.5. A message is complete, or counted in lost, unstamped or backwards.");
  return json;
}

}  // namespace lln::packet_life
