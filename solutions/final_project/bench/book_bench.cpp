// lln-book-bench: how fast the books are built from memory, beside the machine's limit and the book that everybody
// writes first.
//
// A day of the simulator lies in memory. Its steady state is cut into rounds; in each round every contestant plays the
// same messages, in random order, and goes on with its own books where it left off. Ratios are taken inside a round.
// At the end all books must have the same digest for every symbol: a wrong book gets no figure.
#include "contestants.hpp"
#include "paired_statistics.hpp"

#include <lln/app/process.hpp>
#include <lln/jitter/thread_setup.hpp>
#include <lln/latency/histogram.hpp>
#include <lln/latency/tsc_clock.hpp>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <ctime>
#include <fstream>
#include <iostream>
#include <memory>
#include <numeric>
#include <random>

namespace {

using namespace lln;
using namespace lln::book_bench;
using handler::OrderTable;
using latency::TscClock;
using Json = nlohmann::ordered_json;

struct Options {
  std::uint64_t messages = 20'000'000;
  std::uint32_t symbols = 8'000;
  std::uint32_t live_orders = 1'300'000;
  std::uint64_t seed = 1;
  std::size_t rounds = 40;
  std::size_t packet_bytes = 1472;
  std::optional<int> cpu;
  bool cpu_time = false;
  bool tables = false;
  bool no_maps = false;
  std::string json;
};

/// ns that this thread has run; stands still while others have the CPU.
double thread_cpu_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

struct Entry {
  std::unique_ptr<Contestant> contestant;
  std::vector<double> ns = {};  // per message, one value a round
};

/// A book without look-ahead, timed message by message.
struct LatencyProbe {
  handler::OrderBooks books;
  CountingSink sink;
  latency::Histogram ticks{1'000'000'000, 3};

  /// One interval runs from clock reading to clock reading: decode, apply, read the best bid and offer.
  void play(std::span<const BlockRun> runs) {
    for (const BlockRun& run : runs) {
      std::uint64_t before = TscClock::now_ordered();
      for_each_message(run, [&](std::span<const std::byte> message) {
        books.apply_one(message, sink);
        const handler::Bbo bbo = books.bbo({handler::itch::View{message.data()}.locate()});
        asm volatile("" : : "r"(bbo.bid_price), "r"(bbo.ask_price), "r"(bbo.bid_shares), "r"(bbo.ask_shares));
        const std::uint64_t after = TscClock::now_ordered();
        ticks.record(after - before);
        before = TscClock::now_ordered();
      });
    }
  }
};

std::uint64_t clock_cost_ticks() {
  latency::Histogram cost(1'000'000, 3);
  for (int i = 0; i < 100'000; ++i) {
    const std::uint64_t before = TscClock::now_ordered();
    cost.record(TscClock::now_ordered() - before);
  }
  return cost.value_at_percentile(50);
}

// Takes the largest number of whole runs that holds about the same share of the messages in each round.
std::vector<std::span<const BlockRun>> cut(std::span<const BlockRun> runs, std::size_t rounds) {
  std::vector<std::span<const BlockRun>> parts;
  for (std::size_t i = 0; i < rounds; ++i) {
    const std::size_t begin = runs.size() * i / rounds;
    parts.push_back(runs.subspan(begin, runs.size() * (i + 1) / rounds - begin));
  }
  return parts;
}

std::uint64_t messages_in(std::span<const BlockRun> runs) {
  std::uint64_t n = 0;
  for (const BlockRun& run : runs) n += run.count;
  return n;
}

/// True when the books of both agree in every symbol and both have told of the same changes.
bool agree(const Contestant& a, const Contestant& b, std::uint32_t symbols) {
  for (std::uint32_t locate = 1; locate <= symbols; ++locate) {
    const feed::Locate l{static_cast<std::uint16_t>(locate)};
    if (a.digest(l) != b.digest(l)) return false;
  }
  return a.events()->events == b.events()->events && a.events()->checksum == b.events()->checksum;
}

std::vector<Entry> make_contestants(const Options& options, const FlowInMemory& flow) {
  const handler::Capacity capacity{};
  std::vector<Entry> entries;
  const auto enter = [&](auto contestant) { entries.push_back({std::move(contestant)}); };
  const auto books = [&]<class Table>(std::string name, std::string title, Feeding feeding) {
    enter(std::make_unique<Books<Table>>(std::move(name), std::move(title), capacity, feeding));
  };
  enter(std::make_unique<DecodeOnly>());
  enter(std::make_unique<TouchFloor>(flow, capacity.orders, capacity.symbols));
  books.operator()<OrderTable>("l3_look_ahead", "L3 books, look-ahead over the packet", Feeding::look_ahead);
  books.operator()<OrderTable>("l3_look_ahead_twin", "the same again (A/A)", Feeding::look_ahead);
  books.operator()<OrderTable>("l3_one_by_one", "L3 books, one message at a time", Feeding::one_by_one);
  if (!options.no_maps) enter(std::make_unique<Maps>(options.symbols));
  if (options.tables) {
    books.operator()<TaggedTable>("tagged_look_ahead", "tagged buckets + pool, look-ahead",
                                  Feeding::look_ahead);
    books.operator()<TaggedTable>("tagged_one_by_one", "tagged buckets + pool, one at a time",
                                  Feeding::one_by_one);
    books.operator()<PagedTable>("paged_look_ahead", "paged index + pool, look-ahead", Feeding::look_ahead);
    books.operator()<PagedTable>("paged_one_by_one", "paged index + pool, one at a time",
                                 Feeding::one_by_one);
  }
  return entries;
}

class Campaign {
 public:
  Campaign(const Options& options, std::string command)
      : options_(options),
        command_(std::move(command)),
        clock_(TscClock::calibrate()),
        flow_({.symbols = options.symbols,
               .messages = options.messages,
               .seed = options.seed,
               .live_orders = options.live_orders},
              options.packet_bytes),
        entries_(make_contestants(options, flow_)) {}

