#include "output.hpp"

#include <cstdio>
#include <filesystem>
#include <ostream>
#include <sstream>

namespace lln::echo_client {
namespace {

std::string text(const char* format, double value) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, format, value);
  return buffer;
}

double us(std::uint64_t ns) { return static_cast<double>(ns) * 1e-3; }

// "-" with less than ten values beyond it.
std::string percentile(const latency::Histogram& histogram, double p) {
  if (static_cast<double>(histogram.count()) * (100 - p) / 100 < 10) return "-";
  return text("%.1f", us(histogram.value_at_percentile(p)));
}

std::string series_name(const LoadResult& result) {
  return result.rate > 0 ? "rate-" + text("%.0f", result.rate) : "closed";
}

void row(std::ostream& out, std::initializer_list<std::string> columns) {
  for (const std::string& column : columns) {
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, "%11s", column.c_str());
    out << buffer;
  }
  out << '\n';
}

void print_one(std::ostream& out, const LoadResult& result, std::uint64_t under_ns) {
  const auto& outcome = result.outcome;
  out << "sent " << outcome.sent << ", answered " << outcome.answered << ", lost " << outcome.lost;
  if (outcome.unexpected > 0) out << ", unexpected answers " << outcome.unexpected;
  if (result.rate > 0)
    out << "; sent late " << outcome.late << ", the latest by "
        << text("%.1f us", us(static_cast<std::uint64_t>(outcome.latest_ns)));
  out << "\nthroughput " << text("%.0f", outcome.per_second()) << " answers/s\n";
  out << "answered within " << text("%g", us(under_ns))
      << " us: " << text("%.4f", 100 * share_under(result, under_ns)) << " %\n";
  row(out, {"us", "min", "mean", "p50", "p90", "p99", "p99.9", "p99.99", "max"});
  const auto line = [&](const char* name, const latency::Histogram& h) {
    if (h.count() == 0) return;
    row(out,
        {name, text("%.1f", us(h.min())), text("%.1f", h.mean() * 1e-3), percentile(h, 50), percentile(h, 90),
         percentile(h, 99), percentile(h, 99.9), percentile(h, 99.99), text("%.1f", us(h.max()))});
  };
  line("latency", result.latency);
  if (result.rate > 0) line("service", result.service);
  line("in server", result.server);
}

void print_sweep(std::ostream& out, const std::vector<LoadResult>& results) {
  row(out, {"asked/s", "answered/s", "lost", "p50 us", "p99 us", "p99.9 us", "max us", ""});
  for (const LoadResult& result : results) {
    row(out, {text("%.0f", result.rate), text("%.0f", result.outcome.per_second()),
              std::to_string(result.outcome.lost), percentile(result.latency, 50),
              percentile(result.latency, 99), percentile(result.latency, 99.9),
              text("%.1f", us(result.latency.max())), kept_up(result) ? "" : "overload"});
  }
}

report::Json series(const std::string& name, const std::string& title, const latency::Histogram& h) {
  return {{"name", name},
          {"title", title},
          {"unit", "ns"},
          {"n", h.count()},
          {"quantiles", report::quantiles_of(h)},
          {"min", h.min()},
          {"max", h.max()}};
}

report::Json curve(const char* title, double p, const std::vector<LoadResult>& results) {
  report::Json points = report::Json::array();
  for (const LoadResult& result : results) {
    if (static_cast<double>(result.latency.count()) * (100 - p) / 100 >= 10)
      points.push_back({result.rate, us(result.latency.value_at_percentile(p))});
  }
  return {{"title", title}, {"points", points}};
}

}  // namespace

std::string describe(const Campaign& campaign) {
  using Kind = ServerAddress::Kind;
  std::string words = "shared memory";
  if (campaign.server)
    words = campaign.server->kind == Kind::tcp ? "tcp" : campaign.server->kind == Kind::udp ? "udp" : "unix";
  if (campaign.port.connections > 1)
    words += ", " + std::to_string(campaign.port.connections) + " connections";
  if (campaign.rates.empty() && campaign.pipeline > 1)
    words += ", " + std::to_string(campaign.pipeline) + " on their way on each";
  words += ", " + std::to_string(campaign.port.connection.message_size) + " bytes";
  words += campaign.rates.empty() ? ", closed loop"
           : campaign.poisson     ? ", open loop (Poisson)"
                                  : ", open loop";
  return words + (campaign.port.block ? ", blocking client" : ", spinning client");
}

void print(std::ostream& out, const Campaign& campaign, const std::vector<LoadResult>& results,
           std::uint64_t under_ns) {
  out << describe(campaign) << '\n';
  if (campaign.rates.size() > 1) {
    print_sweep(out, results);
  } else if (!results.empty()) {
    print_one(out, results.front(), under_ns);
  }
  for (const LoadResult& result : results) {
    if (!result.error.empty()) out << "ended before its time: " << result.error << '\n';
  }
}

report::Json result_json(const Campaign& campaign, const std::vector<LoadResult>& results,
                         std::uint64_t under_ns, const std::string& command) {
  using report::Json;
  Json json = report::begin_result("echo: " + describe(campaign), command,
                                   campaign.rates.empty() ? "closed" : "open");
  if (campaign.rates.size() == 1) json["load"]["rate"] = campaign.rates.front();
  double most_kept_up = 0;
  for (const LoadResult& result : results) {
    const std::string name = series_name(result);
    const std::string at = result.rate > 0 ? text(" at %.0f/s", result.rate) : "";
    json["series"].push_back(series(name, "round trip" + at, result.latency));
    if (result.rate > 0 && result.service.count() > 0)
      json["series"].push_back(series(name + ".service", "since it was sent" + at, result.service));
    if (result.server.count() > 0)
      json["series"].push_back(series(name + ".server", "in the server" + at, result.server));
    json["summary"][name] = {{"per_second", result.outcome.per_second()},
                             {"under_ms", us(under_ns) * 1e-3},
                             {"share_under", share_under(result, under_ns)},
                             {"mean_us", result.latency.mean() * 1e-3},
                             {"sent", result.outcome.sent},
                             {"answered", result.outcome.answered},
                             {"lost", result.outcome.lost},
                             {"unexpected", result.outcome.unexpected},
                             {"late", result.outcome.late},
                             {"kept_up", kept_up(result)}};
    if (!result.error.empty()) json["notes"].push_back(name + " ended before its time: " + result.error);
    if (result.rate > 0 && kept_up(result)) most_kept_up = std::max(most_kept_up, result.rate);
  }
  if (campaign.rates.size() > 1) {
    json["summary"]["most_kept_up"] = most_kept_up;
    json["plots"].push_back(
        {{"title", "latency over load"},
         {"x", "requests/s"},
         {"y", "us"},
         {"curves", {curve("p50", 50, results), curve("p99", 99, results), curve("p99.9", 99.9, results)}}});
  }
  json["notes"].push_back(
      campaign.rates.empty()
          ? "Closed loop: from sent to answered; waiting behind a slow answer is not in it."
          : "Open loop: from when a request was due to its answer.");
  return json;
}

void write_curves(const std::string& folder, const std::vector<LoadResult>& results) {
  std::filesystem::create_directories(folder);
  for (const LoadResult& result : results) {
    if (result.latency.count() == 0) continue;
    std::ostringstream out;
    result.latency.write_hgrm(out, 1000.0);
    report::write_file(folder + "/" + series_name(result) + ".hgrm", out.str());
  }
}

}  // namespace lln::echo_client
