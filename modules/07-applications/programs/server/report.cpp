#include "report.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>
#include <ostream>

namespace lln::echo_server_program {
namespace {

using Counts = std::array<std::uint64_t, app::echo_reason_count>;

std::string us(std::uint64_t ns) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", static_cast<double>(ns) * 1e-3);
  return text;
}

// A percentile with less than ten values beyond it says nothing.
bool enough(const latency::Histogram& values, double p) {
  return static_cast<double>(values.count()) * (100 - p) / 100 >= 10;
}

constexpr double percentiles[] = {50.0, 90.0, 99.0, 99.9, 99.99};

void print_times(std::ostream& out, const char* title, const latency::Histogram& values) {
  if (values.count() == 0) return;
  out << title << ", us: min " << us(values.min());
  for (const double p : percentiles) {
    if (enough(values, p)) out << ", p" << p << ' ' << us(values.value_at_percentile(p));
  }
  out << ", max " << us(values.max()) << '\n';
}

nlohmann::json times_json(const latency::Histogram& values) {
  nlohmann::json result = {{"n", values.count()}, {"min", values.min()}, {"max", values.max()}};
  for (const double p : percentiles) {
    char name[16];
    std::snprintf(name, sizeof name, "p%g", p);
    if (enough(values, p)) result[name] = values.value_at_percentile(p);
  }
  return result;
}

void print_counts(std::ostream& out, const char* title, const Counts& counts) {
  bool any = false;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    if (!any) out << title << '\n';
    any = true;
    const auto reason = static_cast<app::EchoReason>(i);
    out << "  " << app::name_of(reason) << ' ' << counts[i] << ": " << app::explain(reason) << '\n';
  }
}

nlohmann::json counts_json(const Counts& counts) {
  nlohmann::json result = nlohmann::json::object();
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0) result[std::string(app::name_of(static_cast<app::EchoReason>(i)))] = counts[i];
  }
  return result;
}

}  // namespace

void print_report(std::ostream& out, const app::EchoReport& report) {
  out << "requests " << report.requests << " in " << report.reads << " reads, answered in " << report.writes
      << " writes; " << report.bytes << " bytes\n";
  print_times(out, "inside the server", report.service);
  if (report.departures) {
    print_times(out, "from the answer to its sent stamp", report.departures->out);
    print_times(out, "from the request's stamp to that", report.departures->through);
    if (report.departures->unstamped > 0)
      out << "answers with a stamp missing: " << report.departures->unstamped << '\n';
    if (report.departures->backwards > 0)
      out << "answers whose stamps go backwards: " << report.departures->backwards << '\n';
  }
  if (report.unstamped > 0)
    out << "datagrams without a stamp, received by the program's clock: " << report.unstamped << '\n';
  out << "connections " << report.accepted << ", at most " << report.most_open
      << " at a time; buffers at most " << report.most_buffers << " at a time\n";
  print_counts(out, "connections ended:", report.ended);
  print_counts(out, "datagrams without an answer:", report.refused);
  if (report.unsent > 0) out << "answers for which the kernel had no room: " << report.unsent << '\n';
  out << "drained in " << us(static_cast<std::uint64_t>(report.drained_in.count())) << " us; cut off "
      << report.cut_off << '\n';
  for (const auto& step : report.steps)
    out << (step.ok ? "  " : "  not ") << step.name << ": " << step.detail << '\n';
  for (const auto& note : report.notes) out << "  " << note << '\n';
}

std::string report_json(const app::EchoReport& report) {
  nlohmann::json steps = nlohmann::json::array();
  for (const auto& step : report.steps)
    steps.push_back({{"name", step.name}, {"ok", step.ok}, {"detail", step.detail}});
  nlohmann::json result;
  result["requests"] = report.requests;
  result["bytes"] = report.bytes;
  result["reads"] = report.reads;
  result["writes"] = report.writes;
  result["accepted"] = report.accepted;
  result["most_open"] = report.most_open;
  result["most_buffers"] = report.most_buffers;
  result["ended"] = counts_json(report.ended);
  result["refused_datagrams"] = counts_json(report.refused);
  result["unsent"] = report.unsent;
  result["cut_off"] = report.cut_off;
  result["drained_in_ns"] = report.drained_in.count();
  result["service_ns"] = times_json(report.service);
  result["unstamped"] = report.unstamped;
  if (report.departures) {
    result["departure_ns"] = times_json(report.departures->out);
    result["through_ns"] = times_json(report.departures->through);
    result["departures_unstamped"] = report.departures->unstamped;
    result["departures_backwards"] = report.departures->backwards;
  }
  result["steps"] = steps;
  result["notes"] = report.notes;
  return result.dump(1);
}

}  // namespace lln::echo_server_program
