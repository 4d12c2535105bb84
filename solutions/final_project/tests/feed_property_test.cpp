// Two hundred bad days: both lines lose, double, delay and reorder packets, the re-request server is no
// better. Each message comes out once, whole and in order, or is reported once as unrecovered.
#include "feed_rig.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

namespace lln::handler {
namespace {

using namespace testkit;
using Reply = SimRequests::Reply;

constexpr std::uint64_t messages = 3000;

struct Day {
  explicit Day(std::uint64_t seed) : random(seed) {}

  bool chance(double p) { return std::uniform_real_distribution<>(0, 1)(random) < p; }
  std::uint64_t below(std::uint64_t n) { return random() % n; }

  /// What one line does to the stream. The packets' borders are the line's own: packets of A and B overlap.
  void send(Line line, double loss) {
    const std::uint64_t skew = below(300) * us;
    const std::uint64_t largest = 1 + below(12);
    std::uint64_t s = 1;
    while (s <= messages) {
      const std::uint64_t end = std::min(messages + 1, s + 1 + below(largest));
      put(line, end * 2 * us + skew, packet(s, end), loss);
      if (chance(0.02)) put(line, end * 2 * us + skew + us, packet(end, end), loss);
      s = end;
    }
    for (std::uint64_t i = 0; i < 50; ++i)
      put(line, messages * 2 * us + skew + (i + 1) * 10 * ms, end_packet(messages + 1), loss);
  }
  void put(Line line, std::uint64_t at, const Bytes& bytes, double loss) {
    if (chance(0.1)) at += below(200) * us;  // overtaken by others
    if (!chance(loss)) wire.insert({at, {line, bytes}});
    if (chance(0.05)) wire.insert({at + below(400) * us, {line, bytes}});
    if (chance(0.01)) wire.insert({at, {line, Bytes(below(30))}});
    if (chance(0.01)) wire.insert({at, {line, packet(1 + below(messages), messages + 1, "FOREIGN00F")}});
  }

  /// Lost, late, short, doubled or damaged. `gone` is not kept by the server.
  std::vector<Reply> answer(std::uint64_t s, std::uint64_t n, const std::vector<SequenceRange>& gone) {
    if (s > messages || chance(0.1)) return {};
    std::uint64_t end = std::min(messages + 1, s + n);
    for (const SequenceRange& range : gone) {
      if (s >= range.begin && s < range.end) return {};
      if (range.begin > s) end = std::min(end, range.begin);
    }
    if (chance(0.3)) end = s + 1 + below(end - s);
    Bytes bytes = packet(s, end);
    const std::uint64_t delay = chance(0.1) ? below(10) * ms : 50 * us + below(200) * us;
    if (chance(0.05)) return {{delay, packet(s, end, "FOREIGN00F")}};
    if (chance(0.05)) bytes.resize(below(bytes.size()));
    std::vector<Reply> replies{{delay, bytes}};
    if (chance(0.1)) replies.push_back({delay + below(3000) * us, bytes});
    return replies;
  }

  template <class Rig>
  void play(Rig& rig) {
    const std::uint64_t start = rig.now;
    for (const auto& [at, sent] : wire) {
      while (rig.now < start + at) {
        rig.now = std::min(rig.now + 20 * us, start + at);
        rig.core->poll(rig.now);
        if (rig.core->ended()) return;
      }
      rig.on(sent.first, sent.second);
    }
    rig.wait(1 * seconds, 100 * us);
  }

  std::mt19937_64 random;
  std::multimap<std::uint64_t, std::pair<Line, Bytes>> wire;
};

FeedConfig patient_config() {
  FeedConfig config = small_config();
  config.session = feed::session_id(default_session);  // the first packet may well be a foreign one
  config.request_attempts = 16;  // a fifth of the answers is of no use: all of 16 in 10^11 cases
  config.request_chunk = 20;
  config.window.bytes = std::size_t{1} << 20;  // the whole day
  return config;
}

void expect_all_accounted(const Rig<>& rig) {
  EXPECT_EQ(rig.sink.errors(), "");
  EXPECT_TRUE(rig.core->ended());
  EXPECT_EQ(rig.sink.next(), messages + 1);
  EXPECT_EQ(rig.sink.delivered() + rig.sink.unrecovered(), messages);
  const FeedCounters c = rig.counters();
  EXPECT_EQ(c.delivered, rig.sink.delivered());
  EXPECT_EQ(c.unrecovered, rig.sink.unrecovered());
  EXPECT_EQ(accounted(c), messages);
  EXPECT_LE(c.reordered + c.recovered_by_other_line + c.recovered_by_rerequest, c.delivered);
  EXPECT_EQ(c.lines[0].first + c.lines[1].first + c.lines[2].first, c.delivered);
  for (const LineCounters& line : c.lines)
    EXPECT_EQ(line.first + line.duplicates + line.dropped, line.messages);
}

class BadDays : public ::testing::TestWithParam<int> {
 protected:
  std::uint64_t day_seed() const { return feed_seed() + static_cast<std::uint64_t>(GetParam()) * 1'000'003; }
};

// A server that has everything: nothing may stay away.
TEST_P(BadDays, EverythingIsRecovered) {
  for (std::uint64_t i = 0; i < 20; ++i) {
    Day day(day_seed() + i);
    Rig rig(Rig<>::rerequest, patient_config());
    rig.requests.answer = [&](std::uint64_t s, std::uint16_t n) { return day.answer(s, n, {}); };
    day.send(Line::a, 0.15);
    day.send(Line::b, 0.15);
    day.play(rig);
    expect_all_accounted(rig);
    EXPECT_EQ(rig.counters().unrecovered, 0u);
    EXPECT_GT(rig.counters().recovered_by_rerequest, 0u);
    if (HasFailure()) FAIL() << "day " << i << " of seed " << feed_seed();
  }
}

// Parts of the stream that nobody has: reported, and nothing hangs.
TEST_P(BadDays, WhatNobodyHasIsReportedOnce) {
  for (std::uint64_t i = 0; i < 20; ++i) {
    Day day(day_seed() + i);
    FeedConfig config = patient_config();
    config.request_attempts = 4;
    Rig rig(day.chance(0.3) ? Rig<>::none : Rig<>::rerequest, config);
    const std::uint64_t from = 1 + day.below(messages);
    const std::vector<SequenceRange> gone{{from, from + 1 + day.below(600)}};
    rig.requests.answer = [&](std::uint64_t s, std::uint16_t n) { return day.answer(s, n, gone); };
    day.send(Line::a, 0.15);
    day.send(Line::b, 0.3);
    day.play(rig);
    expect_all_accounted(rig);
    EXPECT_LT(rig.counters().unrecovered, messages / 3);
    if (HasFailure()) FAIL() << "day " << i << " of seed " << feed_seed();
  }
}

// One line alone, and a window so small that it overflows.
TEST_P(BadDays, TinyWindow) {
  for (std::uint64_t i = 0; i < 5; ++i) {
    Day day(day_seed() + i);
    FeedConfig config = patient_config();
    config.window = {.bytes = 0, .messages = 128};
    Rig rig(Rig<>::rerequest, config);
    rig.requests.answer = [&](std::uint64_t s, std::uint16_t n) { return day.answer(s, n, {}); };
    day.send(Line::b, 0.15);
    day.play(rig);
    expect_all_accounted(rig);
    if (HasFailure()) FAIL() << "day " << i << " of seed " << feed_seed();
  }
}

INSTANTIATE_TEST_SUITE_P(Ten, BadDays, ::testing::Range(0, 10));

}  // namespace
}  // namespace lln::handler
