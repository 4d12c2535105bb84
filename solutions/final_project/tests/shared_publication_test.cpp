// What a consumer in another process knows of the books of a Pipeline.
#include "allocation_count.hpp"
#include "handler_testkit.hpp"

#include <lln/handler/pipeline.hpp>
#include <lln/publishing/market_view.hpp>
#include <lln/publishing/publisher.hpp>

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <vector>

namespace lln::handler {
namespace {

using latency::TscClock;
using publishing::EventKind;
using publishing::Quote;
using testkit::Bytes;

constexpr Capacity room{.orders = 10'000, .levels = 1'000, .symbols = 100};

struct Consumer {
  std::array<Quote, testkit::day_symbols + 1> quotes{};
  std::uint64_t quote_events = 0;
  std::uint64_t trade_events = 0;
  std::uint64_t last_sequence = 0;
  bool backwards = false;
  std::vector<EventKind> feed;

  void on_state(std::uint16_t locate, const publishing::SymbolState& state) {
    quotes.at(locate) = state.quote;
  }
  void on_quote(const publishing::BookEvent& event) {
    ++quote_events;
    quotes.at(event.locate) = event.quote();
    look(event);
  }
  void on_trade(const publishing::BookEvent& event) {
    ++trade_events;
    look(event);
  }
  void on_feed(const publishing::BookEvent& event) { feed.push_back(event.kind); }
  void look(const publishing::BookEvent& event) {
    backwards = backwards || event.cause.sequence < last_sequence;
    last_sequence = event.cause.sequence;
  }
};

class SharedPublicationTest : public ::testing::TestWithParam<std::size_t> {
 protected:
  void SetUp() override { pipeline.start(); }

  void offer(const Bytes& bytes, std::int64_t rx_ns = 1) {
    pipeline.on_packet({bytes, Line::a, {rx_ns, TscClock::now(), false}});
    pipeline.turn_done(false, 0);
  }
  void expect_equal_to_books() const {
    for (std::uint16_t i = 1; i <= testkit::day_symbols; ++i) {
      const Bbo bbo = pipeline.books().bbo({i});
      EXPECT_EQ(consumer.quotes[i], (Quote{bbo.bid_shares, bbo.ask_shares, bbo.bid_price, bbo.ask_price}))
          << i;
    }
  }

  std::string name = "test-pipeline-" + std::to_string(::getpid());
  publishing::Publisher publisher{{.name = name, .symbols = 101, .ring_events = GetParam()}};
  publishing::Subscriber subscriber{name};
  Consumer consumer;
  publishing::MarketView<Consumer> view{subscriber, consumer};
  TscClock clock = TscClock::calibrate(std::chrono::milliseconds{20});
  Pipeline::Options options{.feed = {},
                            .one_way = false,
                            .watch_symbol = "",
                            .strategy = nullptr,
                            .output = nullptr,
                            .shared = &publisher};
  Pipeline pipeline{options, clock, std::make_unique<OrderBooks>(room)};
};

TEST_P(SharedPublicationTest, TheConsumerKnowsTheBestPricesOfEveryBook) {
  for (const Bytes& packet : testkit::packed(testkit::small_day(2'000))) offer(packet);
  while (view.poll() != 0) {
  }
  expect_equal_to_books();
  EXPECT_FALSE(consumer.backwards);
  publishing::SymbolState state;
  ASSERT_TRUE(subscriber.load_state(2, state));
  EXPECT_EQ(std::string(state.stock.begin(), state.stock.end()), "TEST2   ");
  publishing::FeedStatus feed;
  ASSERT_TRUE(subscriber.load_feed(feed));
  EXPECT_EQ(feed.phase, publishing::FeedPhase::ended);
  EXPECT_EQ(feed.messages, 2'000u);
  EXPECT_EQ(std::string(feed.session.begin(), feed.session.end()), "TESTDAY001");
  if (GetParam() > 10'000) {  // nothing was overrun
    EXPECT_EQ(consumer.quote_events, pipeline.sink().bbo_changes());
    EXPECT_EQ(consumer.trade_events, pipeline.sink().trades());
    EXPECT_EQ(consumer.feed, (std::vector{EventKind::session, EventKind::end}));
  } else {
    EXPECT_GT(view.overruns(), 0u);
  }
}

TEST_P(SharedPublicationTest, AnEventNamesItsMessageAndItsPacket) {
  // One message a packet, so that what changes after a packet is the work of its message.
  const auto packets = testkit::packed(testkit::small_day(200), 1);
  for (std::size_t i = 0; i + 1 < packets.size(); ++i) {
    const std::uint64_t before = publisher.published();
    offer(packets[i], static_cast<std::int64_t>(1'000 + i));
    publishing::BookEvent event;
    for (std::uint64_t n = publisher.published() - before; n > 0; --n) {
      ASSERT_EQ(subscriber.read(event), publishing::ReadResult::item);
      if (event.kind == EventKind::session) continue;
      EXPECT_EQ(event.cause.sequence, i + 1);
      EXPECT_EQ(event.cause.rx_ns, static_cast<std::int64_t>(1'000 + i));
    }
  }
}

TEST_P(SharedPublicationTest, ASnapshotVoidsTheBooksAndThenSaysWhatIsNew) {
  const auto messages = testkit::small_day(400);
  const auto packets = testkit::packed(messages);
  for (std::size_t i = 0; i < 10; ++i) offer(packets[i]);
  while (view.poll() != 0) {
  }
  consumer.feed.clear();
  pipeline.on_snapshot_begin();
  for (const Bytes& message : messages) pipeline.on_snapshot_message(message);
  pipeline.on_snapshot_end(messages.size() + 1);
  while (view.poll() != 0) {
  }
  EXPECT_EQ(consumer.feed, (std::vector{EventKind::books_void, EventKind::books_valid}));
  expect_equal_to_books();
}

TEST_P(SharedPublicationTest, BooksThatNobodyCanRepairStayVoid) {
  const auto packets = testkit::packed(testkit::small_day(400));
  offer(packets[0]);
  pipeline.on_snapshot_begin();
  pipeline.on_unrecovered(11, 21);
  pipeline.on_snapshot_end(21);
  publishing::FeedStatus feed;
  ASSERT_TRUE(subscriber.load_feed(feed));
  EXPECT_FALSE(feed.books_valid);
  pipeline.on_snapshot_begin();
  pipeline.on_snapshot_end(31);
  ASSERT_TRUE(subscriber.load_feed(feed));
  EXPECT_TRUE(feed.books_valid);
}

TEST_P(SharedPublicationTest, PublishingAllocatesNothing) {
  if (!testkit::allocations_are_counted()) GTEST_SKIP() << "the sanitizer has its own operator new";
  const auto packets = testkit::packed(testkit::small_day(20'000));
  const std::size_t allocations = testkit::allocation_count();
  for (const Bytes& packet : packets) offer(packet);
  EXPECT_EQ(testkit::allocation_count() - allocations, 0u);
  EXPECT_GT(publisher.published(), 1'000u);
}

INSTANTIATE_TEST_SUITE_P(Rings, SharedPublicationTest, ::testing::Values(16, 1 << 15));

}  // namespace
}  // namespace lln::handler
