#include "test_support.hpp"

#include <lln/exchange/line.hpp>

#include <algorithm>
#include <cmath>

namespace lln::exchange {
namespace {

using testing::Bytes;
using testing::RecordingSink;
using testing::seed;

Bytes packet(std::uint32_t number) {
  Bytes bytes(20);
  feed::store_be(bytes.data(), number);
  return bytes;
}

std::vector<std::uint32_t> numbers(const RecordingSink& sink) {
  std::vector<std::uint32_t> result;
  for (const auto& datagram : sink.sent)
    result.push_back(feed::load_be<std::uint32_t>(datagram.bytes.data()));
  return result;
}

std::vector<std::uint32_t> run(const LineOptions& options, std::uint32_t packets, std::uint64_t stream = 10,
                               LineCounters* counters = nullptr) {
  RecordingSink sink;
  Line line(options, seed(), stream, sink);
  for (std::uint32_t i = 0; i < packets; ++i) line.send(packet(i), i);
  line.flush(packets);
  if (counters != nullptr) *counters = line.counters();
  return numbers(sink);
}

TEST(Line, PerfectLinePassesEverythingInOrder) {
  const auto sent = run({}, 1'000);
  ASSERT_EQ(sent.size(), 1'000U);
  for (std::uint32_t i = 0; i < 1'000; ++i) EXPECT_EQ(sent[i], i);
}

TEST(Line, LosesTheShareAskedFor) {
  LineCounters counters;
  const auto sent = run({.loss = 0.05}, 100'000, 10, &counters);
  EXPECT_NEAR(static_cast<double>(counters.lost), 5'000, 5 * std::sqrt(5'000.0)) << "seed " << seed();
  EXPECT_EQ(sent.size(), 100'000 - counters.lost);
  EXPECT_EQ(counters.sent, sent.size());
  EXPECT_EQ(counters.offered, 100'000U);
}

TEST(Line, LosesAllOrNothingAtTheEnds) {
  EXPECT_EQ(run({.loss = 1}, 1'000).size(), 0U);
  EXPECT_EQ(run({.loss = 0}, 1'000).size(), 1'000U);
}

TEST(Line, SameSeedSameLosses) { EXPECT_EQ(run({.loss = 0.3}, 1'000), run({.loss = 0.3}, 1'000)); }

TEST(Line, LinesAreIndependent) {
  const auto a = run({.loss = 0.5}, 10'000, 10);
  const auto b = run({.loss = 0.5}, 10'000, 11);
  std::vector<std::uint32_t> both;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
  EXPECT_NEAR(static_cast<double>(both.size()), 2'500, 250) << "a quarter arrives on both; seed " << seed();
}

TEST(Line, OtherFaultsDoNotChangeWhatIsLost) {
  LineCounters plain;
  LineCounters busy;
  run({.loss = 0.1}, 10'000, 10, &plain);
  run({.loss = 0.1, .duplicate = 0.5, .reorder = 0.5}, 10'000, 10, &busy);
  EXPECT_EQ(plain.lost, busy.lost) << "each packet takes its draws, whatever becomes of it";
}

TEST(Line, DuplicatesFollowTheirOriginal) {
  LineCounters counters;
  const auto sent = run({.duplicate = 0.2}, 10'000, 10, &counters);
  EXPECT_NEAR(static_cast<double>(counters.duplicated), 2'000, 250) << "seed " << seed();
  EXPECT_EQ(sent.size(), 10'000 + counters.duplicated);
  EXPECT_TRUE(std::is_sorted(sent.begin(), sent.end()));
}

TEST(Line, ReorderedPacketsLeaveBehindOneToThreeLaterOnes) {
  LineCounters counters;
  const auto sent = run({.reorder = 0.02}, 50'000, 10, &counters);
  ASSERT_EQ(sent.size(), 50'000U) << "nothing is lost";
  EXPECT_NEAR(static_cast<double>(counters.reordered), 1'000, 160) << "seed " << seed();
  std::map<std::size_t, int> overtaken;  // by how many later packets
  std::size_t late = 0;
  for (std::size_t i = 0; i < sent.size(); ++i) {
    std::size_t by = 0;
    for (std::size_t j = i >= 8 ? i - 8 : 0; j < i; ++j) by += sent[j] > sent[i];
    if (by == 0) continue;
    ++overtaken[by];
    ++late;
  }
  EXPECT_EQ(late, counters.reordered);
  for (const std::size_t by : {1UL, 2UL, 3UL}) EXPECT_GT(overtaken[by], 200) << by << " places";
  // Further back only behind others that are held back themselves.
  EXPECT_GT(overtaken[1] + overtaken[2] + overtaken[3], static_cast<int>(0.93 * static_cast<double>(late)));
}

TEST(Line, FlushReleasesWhatIsHeldBack) {
  RecordingSink sink;
  Line line({.reorder = 1}, seed(), 10, sink);
  line.send(packet(1), 0);
  EXPECT_EQ(sink.sent.size(), 0U);
  line.flush(5);
  EXPECT_EQ(numbers(sink), std::vector<std::uint32_t>{1});
}

TEST(Line, SkewDelaysEveryPacketByTheSameTime) {
  RecordingSink sink;
  Line line({.skew_ns = 500}, seed(), 11, sink);
  line.send(packet(1), 1'000);
  line.send(packet(2), 1'200);
  EXPECT_EQ(line.next_due_ns(), 1'500);
  line.poll(1'499);
  EXPECT_EQ(sink.sent.size(), 0U);
  line.poll(1'500);
  EXPECT_EQ(numbers(sink), std::vector<std::uint32_t>{1});
  EXPECT_EQ(line.next_due_ns(), 1'700);
  line.poll(1'700);
  EXPECT_EQ(numbers(sink), (std::vector<std::uint32_t>{1, 2}));
}

TEST(Line, NothingLeavesDuringAnOutage) {
  RecordingSink sink;
  LineOptions options;
  options.outages = {{100, 200}, {300, 301}};
  Line line(options, seed(), 10, sink);
  for (const std::int64_t at : {99, 100, 150, 199, 200, 299, 300, 301})
    line.send(packet(static_cast<std::uint32_t>(at)), at);
  EXPECT_EQ(numbers(sink), (std::vector<std::uint32_t>{99, 200, 299, 301}));
  EXPECT_EQ(line.counters().lost_in_outage, 4U);
}

}  // namespace
}  // namespace lln::exchange
