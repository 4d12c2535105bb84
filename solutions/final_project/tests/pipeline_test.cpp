#include "allocation_count.hpp"
#include "handler_testkit.hpp"

#include <lln/handler/pipeline.hpp>

#include <gtest/gtest.h>

#include <chrono>

namespace lln::handler {
namespace {

using namespace std::chrono_literals;
using latency::TscClock;
using testkit::Bytes;

constexpr Capacity small{.orders = 10'000, .levels = 1'000, .symbols = 100};

class PipelineTest : public ::testing::Test {
 protected:
  void SetUp() override { pipeline.start(); }

  void offer(const Bytes& bytes, Line line, bool disturbed = false) {
    pipeline.on_packet({bytes, line, {0, TscClock::now(), disturbed}});
    pipeline.turn_done(false, 0);
  }
  void poll_until(auto&& condition) {
    while (!condition()) {
      pipeline.watch().tick(TscClock::now());
      pipeline.turn_done(true, 0);
    }
  }
  std::vector<feed::SymbolDigest> digests() const {
    std::vector<feed::SymbolDigest> result;
    for (std::uint16_t i = 1; i <= testkit::day_symbols; ++i) {
      const auto& books = pipeline.books();
      result.push_back({{i}, std::string(books.symbol({i})), books.order_count({i}), books.digest({i})});
    }
    return result;
  }

  TscClock clock = TscClock::calibrate(20ms);
  lock_free::SpscRing<BboEvent> strategy{1024};
  Pipeline::Options options{.feed = {}, .one_way = false, .watch_symbol = "TEST2", .strategy = &strategy};
  Pipeline pipeline{options, clock, std::make_unique<OrderBooks>(small)};
};

TEST_F(PipelineTest, BothLinesGiveEachMessageOnceAndTheRightBooks) {
  const auto messages = testkit::small_day(2'000);
  for (const Bytes& packet : testkit::packed(messages)) {
    offer(packet, Line::a);
    offer(packet, Line::b);
  }
  EXPECT_TRUE(pipeline.ended());
  EXPECT_EQ(pipeline.metrics().messages(), messages.size());
  EXPECT_EQ(digests(), testkit::digests_of(messages));
  EXPECT_EQ(pipeline.metrics().recovered.count(), 0u) << "nothing had to wait";
}

TEST_F(PipelineTest, PacketsThatWaitedForAHoleAreShownAlone) {
  const auto messages = testkit::small_day(100);
  const auto packets = testkit::packed(messages);  // 10 packets and the end
  offer(packets[0], Line::a);
  offer(packets[2], Line::a);
  offer(packets[3], Line::a);
  offer(packets[1], Line::b);
  EXPECT_EQ(pipeline.metrics().messages(), 40u);
  EXPECT_EQ(pipeline.metrics().recovered.count(), 20u) << "packets 3 and 4 waited, packet 2 itself did not";
  EXPECT_EQ(pipeline.metrics().message_rx_to_book.all().count(), 40u) << "and all are in the raw series";
}

TEST_F(PipelineTest, AHeldPacketKeepsItsDisturbance) {
  const auto packets = testkit::packed(testkit::small_day(100));
  offer(packets[0], Line::a);
  offer(packets[2], Line::a, true);
  offer(packets[1], Line::b);
  EXPECT_GE(pipeline.metrics().message_rx_to_book.disturbed.count(), 10u);
  EXPECT_EQ(pipeline.metrics().messages(), 30u);
}

TEST_F(PipelineTest, WhatNobodyBringsBackIsUnrecoveredAndTheFeedGoesOn) {
  const auto messages = testkit::small_day(100);
  const auto packets = testkit::packed(messages);
  for (std::size_t i = 0; i < packets.size(); ++i) {
    if (i != 5) offer(packets[i], Line::a);
  }
  poll_until([&] { return pipeline.ended(); });
  EXPECT_EQ(pipeline.session().counters().unrecovered, 10u);
  EXPECT_EQ(pipeline.metrics().messages(), 90u);
}

TEST_F(PipelineTest, TheStrategySeesTheBestPrices) {
  for (const Bytes& packet : testkit::packed(testkit::small_day(500))) offer(packet, Line::a);
  std::vector<Bbo> newest(testkit::day_symbols + 1);
  std::size_t events = 0;
  while (auto event = strategy.try_pop()) {
    newest[event->locate.value] = event->bbo;
    ++events;
  }
  EXPECT_EQ(events, pipeline.sink().bbo_changes());
  EXPECT_GT(events, 0u);
  for (std::uint16_t i = 1; i <= testkit::day_symbols; ++i) EXPECT_EQ(newest[i], pipeline.books().bbo({i}));
}

TEST_F(PipelineTest, ASlowStrategyLosesEventsAndNothingElse) {
  const auto messages = testkit::small_day(20'000);
  for (const Bytes& packet : testkit::packed(messages)) offer(packet, Line::a);
  EXPECT_EQ(strategy.size_approx(), strategy.capacity());
  EXPECT_EQ(pipeline.sink().not_taken(), pipeline.sink().bbo_changes() - strategy.capacity());
  EXPECT_EQ(digests(), testkit::digests_of(messages));
}

TEST_F(PipelineTest, TheLadderIsPublishedOnRequest) {
  for (const Bytes& packet : testkit::packed(testkit::small_day(500))) offer(packet, Line::a);
  app::Ladder ladder;
  poll_until([&] { return pipeline.live().ladder(ladder); });
  ASSERT_TRUE(ladder.known);
  ASSERT_GT(ladder.bid_levels, 0u);
  const Bbo bbo = pipeline.books().bbo({2});
  EXPECT_EQ(ladder.bids[0].price, bbo.bid_price);
  EXPECT_EQ(ladder.asks[0].price, bbo.ask_price);
  poll_until([&] { return pipeline.live().status().messages == 500; });
  EXPECT_EQ(pipeline.live().status().state, app::FeedState::ended);
}

TEST_F(PipelineTest, NoAllocationAndNoPageFaultAfterWarmUp) {
  if (!testkit::allocations_are_counted()) GTEST_SKIP() << "the sanitizer has its own operator new";
  const auto packets = testkit::packed(testkit::small_day(60'000));
  const std::size_t warm = packets.size() / 4;
  for (std::size_t i = 0; i < warm; ++i) offer(packets[i], Line::a);
  const std::size_t allocations = testkit::allocation_count();
  const ThreadUsage usage;
  for (std::size_t i = warm; i < packets.size(); ++i) {
    if (i % 50 != 0) offer(packets[i], Line::a);  // holes, so that the reorder window works too
    if (i > warm) offer(packets[i - 1], Line::b);
    if (i % 16 == 0) {
      pipeline.watch().tick(TscClock::now());
      pipeline.turn_done(true, 0);
    }
  }
  EXPECT_EQ(testkit::allocation_count() - allocations, 0u);
  EXPECT_EQ(usage.since().page_faults, 0u);
  EXPECT_GT(pipeline.metrics().messages(), 59'000u) << "the work was done";
}

}  // namespace
}  // namespace lln::handler
