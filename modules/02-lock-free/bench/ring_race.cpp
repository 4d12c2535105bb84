// lln-ring-race: our queues and their peers between two threads, in one run. Every round plays all contestants in a
// random order, each with a fresh queue; ratios are taken inside a round, because on a virtual machine the distance of
// two processors changes from second to second. SlotRing runs twice under two names: their ratio is the noise floor.
#include "contestants.hpp"
#include "events.hpp"
#include "result_json.hpp"
#include "statistics.hpp"
#include "two_threads.hpp"

#include <lln/latency/checked_stdout.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <random>
#include <string>

namespace {

using namespace lln::ring_bench;

void play(Event& event, int rounds, std::mt19937_64& random) {
  std::vector<Contestant*> order;
  for (Contestant& contestant : event.contestants) order.push_back(&contestant);
  for (Contestant* contestant : order) contestant->run();  // warm-up, not counted
  for (int round = 0; round < rounds; ++round) {
    std::shuffle(order.begin(), order.end(), random);
    for (Contestant* contestant : order) contestant->rounds.push_back(contestant->run());
    std::fprintf(stderr, "\r%-60s round %d of %d ", event.title.c_str(), round + 1, rounds);
  }
  std::fprintf(stderr, "\r%80s\r", "");
}

void report(const Event& event, nlohmann::json& result) {
  std::printf("\n%-44s %9s %9s %9s   ratio to %s [95 %%]\n", event.title.c_str(), "median", "least", "most",
              event.baseline.c_str());
  const auto base = std::find_if(event.contestants.begin(), event.contestants.end(),
                                 [&](const Contestant& c) { return c.name == event.baseline; });
  for (const Contestant& contestant : event.contestants) {
    const auto [least, most] = std::minmax_element(contestant.rounds.begin(), contestant.rounds.end());
    std::printf("  %-42s %9.1f %9.1f %9.1f", contestant.name.c_str(), median(contestant.rounds), *least,
                *most);
    nlohmann::json series = {
        {"name", event.name + "." + contestant.name},
        {"title", event.title + ": " + contestant.name},
        {"unit", "ns"},
        {"n", contestant.rounds.size()},
        {"quantiles", {{"p50", median(contestant.rounds)}, {"p90", quantile(contestant.rounds, 0.9)}}},
        {"min", *least},
        {"max", *most},
        {"rounds", contestant.rounds}};
    if (base != event.contestants.end()) {
      const Ratio ratio = ratio_of(contestant.rounds, base->rounds);
      std::printf("   %.2f [%.2f .. %.2f]", ratio.median, ratio.ci95[0], ratio.ci95[1]);
      series["ratio_to"] = {{"name", event.name + "." + event.baseline}, {"median", ratio.median}};
      series["ci95"] = ratio.ci95;
      result["summary"]["ratio"][event.name][contestant.name] = ratio.median;
    }
    std::printf("\n");
    result["summary"]["ns"][event.name][contestant.name] = median(contestant.rounds);
    result["summary"]["per_s_millions"][event.name][contestant.name] = 1000.0 / median(contestant.rounds);
    result["series"].push_back(std::move(series));
  }
  const Contestant* first = nullptr;
  for (const Contestant& contestant : event.contestants) {
    if (contestant.name.ends_with("-again")) {
      for (const Contestant& c : event.contestants) {
        if (c.name + "-again" == contestant.name) first = &c;
      }
      const Ratio twin = ratio_of(contestant.rounds, first->rounds);
      std::printf("  noise floor (A/A): %.2f [%.2f .. %.2f]\n", twin.median, twin.ci95[0], twin.ci95[1]);
      result["summary"]["a_a"][event.name] = {{"median", twin.median}, {"ci95", twin.ci95}};
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const lln::latency::CheckedStdout checked("lln-ring-race");
  CLI::App app("Races our queues and their peers between two threads; see modules/02-lock-free/README.md");
  int rounds = 21;
  std::string json;
  std::string only;
  double scale = 1;
  app.add_option("--rounds", rounds, "rounds; ratios are taken inside a round")->check(CLI::Range(1, 1000));
  app.add_option("--scale", scale, "length of each contestant's turn, 1: some milliseconds")
      ->check(CLI::Range(0.001, 1000.0));
  app.add_option("--only", only,
                 "events whose name contains this: single, batch, round_trip, contended, uncontended");
  app.add_option("--json", json, "write the result there");
  CLI11_PARSE(app, argc, argv);

  Sizes sizes;
  for (auto* size : {&sizes.items, &sizes.trips, &sizes.pushes}) {
    *size = std::max<std::uint64_t>(64, static_cast<std::uint64_t>(static_cast<double>(*size) * scale));
  }
  if (!two_processors()) std::puts("ONE PROCESSOR: these figures measure the scheduler, not the queues.");
#if !defined(LLN_HAVE_BOOST_LOCKFREE)
  std::puts("boost: not installed (apt: libboost-dev), left out");
#endif
#if !defined(LLN_HAVE_READERWRITERQUEUE)
  std::puts("readerwriterqueue: not installed (apt: libreaderwriterqueue-dev), left out");
#endif
#if !defined(LLN_HAVE_CONCURRENTQUEUE)
  std::puts("concurrentqueue: not installed (apt: libconcurrentqueue-dev), left out");
#endif
  std::vector<Event> events = make_events(sizes);
  nlohmann::json result = begin_result(argc, argv);
  std::mt19937_64 random(std::random_device{}());
  for (Event& event : events) {
    if (event.name.find(only) == std::string::npos) continue;
    play(event, rounds, random);
    report(event, result);
  }
  for (const auto& [event, ratios] : result["summary"]["ratio"].items()) {
    if (event == "contended_push" || event == "uncontended") continue;  // there the baseline is another one
    for (const auto& [name, ratio] : ratios.items()) {
      result["summary"]["times_boost"][event][name] = 1 / ratio.get<double>();
    }
  }
  for (const auto& [event, medians] : result["summary"]["ns"].items()) {
    if (!medians.contains("mailbox")) continue;
    for (const auto& [name, ns] : medians.items()) {
      result["summary"]["to_mailbox"][event][name] = ns.get<double>() / medians["mailbox"].get<double>();
    }
  }
  result["summary"]["two_processors"] = two_processors();
  if (!json.empty()) {
    std::ofstream file(json);
    file << result.dump(1) << '\n';
    if (!file) {
      std::fprintf(stderr, "cannot write %s\n", json.c_str());
      return 1;
    }
  }
}