  int run() {
    std::printf(
        "%.1f M messages, %u symbols, %.1f per packet, %.0f MB in memory; %.1f M of them timed in %zu "
        "rounds\n",
        static_cast<double>(flow_.messages()) * 1e-6, options_.symbols,
        static_cast<double>(flow_.messages()) /
            static_cast<double>(flow_.build_up().size() + flow_.steady().size()),
        static_cast<double>(flow_.bytes()) * 1e-6, static_cast<double>(flow_.steady_messages()) * 1e-6,
        options_.rounds);
    play_rounds();
    check();
    print();
    if (!options_.json.empty()) write_json();
    return wrong_.empty() ? 0 : 1;
  }

 private:
  void play_rounds() {
    for (Entry& entry : entries_) entry.contestant->play(flow_.build_up());
    probe_.play(flow_.build_up());
    probe_.ticks.reset();
    live_orders_ = probe_.books.order_count();
    std::mt19937_64 random(options_.seed);
    std::vector<std::size_t> order(entries_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (const std::span<const BlockRun> part : cut(flow_.steady(), options_.rounds)) {
      const auto messages = static_cast<double>(messages_in(part));
      std::shuffle(order.begin(), order.end(), random);
      for (const std::size_t i : order) {
        const double cpu_begin = thread_cpu_ns();
        const std::uint64_t begin = TscClock::now_ordered();
        entries_[i].contestant->play(part);
        const std::uint64_t end = TscClock::now_ordered();
        const double cpu_ns = thread_cpu_ns() - cpu_begin;
        const double wall_ns = clock_.to_ns(end - begin);
        entries_[i].ns.push_back((options_.cpu_time ? cpu_ns : wall_ns) / messages);
        cpu_ns_ += cpu_ns;
        wall_ns_ += wall_ns;
      }
      probe_.play(part);
    }
    for (const Entry& entry : entries_) {
      const std::uint64_t result = entry.contestant->result();
      asm volatile("" : : "r"(result));
    }
  }

  // The map book is the judge, as the simplest; without it the first of ours.
  void check() {
    const Contestant* judge = nullptr;
    for (const Entry& entry : entries_)
      if (entry.contestant->events() && (judge == nullptr || entry.contestant->name() == "map_book"))
        judge = entry.contestant.get();
    for (const Entry& entry : entries_)
      if (entry.contestant->events() && !agree(*judge, *entry.contestant, options_.symbols))
        wrong_.push_back(entry.contestant->name());
    for (std::uint32_t locate = 1; locate <= options_.symbols; ++locate) {
      const feed::Locate l{static_cast<std::uint16_t>(locate)};
      if (probe_.books.digest(l) != judge->digest(l)) {
        wrong_.push_back("latency_one_by_one");
        break;
      }
    }
  }

  bool is_wrong(const std::string& name) const {
    return std::find(wrong_.begin(), wrong_.end(), name) != wrong_.end();
  }
  const std::vector<double>* rounds_of(const std::string& name) const {
    for (const Entry& entry : entries_)
      if (entry.contestant->name() == name) return &entry.ns;
    return nullptr;
  }

  void print() const {
    const std::vector<double>& floor = *rounds_of("touch_floor");
    const std::vector<double>* maps = rounds_of("map_book");
    std::printf("%zu live orders, %.1f MB of books; medians of %zu rounds, (p25-p75)\n\n", live_orders_,
                static_cast<double>(probe_.books.bytes()) * 1e-6, options_.rounds);
    std::printf("%-46s %9s %17s %9s %8s %8s\n", "", "ns/msg", "", "M msg/s", "x floor", "map/x");
    for (const Entry& entry : entries_) {
      const char* title = entry.contestant->title().c_str();
      if (is_wrong(entry.contestant->name())) {
        std::printf("%-46s WRONG BOOK: its digests differ\n", title);
        continue;
      }
      const double ns = median(entry.ns);
      std::printf("%-46s %9.1f  (%6.1f-%6.1f) %9.1f %8.2f ", title, ns, quantile(entry.ns, 0.25),
                  quantile(entry.ns, 0.75), 1e3 / ns, ratio_of(entry.ns, floor).median);
      if (maps != nullptr && !is_wrong("map_book")) std::printf("%8.1f", ratio_of(*maps, entry.ns).median);
      std::printf("\n");
    }
    const Ratio twin = ratio_of(*rounds_of("l3_look_ahead_twin"), *rounds_of("l3_look_ahead"));
    std::printf("\nA/A noise floor: %.3f (%.3f-%.3f)\n", twin.median, twin.ci95[0], twin.ci95[1]);
    const auto ns = [&](double p) { return clock_.to_ns(probe_.ticks.value_at_percentile(p)); };
    std::printf(
        "one message at a time, ns, clock reading of %.0f ns included: p50 %.0f  p90 %.0f  p99 %.0f  p99.9 "
        "%.0f  max %.0f\n",
        clock_.to_ns(clock_cost_ticks()), ns(50), ns(90), ns(99), ns(99.9), clock_.to_ns(probe_.ticks.max()));
    std::printf("this thread had the CPU for %.1f %% of the timed stretches%s\n", 100 * cpu_ns_ / wall_ns_,
                options_.cpu_time           ? " (figures are CPU time)"
                : cpu_ns_ < 0.97 * wall_ns_ ? ": too little, the figures are worth nothing"
                                            : "");
    std::printf("all %u digests equal: %s\n", options_.symbols, wrong_.empty() ? "yes" : "NO");
  }

  Json ratio_json(const std::string& to, const Ratio& ratio) const {
    return {{"name", to}, {"median", ratio.median}, {"ci95", {ratio.ci95[0], ratio.ci95[1]}}};
  }

  void write_json() const {
    const app::Machine m = app::machine();
    const app::Build b = app::build();
    Json json = {
        {"schema", "lln/result/v1"},
        {"what",
         "order books built from memory: ns per message beside the memory floor and a map-based book"},
        {"command", command_},
        {"commit", b.commit},
        {"time", app::utc_now()},
        {"machine",
         {{"cpu", m.cpu},
          {"cores", m.cores},
          {"kernel", m.kernel},
          {"governor", m.governor},
          {"vm", m.vm},
          {"tsc", m.tsc}}},
        {"build", {{"compiler", b.compiler}, {"flags", b.flags}}},
        {"load", {{"kind", "closed"}, {"rate", nullptr}}},
        {"series", Json::array()}};
    const std::vector<double>& floor = *rounds_of("touch_floor");
    const std::vector<double>* maps = rounds_of("map_book");
    Json summary = {{"messages", flow_.messages()},       {"timed_messages", flow_.steady_messages()},
                    {"live_orders", live_orders_},        {"book_bytes", probe_.books.bytes()},
                    {"digest_mismatches", wrong_.size()}, {"ns_per_message", Json::object()},
                    {"messages_per_s", Json::object()},   {"ratio_to_floor", Json::object()},
                    {"map_book_ratio", Json::object()}};
    for (const Entry& entry : entries_) {
      const std::string& name = entry.contestant->name();
      if (is_wrong(name)) continue;
      const Ratio to_floor = ratio_of(entry.ns, floor);
      Json quantiles = {{"p50", median(entry.ns)}};
      if (entry.ns.size() >= 40)
        quantiles = {
            {"p25", quantile(entry.ns, 0.25)}, {"p50", median(entry.ns)}, {"p75", quantile(entry.ns, 0.75)}};
      json["series"].push_back({{"name", name},
                                {"title", entry.contestant->title()},
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
      if (maps != nullptr && !is_wrong("map_book"))
        summary["map_book_ratio"][name] = ratio_of(*maps, entry.ns).median;
    }
    if (!is_wrong("latency_one_by_one")) {
      Json quantiles = Json::object();
      for (const auto& [key, p] :
           {std::pair{"p50", 50.0}, {"p90", 90.0}, {"p99", 99.0}, {"p99_9", 99.9}, {"p99_99", 99.99}})
        if (static_cast<double>(probe_.ticks.count()) * (100 - p) / 100 >= 10)
          quantiles[key] = clock_.to_ns(probe_.ticks.value_at_percentile(p));
      json["series"].push_back({{"name", "latency_one_by_one"},
                                {"title", "one message at a time: apply and read best bid and offer"},
                                {"unit", "ns"},
                                {"n", probe_.ticks.count()},
                                {"quantiles", quantiles},
                                {"min", clock_.to_ns(probe_.ticks.min())},
                                {"max", clock_.to_ns(probe_.ticks.max())}});
      summary["latency_one_by_one_ns"] = quantiles;
    }
    const Ratio twin = ratio_of(*rounds_of("l3_look_ahead_twin"), *rounds_of("l3_look_ahead"));
    summary["a_a_ratio"] = ratio_json("l3_look_ahead", twin);
    summary["cpu_share"] = cpu_ns_ / wall_ns_;
    summary["figures_are_cpu_time"] = options_.cpu_time;
    summary["clock_read_ns"] = clock_.to_ns(clock_cost_ticks());
    json["notes"] = {
        "Rounds: consecutive stretches of the simulated day, played by every contestant in random order; "
        "ratios are taken inside a round.",
        "The floor decodes, and changes one prefetched 32-byte order record and one book line a message; it "
        "searches nothing.",
        "Books and map book tell every change of best bid and offer; all digests and events were compared at "
        "the end.",
        "Latency of one message includes one reading of the clock (clock_read_ns), which is not subtracted."};
    json["summary"] = summary;
    std::ofstream out(options_.json);
    out << json.dump(2) << '\n';
    out.close();
    if (!out) throw std::runtime_error("cannot write " + options_.json);
    std::printf("written: %s\n", options_.json.c_str());
  }

  Options options_;
  std::string command_;
  TscClock clock_;
  FlowInMemory flow_;
  std::vector<Entry> entries_;
  LatencyProbe probe_;
  std::size_t live_orders_ = 0;
  double cpu_ns_ = 0;
  double wall_ns_ = 0;
  std::vector<std::string> wrong_;
};

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app(
      "Order books built from memory: throughput and latency, beside the machine's limit and a map-based "
      "book.");
  app.add_option("--messages", options.messages, "of the simulated day, build-up included")
      ->capture_default_str();
  app.add_option("--symbols", options.symbols)->capture_default_str()->check(CLI::Range(1, 65535));
  app.add_option("--live-orders", options.live_orders)
      ->capture_default_str()
      ->check(CLI::Range(1, 1'900'000));
  app.add_option("--seed", options.seed)->capture_default_str();
  app.add_option("--rounds", options.rounds)->capture_default_str()->check(CLI::Range(1, 1000));
  app.add_option("--packet-bytes", options.packet_bytes, "largest UDP payload: how far look-ahead can look")
      ->capture_default_str()
      ->check(CLI::Range(128, 65507));
  app.add_option("--cpu", options.cpu, "run on this CPU");
  app.add_flag("--cpu-time", options.cpu_time,
               "measure CPU time: for a look on a busy machine, not for results");
  app.add_flag("--tables", options.tables, "the other ways to find an order as well");
  app.add_flag("--no-maps", options.no_maps, "leave the slow one out");
  app.add_option("--json", options.json, "write the result here");
  CLI11_PARSE(app, argc, argv);
  try {
    const jitter::ThreadSetup setup({.cpu = options.cpu});
    for (const jitter::SetupStep& step : setup.steps())
      if (!step.ok) std::fprintf(stderr, "lln-book-bench: %s: %s\n", step.name.c_str(), step.detail.c_str());
    std::string command;
    for (int i = 0; i < argc; ++i) command += (i == 0 ? "" : " ") + std::string(argv[i]);
    return Campaign(options, command).run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "lln-book-bench: %s\n", error.what());
    return 2;
  }
}
