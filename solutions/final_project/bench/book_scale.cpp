// lln-book-scale: memory and time of order books against the number of orders that are live at once.
//
// For each number a day of the simulator is made whose books hold so many orders; its build-up is played into fresh
// books, and what the process has grown by meanwhile is their memory. The steady state is cut into rounds; in each round
// every contestant plays the same messages, in random order. At the end all must agree in every digest.
#include "contestants.hpp"
#include "paired_statistics.hpp"
#include "stage_book.hpp"

#include <lln/app/result_header.hpp>
#include <lln/jitter/thread_setup.hpp>
#include <lln/latency/checked_stdout.hpp>
#include <lln/latency/tsc_clock.hpp>

#include <CLI/CLI.hpp>
#include <malloc.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <exception>
#include <fstream>
#include <memory>
#include <numeric>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace lln::book_bench {
namespace {

using Json = nlohmann::ordered_json;

struct ScaleOptions {
  std::vector<std::uint32_t> live_orders{10'000, 31'623, 100'000, 316'228, 1'000'000, 3'162'278, 10'000'000};
  std::uint32_t symbols = 8'000;
  std::uint64_t timed = 1'000'000;
  std::size_t rounds = 20;
  std::uint64_t seed = 1;
  std::optional<int> cpu;
  bool no_maps = false;
  std::string json;
};

struct Measured {
  std::string name;
  std::string title;
  std::uint32_t wanted;  // live orders, as asked for
  std::size_t bytes;     // that the process grew by
  std::vector<double> ns;
};

std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t size = 0;
  std::size_t resident = 0;
  if (!(file >> size >> resident)) throw std::runtime_error("cannot read /proc/self/statm");
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

double thread_cpu_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

// A fifth more than is wanted: the number swings, and a day is not known beforehand. Few orders may all have prices of
// their own; many do not.
handler::Capacity capacity_for(std::uint32_t live) {
  const std::uint32_t orders = live + live / 5 + 1000;
  return {
      .orders = orders, .levels = std::min(orders + orders / 10, orders / 2 + 200'000), .symbols = 65'535};
}

using Makers = std::vector<std::unique_ptr<Contestant> (*)(std::uint32_t live, std::uint32_t symbols)>;

Makers makers(bool maps) {
  using Books = Books<handler::OrderTable>;
  Makers all{[](std::uint32_t live, std::uint32_t) -> std::unique_ptr<Contestant> {
               return std::make_unique<Books>("l3_look_ahead", "reference books, look-ahead over the packet",
                                              capacity_for(live), Feeding::look_ahead);
             },
             [](std::uint32_t live, std::uint32_t) -> std::unique_ptr<Contestant> {
               return std::make_unique<Books>("l3_one_by_one", "reference books, one message at a time",
                                              capacity_for(live), Feeding::one_by_one);
             },
             [](std::uint32_t live, std::uint32_t) -> std::unique_ptr<Contestant> {
               return std::make_unique<StageBooks>(capacity_for(live).orders);
             }};
  if (maps)
    all.push_back([](std::uint32_t, std::uint32_t symbols) -> std::unique_ptr<Contestant> {
      return std::make_unique<Maps>(symbols);
    });
  return all;
}

struct Playing {
  std::unique_ptr<Contestant> contestant;
  Measured measured;
};

void compare(const std::vector<Playing>& playing, std::uint32_t symbols) {
  for (std::uint32_t locate = 1; locate <= symbols; ++locate)
    for (const Playing& other : playing) {
      const feed::Locate l{static_cast<std::uint16_t>(locate)};
      if (other.contestant->digest(l) != playing.front().contestant->digest(l))
        throw std::runtime_error("the books of " + other.measured.name + " differ at locate " +
                                 std::to_string(locate) + ": no figures");
    }
}

struct CpuShare {
  double cpu_ns = 0;
  double wall_ns = 0;
};

std::vector<Measured> measure(std::uint32_t live, const ScaleOptions& options, const latency::TscClock& clock,
                              CpuShare& share) {
  exchange::FlowOptions day{.symbols = options.symbols, .seed = options.seed, .live_orders = live};
  day.messages = day.minimum_messages() + 2 * std::uint64_t{live} + 2 * options.timed;
  const FlowInMemory flow(day, 1472);
  std::vector<Playing> playing;
  for (const auto make : makers(!options.no_maps)) {
    ::malloc_trim(0);  // what earlier books gave back would be taken again without being seen
    const std::size_t before = resident_bytes();
    std::unique_ptr<Contestant> contestant = make(live, options.symbols);
    contestant->play(flow.build_up());
    const std::size_t bytes = resident_bytes() - before;
    Measured measured{contestant->name(), contestant->title(), live, bytes, {}};
    playing.push_back({std::move(contestant), std::move(measured)});
  }
  std::mt19937_64 random(options.seed);
  const std::span<const BlockRun> steady = flow.steady();
  std::size_t run = 0;
  for (std::size_t round = 0; round < options.rounds; ++round) {
    std::uint64_t messages = 0;
    const std::size_t first = run;
    for (; run < steady.size() && messages < options.timed / options.rounds; ++run)
      messages += steady[run].count;
    std::shuffle(playing.begin(), playing.end(), random);
    for (Playing& each : playing) {
      const double cpu_begin = thread_cpu_ns();
      const std::uint64_t begin = latency::TscClock::now_ordered();
      each.contestant->play(steady.subspan(first, run - first));
      const double ns = clock.to_ns(latency::TscClock::now_ordered() - begin);
      share.cpu_ns += thread_cpu_ns() - cpu_begin;
      share.wall_ns += ns;
      each.measured.ns.push_back(ns / static_cast<double>(messages));
    }
  }
  compare(playing, options.symbols);
  std::sort(playing.begin(), playing.end(),
            [](const Playing& a, const Playing& b) { return a.measured.name < b.measured.name; });
  std::vector<Measured> result;
  for (Playing& each : playing) {
    const Measured& m = each.measured;
    std::printf("%9u  %-44s %8.1f MB %7.0f bytes an order %8.1f ns a message (%.1f-%.1f)\n", live,
                m.title.c_str(), static_cast<double>(m.bytes) * 1e-6, static_cast<double>(m.bytes) / live,
                median(m.ns), quantile(m.ns, 0.25), quantile(m.ns, 0.75));
    result.push_back(std::move(each.measured));
  }
  return result;
}

Json plot(const char* title, const char* y, const std::vector<Measured>& all, auto value) {
  Json curves = Json::array();
  for (const Measured& m : all) {
    auto curve =
        std::find_if(curves.begin(), curves.end(), [&](const Json& c) { return c["title"] == m.title; });
    if (curve == curves.end()) {
      curves.push_back({{"title", m.title}, {"points", Json::array()}});
      curve = curves.end() - 1;
    }
    (*curve)["points"].push_back({m.wanted, value(m)});
  }
  return {{"title", title}, {"x", "live orders"}, {"y", y}, {"curves", curves}};
}

void write_json(const ScaleOptions& options, const std::vector<Measured>& all, const CpuShare& share,
                const std::string& command) {
  Json json = app::result_header(
      "order books from memory: time of a message and memory against the number of live orders", command,
      "closed", std::nullopt);
  Json ns = Json::object();
  Json bytes = Json::object();
  for (const Measured& each : all) {
    const std::string live = std::to_string(each.wanted);
    json["series"].push_back({{"name", each.name + "." + live},
                              {"title", each.title + ", " + live + " live orders"},
                              {"unit", "ns/message"},
                              {"n", each.ns.size()},
                              {"quantiles", {{"p50", median(each.ns)}}},
                              {"min", quantile(each.ns, 0)},
                              {"max", quantile(each.ns, 1)}});
    ns[each.name][live] = median(each.ns);
    bytes[each.name][live] = each.bytes;
  }
  json["plots"] = {plot("Time of a message", "ns", all, [](const Measured& x) { return median(x.ns); }),
                   plot("Memory of the books", "MB", all,
                        [](const Measured& x) { return static_cast<double>(x.bytes) * 1e-6; })};
  json["notes"] = {
      "Rounds: consecutive stretches of the simulated day's steady state, played by every contestant in "
      "random "
      "order; the median of the rounds.",
      "Memory: resident memory of the process before the books were made and after the build-up was played "
      "into "
      "them. Books with fixed memory were made for a fifth more orders than are live.",
      "The digests of all symbols were equal at the end of each day."};
  json["summary"] = {{"symbols", options.symbols},
                     {"timed_messages", options.timed},
                     {"ns_per_message", ns},
                     {"bytes", bytes},
                     {"cpu_share", share.cpu_ns / share.wall_ns}};
  std::ofstream out(options.json);
  out << json.dump(2) << '\n';
  out.close();
  if (!out) throw std::runtime_error("cannot write " + options.json);
  std::printf("written: %s\n", options.json.c_str());
}

void run(const ScaleOptions& options, const std::string& command) {
  const jitter::ThreadSetup setup({.cpu = options.cpu});
  for (const jitter::SetupStep& step : setup.steps())
    if (!step.ok) std::fprintf(stderr, "lln-book-scale: %s: %s\n", step.name.c_str(), step.detail.c_str());
  const latency::TscClock clock = latency::TscClock::calibrate();
  std::vector<Measured> all;
  CpuShare share;
  for (const std::uint32_t live : options.live_orders)
    for (Measured& each : measure(live, options, clock, share)) all.push_back(std::move(each));
  std::printf("this thread had the CPU for %.1f %% of the timed stretches\n",
              100 * share.cpu_ns / share.wall_ns);
  if (!options.json.empty()) write_json(options, all, share, command);
}

}  // namespace
}  // namespace lln::book_bench

