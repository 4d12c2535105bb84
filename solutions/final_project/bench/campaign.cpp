// The rounds of lln-book-bench: everything that is timed.
#include "campaign.hpp"

#include "contestants.hpp"

#include <lln/latency/histogram.hpp>
#include <lln/latency/tsc_clock.hpp>

#include <cstdio>
#include <ctime>
#include <memory>
#include <numeric>
#include <random>

namespace lln::book_bench {
namespace {

using handler::OrderTable;
using latency::TscClock;

/// ns that this thread has run; stands still while others have the CPU.
double thread_cpu_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

struct Running {
  std::unique_ptr<Contestant> contestant;
  std::vector<double> ns = {};
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

std::vector<Running> make_contestants(const Options& options, const FlowInMemory& flow) {
  const handler::Capacity capacity{};
  std::vector<Running> entries;
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

// The map book is the judge, as the simplest; without it the first of ours.
std::vector<std::string> find_wrong(const std::vector<Running>& entries, const LatencyProbe& probe,
                                    std::uint32_t symbols) {
  std::vector<std::string> wrong;
  const Contestant* judge = nullptr;
  for (const Running& entry : entries)
    if (entry.contestant->events() && (judge == nullptr || entry.contestant->name() == "map_book"))
      judge = entry.contestant.get();
  for (const Running& entry : entries)
    if (entry.contestant->events() && !agree(*judge, *entry.contestant, symbols))
      wrong.push_back(entry.contestant->name());
  for (std::uint32_t locate = 1; locate <= symbols; ++locate) {
    const feed::Locate l{static_cast<std::uint16_t>(locate)};
    if (probe.books.digest(l) != judge->digest(l)) {
      wrong.push_back("latency_one_by_one");
      break;
    }
  }
  return wrong;
}

}  // namespace

Outcome play(const Options& options) {
  const TscClock clock = TscClock::calibrate();
  const FlowInMemory flow({.symbols = options.symbols,
                           .messages = options.messages,
                           .seed = options.seed,
                           .live_orders = options.live_orders},
                          options.packet_bytes);
  std::vector<Running> entries = make_contestants(options, flow);
  std::printf(
      "%.1f M messages, %u symbols, %.1f per packet, %.0f MB in memory; %.1f M of them timed in %zu rounds\n",
      static_cast<double>(flow.messages()) * 1e-6, options.symbols,
      static_cast<double>(flow.messages()) /
          static_cast<double>(flow.build_up().size() + flow.steady().size()),
      static_cast<double>(flow.bytes()) * 1e-6, static_cast<double>(flow.steady_messages()) * 1e-6,
      options.rounds);

  LatencyProbe probe;
  for (Running& entry : entries) entry.contestant->play(flow.build_up());
  probe.play(flow.build_up());
  probe.ticks.reset();
  const std::size_t live_orders = probe.books.order_count();

  double all_cpu_ns = 0;
  double all_wall_ns = 0;
  std::mt19937_64 random(options.seed);
  std::vector<std::size_t> order(entries.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (const std::span<const BlockRun> part : cut(flow.steady(), options.rounds)) {
    const auto messages = static_cast<double>(messages_in(part));
    std::shuffle(order.begin(), order.end(), random);
    for (const std::size_t i : order) {
      const double cpu_begin = thread_cpu_ns();
      const std::uint64_t begin = TscClock::now_ordered();
      entries[i].contestant->play(part);
      const std::uint64_t end = TscClock::now_ordered();
      const double cpu_ns = thread_cpu_ns() - cpu_begin;
      const double wall_ns = clock.to_ns(end - begin);
      entries[i].ns.push_back((options.cpu_time ? cpu_ns : wall_ns) / messages);
      all_cpu_ns += cpu_ns;
      all_wall_ns += wall_ns;
    }
    probe.play(part);
  }
  for (const Running& entry : entries) {
    const std::uint64_t result = entry.contestant->result();
    asm volatile("" : : "r"(result));
  }

  Outcome outcome{.messages = flow.messages(),
                  .steady_messages = flow.steady_messages(),
                  .live_orders = live_orders,
                  .book_bytes = probe.books.bytes(),
                  .entries = {},
                  .clock = clock,
                  .one_by_one_ticks = std::move(probe.ticks),
                  .clock_cost_ticks = clock_cost_ticks(),
                  .cpu_ns = all_cpu_ns,
                  .wall_ns = all_wall_ns,
                  .wrong = find_wrong(entries, probe, options.symbols)};
  for (Running& entry : entries)
    outcome.entries.push_back({entry.contestant->name(), entry.contestant->title(), std::move(entry.ns)});
  return outcome;
}

}  // namespace lln::book_bench
