// What session and arbitration add to a datagram of four messages, per datagram that arrives (both lines
// counted).
//
//   build/default/bench/arbiter_bench
//
// Each round is a day of 2,048 datagrams a line, made beforehand, in the order in which they arrive: B two
// datagrams behind A. Its second half is timed. The sink counts and reads nothing: what it costs to look into
// the messages is the book's business.
#include <lln/feed/moldudp64.hpp>
#include <lln/handler/feed_session.hpp>
#include <lln/latency/tsc_clock.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace {

using namespace lln;
using namespace lln::handler;

constexpr std::uint64_t datagrams = 2'048;
constexpr std::uint64_t messages_each = 4;
constexpr std::uint64_t lag = 2;

struct NullSink {
  void on_messages(const BlockRun& run, const PacketStamp&) noexcept { messages += run.count; }
  void on_end_of_session(std::uint64_t) noexcept {}
  void on_session_change(const feed::SessionId&, const feed::SessionId&) noexcept {}
  void on_snapshot_begin() noexcept {}
  void on_snapshot_message(std::span<const std::byte>) noexcept {}
  void on_snapshot_end(std::uint64_t) noexcept {}
  std::uint64_t messages = 0;
};

struct NoRequests {
  bool request(const feed::SessionId&, std::uint64_t, std::uint16_t) noexcept { return true; }
  std::span<const std::byte> receive() noexcept { return {}; }
};
struct NoSnapshots {
  void start(std::uint64_t) noexcept {}
  void cancel() noexcept {}
  void poll(std::uint64_t) noexcept {}
  bool next(std::span<const std::byte>&) noexcept { return false; }
  GlimpseClient::State state() const noexcept { return GlimpseClient::State::idle; }
  std::uint64_t next_sequence() const noexcept { return 1; }
  const feed::SessionId& session() const noexcept { return id; }
  feed::SessionId id{};
};

struct Day {
  explicit Day(bool both_lines, unsigned a_loses_one_in = 0) {
    bytes.reserve(datagrams * 200);
    for (std::uint64_t i = 0; i < datagrams + lag; ++i) {
      const bool lost = a_loses_one_in != 0 && i % a_loses_one_in == 3;
      if (i < datagrams && !lost) add(Line::a, i);
      if (both_lines && i >= lag) add(Line::b, i - lag);
    }
    for (std::size_t i = 0; i < packets.size(); ++i)
      packets[i].bytes = std::span<const std::byte>(bytes).subspan(places[i], sizes[i]);
  }

  void add(Line line, std::uint64_t index) {
    static constexpr std::array<std::size_t, messages_each> lengths = {36, 19, 36, 31};
    std::array<std::byte, 200> buffer;
    feed::PacketBuilder builder(buffer, feed::session_id("BENCH"));
    builder.begin(1 + index * messages_each);
    for (const std::size_t length : lengths) builder.append(std::vector<std::byte>(length, std::byte{'A'}));
    const auto datagram = builder.finish();
    places.push_back(bytes.size());
    sizes.push_back(datagram.size());
    bytes.insert(bytes.end(), datagram.begin(), datagram.end());
    packets.push_back(
        {{},
         line,
         {static_cast<std::int64_t>(1'000'000 + index * 1000 + (line == Line::b ? 300 : 0)), 0, false}});
  }

  std::vector<std::byte> bytes;
  std::vector<std::size_t> places;
  std::vector<std::size_t> sizes;
  std::vector<Packet> packets;
};

const latency::TscClock& tsc() {
  static const auto clock = latency::TscClock::calibrate();
  return clock;
}

// The best round is what the code costs; the other rounds say what the machine did meanwhile.
template <class Body>
void timed(benchmark::State& state, const Day& day, Body&& body) {
  const auto count = static_cast<double>(day.packets.size() - day.packets.size() / 2);
  double best = 1e18;
  for (auto _ : state) {
    const double ns = tsc().to_ns(body());
    best = std::min(best, ns);
    state.SetIterationTime(ns * 1e-9);
  }
  state.counters["best_ns_per_datagram"] = best / count;
}

void feed_day(benchmark::State& state, const Day& day) {
  timed(state, day, [&] {
    FeedConfig config;
    config.window = {.bytes = std::size_t{1} << 20, .messages = 1 << 14};
    NullSink sink;
    NoRequests requests;
    NoSnapshots snapshots;
    FeedCore<NullSink, NoRequests, NoSnapshots> core(config, tsc().calibration().ticks_per_ns, sink,
                                                     &requests, &snapshots);
    std::uint64_t now = latency::TscClock::now();
    const auto run = [&](std::span<const Packet> packets) {
      for (const Packet& packet : packets) {
        core.on_packet(packet, now++);
        core.poll(now);
      }
    };
    const std::size_t half = day.packets.size() / 2;
    run(std::span(day.packets).first(half));
    const std::uint64_t start = latency::TscClock::now_ordered();
    run(std::span(day.packets).subspan(half));
    const std::uint64_t took = latency::TscClock::now_ordered() - start;
    if (sink.messages != datagrams * messages_each) state.SkipWithError("messages are missing");
    return took;
  });
}

void in_order_one_line(benchmark::State& state) {
  static const Day day(false);
  feed_day(state, day);
}
void in_order_both_lines(benchmark::State& state) {
  static const Day day(true);
  feed_day(state, day);
}
void line_a_loses_one_in_eight(benchmark::State& state) {
  static const Day day(true, 8);
  feed_day(state, day);
}
template <class Parse>
void parse_day(benchmark::State& state, Parse&& parse) {
  static const Day day(true);
  timed(state, day, [&] {
    const std::uint64_t start = latency::TscClock::now_ordered();
    for (const Packet& packet : std::span(day.packets).subspan(day.packets.size() / 2))
      benchmark::DoNotOptimize(parse(packet.bytes));
    return latency::TscClock::now_ordered() - start;
  });
}
// The part of it that is validation, and the given parser doing the same.
void validation_only(benchmark::State& state) {
  parse_day(state, [](auto bytes) { return parse_mold(bytes); });
}
void validation_by_the_protocol_library(benchmark::State& state) {
  parse_day(state, [](auto bytes) { return feed::validate(bytes); });
}

BENCHMARK(in_order_one_line)->UseManualTime();
BENCHMARK(in_order_both_lines)->UseManualTime();
BENCHMARK(line_a_loses_one_in_eight)->UseManualTime();
BENCHMARK(validation_only)->UseManualTime();
BENCHMARK(validation_by_the_protocol_library)->UseManualTime();

}  // namespace