int main(int argc, char** argv) {
  const lln::latency::CheckedStdout checked("lln-book-scale", 2);
  lln::book_bench::ScaleOptions options;
  CLI::App app("Memory and time of order books against the number of live orders.");
  app.add_option("--live-orders", options.live_orders, "one or several numbers")
      ->delimiter(',')
      ->capture_default_str()
      ->check(CLI::Range(1, 50'000'000));
  app.add_option("--symbols", options.symbols)->capture_default_str()->check(CLI::Range(1, 65535));
  app.add_option("--timed", options.timed, "messages of the steady state that are timed")
      ->capture_default_str()
      ->check(CLI::Range(1.0, 1e9));
  app.add_option("--rounds", options.rounds)->capture_default_str()->check(CLI::Range(1, 1000));
  app.add_option("--seed", options.seed)->capture_default_str();
  app.add_option("--cpu", options.cpu, "run on this CPU");
  app.add_flag("--no-maps", options.no_maps, "leave the slow one out");
  app.add_option("--json", options.json, "write the result here");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  std::string command;
  for (int i = 0; i < argc; ++i) command += (i == 0 ? "" : " ") + std::string(argv[i]);
  try {
    lln::book_bench::run(options, command);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "lln-book-scale: %s\n", error.what());
    return 2;
  }
}
