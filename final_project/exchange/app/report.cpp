#include "report.hpp"

#include <lln/feed/whole_file.hpp>

#include <nlohmann/json.hpp>

#include <cstdio>

namespace lln::exchange {
namespace {

using Json = nlohmann::ordered_json;

double achieved_rate(const PublisherCounters& counters) {
  const auto duration = static_cast<double>(counters.last_ns - counters.first_ns);
  return duration > 0 ? static_cast<double>(counters.messages) * 1e9 / duration : 0;
}

Json line_json(const net::Endpoint& group, const LineCounters& counters, const WireSink& sink) {
  return {{"group", group.to_string()},
          {"packets_offered", counters.offered},
          {"packets_sent", counters.sent},
          {"lost", counters.lost},
          {"lost_in_outage", counters.lost_in_outage},
          {"duplicated", counters.duplicated},
          {"reordered", counters.reordered},
          {"send_errors", sink.send_errors()}};
}

Json lateness_json(const latency::Histogram& histogram) {
  Json json{{"n", histogram.count()}, {"min", histogram.min()}};
  const std::pair<const char*, double> percentiles[] = {
      {"p50", 50}, {"p90", 90}, {"p99", 99}, {"p99_9", 99.9}, {"p99_99", 99.99}};
  for (const auto& [name, percentile] : percentiles)
    if (static_cast<double>(histogram.count()) * (1 - percentile / 100) >= 10)
      json[name] = histogram.value_at_percentile(percentile);
  json["max"] = histogram.max();
  return json;
}

Json rerequest_json(const RerequestCounters& counters) {
  return {{"requests", counters.requests},
          {"served", counters.served},
          {"messages_served", counters.messages_served},
          {"refused", counters.refused()},
          {"malformed", counters.malformed},
          {"other_session", counters.other_session},
          {"not_published", counters.not_published},
          {"too_old", counters.too_old},
          {"rate_limited", counters.rate_limited},
          {"send_failed", counters.send_failed}};
}

Json glimpse_json(const GlimpseCounters& counters, std::uint64_t given_up) {
  return {{"connections", counters.connections},
          {"logins", counters.logins},
          {"rejected_logins", counters.rejected_logins},
          {"snapshots", counters.snapshots},
          {"dropped", counters.dropped},
          {"given_up", given_up}};
}

Json books_json(const feed::SimpleBooks& books) {
  const feed::SimpleBookCounters& counters = books.counters();
  return {{"live_orders", books.live_orders()},
          {"unknown_type", counters.unknown_type},
          {"truncated", counters.truncated},
          {"bad_locate", counters.bad_locate},
          {"invalid_field", counters.invalid_field},
          {"unknown_reference", counters.unknown_reference},
          {"duplicate_reference", counters.duplicate_reference},
          {"over_reduced", counters.over_reduced}};
}

}  // namespace

std::string summary_line(const Outcome& outcome) {
  const PublisherCounters& counters = outcome.publisher.counters();
  const latency::Histogram& lateness = outcome.publisher.lateness();
  const auto lost = [](const Line& line) { return line.counters().lost + line.counters().lost_in_outage; };
  char text[512];
  std::snprintf(
      text, sizeof text,
      "published %llu messages in %llu packets a line, %.0f messages/s; late p50 %.1f us, p99 %.1f us, max "
      "%.1f us, "
      "%llu over 100 us; lost A %llu, B %llu; re-requests served %llu, refused %llu; snapshots %llu%s",
      static_cast<unsigned long long>(counters.messages), static_cast<unsigned long long>(counters.packets),
      achieved_rate(counters), static_cast<double>(lateness.value_at_percentile(50)) * 1e-3,
      static_cast<double>(lateness.value_at_percentile(99)) * 1e-3,
      static_cast<double>(lateness.max()) * 1e-3, static_cast<unsigned long long>(counters.late_100us),
      static_cast<unsigned long long>(lost(outcome.line_a)),
      static_cast<unsigned long long>(lost(outcome.line_b)),
      static_cast<unsigned long long>(outcome.rerequest != nullptr ? outcome.rerequest->counters().served
                                                                   : 0),
      static_cast<unsigned long long>(outcome.rerequest != nullptr ? outcome.rerequest->counters().refused()
                                                                   : 0),
      static_cast<unsigned long long>(outcome.glimpse != nullptr ? outcome.glimpse->counters().snapshots : 0),
      outcome.stopped ? "; stopped by a signal" : "");
  return text;
}

void write_report(const std::string& path, const Outcome& outcome) {
  const Publisher& publisher = outcome.publisher;
  const PublisherCounters& counters = publisher.counters();
  Json json{{"schema", "lln/exchange/v1"},
            {"command", outcome.options.command},
            {"session", outcome.options.session},
            {"seed", outcome.options.flow.seed},
            {"stopped_by_signal", outcome.stopped},
            {"messages", counters.messages},
            {"packets", counters.packets},
            {"heartbeats", counters.heartbeats},
            {"asked_rate_msgs_per_s", outcome.options.rate},
            {"rate_msgs_per_s", achieved_rate(counters)},
            {"lateness_ns", lateness_json(publisher.lateness())},
            {"late_over_100us", counters.late_100us}};
  json["line_a"] = line_json(outcome.options.group_a, outcome.line_a.counters(), outcome.sink_a);
  json["line_b"] = line_json(outcome.options.group_b, outcome.line_b.counters(), outcome.sink_b);
  if (outcome.rerequest != nullptr) json["rerequest"] = rerequest_json(outcome.rerequest->counters());
  if (outcome.glimpse != nullptr)
    json["glimpse"] = glimpse_json(outcome.glimpse->counters(), counters.snapshots_given_up);
  json["books"] = books_json(publisher.books());

  feed::write_file(path, json.dump(2) + "\n");
}

}  // namespace lln::exchange
