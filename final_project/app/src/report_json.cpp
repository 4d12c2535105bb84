#include "quantiles.hpp"

#include <lln/app/report.hpp>
#include <lln/app/result_header.hpp>

#include <nlohmann/json.hpp>

namespace lln::app {
namespace {

using Json = nlohmann::ordered_json;

double rate(const HandlerReport& report) {
  return report.seconds > 0 ? static_cast<double>(report.messages) / report.seconds : 0.0;
}

Json quantiles_json(const latency::Histogram& histogram) {
  Json result = Json::object();
  for (const Quantile& q : quantiles) {
    if (const auto value = quantile(histogram, q.percentile)) result[q.key] = *value;
  }
  return result;
}

Json series_json(const Series& series) {
  const auto& h = series.histogram;
  return {{"name", series.name}, {"title", series.title},          {"unit", "ns"},
          {"n", h.count()},      {"quantiles", quantiles_json(h)}, {"min", h.min()},
          {"max", h.max()}};
}

// The fixed keys that scripts look for; null where the samples are too few to say.
Json latency_json(const Series& series) {
  const auto& h = series.histogram;
  Json result = {{"n", h.count()}};
  for (const Quantile& q : quantiles) {
    const auto value = quantile(h, q.percentile);
    result[q.key] = value ? Json(*value) : Json(nullptr);
  }
  result["max"] = h.count() == 0 ? Json(nullptr) : Json(h.max());
  return result;
}

Json counts_json(const std::vector<Count>& counts) {
  Json result = Json::object();
  for (const Count& count : counts) result[count.name] = count.value;
  return result;
}

Json line_json(const LineReport& line) {
  return {{"packets", line.packets},       {"messages", line.messages}, {"first", line.first},
          {"duplicates", line.duplicates}, {"lost", line.lost},         {"kernel_drops", line.kernel_drops},
          {"unstamped", line.unstamped}};
}

// A gap histogram answers two questions: how often, and how much of the time in all.
Json gaps_json(const HandlerReport& report) {
  Json result = Json::object();
  for (const Series& series : report.series) {
    if (!series.name.ends_with("_gaps")) continue;
    const auto& h = series.histogram;
    const double total_ns = h.mean() * static_cast<double>(h.count());
    Json entry = {{"count", h.count()}, {"total_ns", static_cast<std::uint64_t>(total_ns)}};
    entry["share_of_time"] = report.running_seconds > 0 ? total_ns * 1e-9 / report.running_seconds : 0.0;
    entry.update(latency_json(series));
    result[series.name] = entry;
  }
  return result;
}

Json summary_json(const Outcome& outcome) {
  const HandlerReport& r = outcome.handler;
  Json summary = {{"messages", r.messages},
                  {"packets", r.packets},
                  {"unrecovered", r.unrecovered},
                  {"digest_mismatches", outcome.digests ? Json(outcome.digests->mismatches) : Json(nullptr)},
                  {"digests_compared", outcome.digests ? outcome.digests->symbols : 0},
                  {"kernel_drops", r.lines[0].kernel_drops + r.lines[1].kernel_drops},
                  {"invalid_packets", r.invalid_packets},
                  {"rate_msgs_per_s", rate(r)},
                  {"seconds", r.seconds},
                  {"ended", r.ended},
                  {"exit_code", static_cast<int>(exit_code(outcome))}};
  for (const Series& series : r.series) {
    if (series.name.ends_with("_gaps")) continue;
    summary["latency_ns"][series.name] = latency_json(series);
  }
  summary["lines"] = {{"a", line_json(r.lines[0])}, {"b", line_json(r.lines[1])}};
  summary["gaps"] = r.gaps;
  summary["recovered"] = {{"other_line", r.recovered_by_other_line},
                          {"rerequest", r.recovered_by_rerequest},
                          {"snapshot", r.recovered_by_snapshot}};
  summary["out_of_order"] = r.out_of_order;
  summary["invalid_by_reason"] = counts_json(r.invalid_by_reason);
  summary["disturbed_messages"] = r.disturbed_messages;
  const Series* all = find_series(r, series_kernel_rx_to_book);
  summary["disturbed_share"] =
      all != nullptr && all->histogram.count() > 0
          ? static_cast<double>(r.disturbed_messages) / static_cast<double>(all->histogram.count())
          : 0.0;
  summary["thread_gaps"] = gaps_json(r);
  summary["page_faults"] = r.page_faults;
  summary["involuntary_switches"] = r.involuntary_switches;
  summary["yielding"] = r.yielding;
  summary["resident_bytes"] = outcome.resident_bytes;
  summary["startup_ms"] = outcome.startup_ms;
  summary["more"] = counts_json(r.more);
  return summary;
}

Json limit_json(const LimitResult& limit) {
  Json trials = Json::array();
  for (const LimitTrial& trial : limit.trials) {
    trials.push_back({{"asked_rate", trial.asked_rate},
                      {"handled_rate", trial.handled_rate},
                      {"passed", trial.passed},
                      {"reason", trial.reason}});
  }
  return {
      {"highest_rate_msgs_per_s", limit.highest_rate}, {"limited_by", limit.limited_by}, {"trials", trials}};
}

}  // namespace

std::string report_json(const Outcome& outcome) {
  const HandlerReport& r = outcome.handler;
  Json json = result_header("final project: feed handler, multicast to order books", outcome.command, "open",
                            rate(r));
  for (const Series& series : r.series) json["series"].push_back(series_json(series));
  json["notes"] = r.notes;
  json["summary"] = summary_json(outcome);
  if (outcome.digests) json["summary"]["digest_examples"] = outcome.digests->first_few;
  if (outcome.limit) json["find_limit"] = limit_json(*outcome.limit);
  json["setup"] = Json::array();
  for (const SetupStep& step : r.setup) {
    json["setup"].push_back({{"name", step.name}, {"ok", step.ok}, {"detail", step.detail}});
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace lln::app
