// What lln-book-bench prints, and its result file.
#include "campaign.hpp"
#include "paired_statistics.hpp"

#include <lln/app/result_header.hpp>

#include <nlohmann/json.hpp>

#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <utility>

namespace lln::book_bench {
namespace {

using Json = nlohmann::ordered_json;

Json ratio_json(const std::string& to, const Ratio& ratio) {
  return {{"name", to}, {"median", ratio.median}, {"ci95", {ratio.ci95[0], ratio.ci95[1]}}};
}

}  // namespace

void print(const Options& options, const Outcome& outcome) {
  const std::vector<double>& floor = *outcome.rounds_of("touch_floor");
  const std::vector<double>* maps = outcome.rounds_of("map_book");
  std::printf("%zu live orders, %.1f MB of books; medians of %zu rounds, (p25-p75)\n\n", outcome.live_orders,
              static_cast<double>(outcome.book_bytes) * 1e-6, options.rounds);
  std::printf("%-46s %9s %17s %9s %8s %8s\n", "", "ns/msg", "", "M msg/s", "x floor", "map/x");
  for (const Outcome::Entry& entry : outcome.entries) {
    const char* title = entry.title.c_str();
    if (outcome.is_wrong(entry.name)) {
      std::printf("%-46s WRONG BOOK: its digests differ\n", title);
      continue;
    }
    const double ns = median(entry.ns);
    std::printf("%-46s %9.1f  (%6.1f-%6.1f) %9.1f %8.2f ", title, ns, quantile(entry.ns, 0.25),
                quantile(entry.ns, 0.75), 1e3 / ns, ratio_of(entry.ns, floor).median);
    if (maps != nullptr && !outcome.is_wrong("map_book"))
      std::printf("%8.1f", ratio_of(*maps, entry.ns).median);
    std::printf("\n");
  }
  const Ratio twin = ratio_of(*outcome.rounds_of("l3_look_ahead_twin"), *outcome.rounds_of("l3_look_ahead"));
  std::printf("\nA/A noise floor: %.3f (%.3f-%.3f)\n", twin.median, twin.ci95[0], twin.ci95[1]);
  std::printf(
      "one message at a time, ns, clock reading of %.0f ns included: p50 %.0f  p90 %.0f  p99 %.0f  p99.9 "
      "%.0f  max %.0f\n",
      outcome.clock.to_ns(outcome.clock_cost_ticks), outcome.ns(50), outcome.ns(90), outcome.ns(99),
      outcome.ns(99.9), outcome.clock.to_ns(outcome.one_by_one_ticks.max()));
  std::printf("this thread had the CPU for %.1f %% of the timed stretches%s\n",
              100 * outcome.cpu_ns / outcome.wall_ns,
              options.cpu_time                          ? " (figures are CPU time)"
              : outcome.cpu_ns < 0.97 * outcome.wall_ns ? ": too little, the figures are worth nothing"
                                                        : "");
  std::printf("all %u digests equal: %s\n", options.symbols, outcome.wrong.empty() ? "yes" : "NO");
}

void write_json(const Options& options, const Outcome& outcome, const std::string& command) {
  Json json = app::result_header(
      "order books built from memory: ns per message beside the memory floor and a map-based book", command,
      "closed", std::nullopt);
  const std::vector<double>& floor = *outcome.rounds_of("touch_floor");
  const std::vector<double>* maps = outcome.rounds_of("map_book");
  Json summary = {{"messages", outcome.messages},
                  {"timed_messages", outcome.steady_messages},
                  {"live_orders", outcome.live_orders},
                  {"book_bytes", outcome.book_bytes},
                  {"digest_mismatches", outcome.wrong.size()},
                  {"ns_per_message", Json::object()},
                  {"messages_per_s", Json::object()},
                  {"ratio_to_floor", Json::object()},
                  {"map_book_ratio", Json::object()}};
  for (const Outcome::Entry& entry : outcome.entries) {
    const std::string& name = entry.name;
    if (outcome.is_wrong(name)) continue;
    const Ratio to_floor = ratio_of(entry.ns, floor);
    Json quantiles = {{"p50", median(entry.ns)}};
    if (entry.ns.size() >= 40)
      quantiles = {
          {"p25", quantile(entry.ns, 0.25)}, {"p50", median(entry.ns)}, {"p75", quantile(entry.ns, 0.75)}};
    json["series"].push_back({{"name", name},
                              {"title", entry.title},
                              {"unit", "ns/message"},
                              {"n", entry.ns.size()},
                              {"quantiles", quantiles},
                              {"min", quantile(entry.ns, 0)},
                              {"max", quantile(entry.ns, 1)},
                              {"ratio_to", ratio_json("touch_floor", to_floor)},
                              {"ci95", {to_floor.ci95[0], to_floor.ci95[1]}},
                              {"rounds", entry.ns}});
    summary["ns_per_message"][name] = median(entry.ns);
    summary["messages_per_s"][name] = 1e9 / median(entry.ns);
    summary["ratio_to_floor"][name] = to_floor.median;
    if (maps != nullptr && !outcome.is_wrong("map_book"))
      summary["map_book_ratio"][name] = ratio_of(*maps, entry.ns).median;
  }
  if (!outcome.is_wrong("latency_one_by_one")) {
    Json quantiles = Json::object();
    for (const auto& [key, p] :
         {std::pair{"p50", 50.0}, {"p90", 90.0}, {"p99", 99.0}, {"p99_9", 99.9}, {"p99_99", 99.99}})
      if (static_cast<double>(outcome.one_by_one_ticks.count()) * (100 - p) / 100 >= 10)
        quantiles[key] = outcome.clock.to_ns(outcome.one_by_one_ticks.value_at_percentile(p));
    json["series"].push_back({{"name", "latency_one_by_one"},
                              {"title", "one message at a time: apply and read best bid and offer"},
                              {"unit", "ns"},
                              {"n", outcome.one_by_one_ticks.count()},
                              {"quantiles", quantiles},
                              {"min", outcome.clock.to_ns(outcome.one_by_one_ticks.min())},
                              {"max", outcome.clock.to_ns(outcome.one_by_one_ticks.max())}});
    summary["latency_one_by_one_ns"] = quantiles;
  }
  const Ratio twin = ratio_of(*outcome.rounds_of("l3_look_ahead_twin"), *outcome.rounds_of("l3_look_ahead"));
  summary["a_a_ratio"] = ratio_json("l3_look_ahead", twin);
  summary["cpu_share"] = outcome.cpu_ns / outcome.wall_ns;
  summary["figures_are_cpu_time"] = options.cpu_time;
  summary["clock_read_ns"] = outcome.clock.to_ns(outcome.clock_cost_ticks);
  json["notes"] = {
      "Rounds: consecutive stretches of the simulated day, played by every contestant in random order; "
      "ratios are taken inside a round.",
      "The floor decodes, and changes one prefetched 32-byte order record and one book line a message; it "
      "searches nothing.",
      "Books and map book tell every change of best bid and offer; all digests and events were compared at "
      "the end.",
      "Latency of one message includes one reading of the clock (clock_read_ns), which is not subtracted."};
  json["summary"] = summary;
  std::ofstream out(options.json);
  out << json.dump(2) << '\n';
  out.close();
  if (!out) throw std::runtime_error("cannot write " + options.json);
  std::printf("written: %s\n", options.json.c_str());
}

}  // namespace lln::book_bench
