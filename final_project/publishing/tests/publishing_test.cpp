// One process: what a consumer is told, early, late and lapped.
#include "testkit.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <stdexcept>
#include <string>

namespace lln::publishing {
namespace {

using testkit::new_name;
using testkit::Notes;
using testkit::quote_of;

constexpr Cause because(std::uint64_t sequence) { return {.sequence = sequence, .rx_ns = 7}; }

class PublishingTest : public ::testing::Test {
 protected:
  std::string name = new_name();
  Publisher publisher{{.name = name, .symbols = 16, .ring_events = 8}};
};

TEST_F(PublishingTest, EachConsumerSeesEachEventWithItsCause) {
  Subscriber one(name);
  Subscriber other(name);
  publisher.quote(3, quote_of(30), because(100));
  publisher.trade(3, {.match = 5, .shares = 10, .price = 12'345, .printable = 1}, because(101));
  for (Subscriber* subscriber : {&one, &other}) {
    BookEvent event;
    ASSERT_EQ(subscriber->read(event), ReadResult::item);
    EXPECT_EQ(event.kind, EventKind::quote);
    EXPECT_EQ(event.locate, 3);
    EXPECT_EQ(event.quote(), quote_of(30));
    EXPECT_EQ(event.cause.sequence, 100u);
    EXPECT_EQ(event.cause.rx_ns, 7);
    EXPECT_NE(event.ticks, 0u);
    ASSERT_EQ(subscriber->read(event), ReadResult::item);
    EXPECT_EQ(event.kind, EventKind::trade);
    EXPECT_EQ(event.trade(), (TradePrint{.match = 5, .shares = 10, .price = 12'345, .printable = 1}));
    EXPECT_EQ(event.cause.sequence, 101u);
    EXPECT_EQ(subscriber->read(event), ReadResult::empty);
    EXPECT_EQ(subscriber->lost(), 0u);
  }
}

TEST_F(PublishingTest, WhoComesLateGetsTheStateAndThenTheEvents) {
  publisher.session({'D', 'A', 'Y'});
  publisher.name(1, {'A', 'A'});
  publisher.quote(1, quote_of(1), because(1));
  publisher.quote(1, quote_of(2), because(2));
  publisher.trade(1, {.match = 1, .shares = 100, .price = 9, .printable = 1}, because(3));
  publisher.trade(1, {.match = 2, .shares = 50, .price = 8, .printable = 0}, because(4));
  Subscriber subscriber(name);
  Notes notes;
  MarketView view(subscriber, notes);
  EXPECT_EQ(notes.quotes.at(1), quote_of(2));
  EXPECT_EQ(notes.volumes.at(1), 100u) << "what is not printable is no volume";
  EXPECT_EQ(notes.quotes.size(), 1u) << "a symbol without name and events is not told";
  publisher.quote(1, quote_of(5), because(5));
  EXPECT_EQ(view.poll(), 1u);
  EXPECT_EQ(notes.quotes.at(1), quote_of(5));
  SymbolState state;
  ASSERT_TRUE(subscriber.load_state(1, state));
  EXPECT_EQ(state.stock, (Stock{'A', 'A'}));
  EXPECT_EQ(state.last_price, 8u);
  EXPECT_EQ(state.last_shares, 50u);
}

TEST_F(PublishingTest, WhoWasLappedIsToldHowManyAndGoesOnFromTheState) {
  Subscriber subscriber(name);
  Notes notes;
  MarketView view(subscriber, notes);
  for (std::uint64_t n = 1; n <= 20; ++n)
    publisher.quote(static_cast<std::uint16_t>(n % 4), quote_of(n), because(n));
  EXPECT_GT(view.poll(), 0u);
  EXPECT_EQ(view.overruns(), 1u);
  EXPECT_EQ(subscriber.lost(), 20u) << "all are in the states";
  for (const std::uint64_t n : {17u, 18u, 19u, 20u}) EXPECT_EQ(notes.quotes.at(n % 4), quote_of(n));
  EXPECT_TRUE(notes.events.empty());
  publisher.quote(2, quote_of(99), because(21));
  EXPECT_EQ(view.poll(), 1u);
  EXPECT_EQ(notes.quotes.at(2), quote_of(99));
  EXPECT_EQ(subscriber.lost(), 20u);
}

// As a publisher leaves it that was taken off its CPU in the middle of writing: an odd version.
class HalfWritten {
 public:
  HalfWritten(const std::string& name, std::uint16_t locate)
      : fd_(::open(testkit::path_of(name).c_str(), O_RDWR | O_CLOEXEC)),
        at_(static_cast<off_t>(sizeof(Header) + locate * sizeof(SymbolCell))) {
    EXPECT_EQ(::pread(fd_, &version_, sizeof version_, at_), static_cast<ssize_t>(sizeof version_));
    write(version_ + 1);
  }
  ~HalfWritten() {
    write(version_);
    ::close(fd_);
  }
  HalfWritten(const HalfWritten&) = delete;
  HalfWritten& operator=(const HalfWritten&) = delete;

 private:
  void write(std::uint64_t version) const {
    EXPECT_EQ(::pwrite(fd_, &version, sizeof version, at_), static_cast<ssize_t>(sizeof version));
  }
  int fd_;
  off_t at_;
  std::uint64_t version_ = 0;
};

TEST_F(PublishingTest, AStateThatIsBeingWrittenIsReadLater) {
  Subscriber subscriber(name);
  Notes notes;
  MarketView view(subscriber, notes);
  for (std::uint64_t n = 1; n <= 20; ++n)
    publisher.quote(static_cast<std::uint16_t>(n % 4), quote_of(n), because(n));
  {
    const HalfWritten second(name, 2);
    EXPECT_EQ(view.poll(), 3u);
    EXPECT_EQ(notes.quotes.count(2), 0u);
    EXPECT_EQ(view.poll(), 0u) << "a publisher that died there would keep us for ever";
    publisher.quote(3, quote_of(21), because(21));
    EXPECT_EQ(view.poll(), 1u);
    EXPECT_EQ(notes.quotes.at(3), quote_of(21));
    Notes late;
    MarketView late_view(subscriber, late);
    EXPECT_EQ(late.quotes.size(), 3u);
  }
  EXPECT_EQ(view.poll(), 1u);
  EXPECT_EQ(notes.quotes.at(2), quote_of(18));
  EXPECT_EQ(view.poll(), 0u) << "read once";
}

TEST_F(PublishingTest, ARingThatIsJustFullLosesNothing) {
  Subscriber subscriber(name);
  Notes notes;
  MarketView view(subscriber, notes);
  for (std::uint64_t n = 1; n <= 8; ++n) publisher.quote(1, quote_of(n), because(n));
  EXPECT_EQ(view.poll(), 8u);
  EXPECT_EQ(notes.events.size(), 8u);
  EXPECT_EQ(subscriber.lost(), 0u);
  EXPECT_EQ(view.overruns(), 0u);
}

TEST_F(PublishingTest, WhatIsInTheStateAlreadyIsNotToldAgain) {
  Subscriber subscriber(name);  // from here on it sees events
  publisher.trade(1, {.match = 1, .shares = 100, .price = 9, .printable = 1}, because(1));
  publisher.quote(2, quote_of(2), because(1));
  Notes notes;
  MarketView view(subscriber, notes);  // and here it reads the states: trade and quote are in both
  EXPECT_EQ(notes.volumes.at(1), 100u);
  view.poll();
  EXPECT_EQ(notes.volumes.at(1), 100u) << "counted twice";
  EXPECT_TRUE(notes.events.empty()) << "told twice";
  publisher.trade(1, {.match = 2, .shares = 1, .price = 9, .printable = 1}, because(2));
  view.poll();
  EXPECT_EQ(notes.volumes.at(1), 101u);
}

TEST_F(PublishingTest, ANameBetweenTwoEventsHidesNeither) {
  Subscriber subscriber(name);
  publisher.quote(1, quote_of(1), because(1));
  publisher.name(2, {'B'});
  Notes notes;
  MarketView view(subscriber, notes);
  publisher.quote(2, quote_of(2), because(2));
  view.poll();
  EXPECT_EQ(notes.quotes.at(2), quote_of(2));
}

TEST_F(PublishingTest, ATradeOfMoreThanTheStateHolds) {
  constexpr std::uint64_t many = (1ULL << 32) + 5;
  publisher.trade(1, {.match = 1, .shares = many, .price = 9, .printable = 1}, because(1));
  EXPECT_EQ(publisher.state(1).last_shares, 0xFFFFFFFFU) << "the most, not what is left of it";
  EXPECT_EQ(publisher.state(1).volume, many);
}

TEST_F(PublishingTest, ASessionClearsWhatWasKnown) {
  publisher.session({'M', 'O', 'N'});
  publisher.quote(0, quote_of(1), because(1));
  publisher.quote(1, quote_of(1), because(1));
  Subscriber subscriber(name);
  Notes notes;
  MarketView view(subscriber, notes);
  publisher.end_of_session(because(2));
  FeedStatus ended;
  ASSERT_TRUE(subscriber.load_feed(ended));
  EXPECT_EQ(ended.phase, FeedPhase::ended);
  publisher.session({'T', 'U', 'E'});
  view.poll();
  EXPECT_EQ(notes.feed, (std::vector{EventKind::end, EventKind::session}));
  for (const std::uint16_t locate : std::initializer_list<std::uint16_t>{0, 1, 15})
    EXPECT_EQ(publisher.state(locate).quote, Quote{}) << locate;
  FeedStatus feed;
  ASSERT_TRUE(subscriber.load_feed(feed));
  EXPECT_EQ(feed.session, (SessionId{'T', 'U', 'E'}));
  EXPECT_EQ(feed.session_number, 2u);
}

TEST_F(PublishingTest, VoidBooksAreSaid) {
  Subscriber subscriber(name);
  publisher.books_void(because(1));
  FeedStatus feed;
  ASSERT_TRUE(subscriber.load_feed(feed));
  EXPECT_FALSE(feed.books_valid);
  publisher.books_valid(because(1));
  publisher.beat(FeedPhase::live, 12);
  ASSERT_TRUE(subscriber.load_feed(feed));
  EXPECT_TRUE(feed.books_valid);
  EXPECT_EQ(feed.messages, 12u);
}

TEST_F(PublishingTest, ALocateBeyondTheTableIsNeitherPublishedNorRead) {
  Subscriber subscriber(name);
  publisher.quote(16, quote_of(1), because(1));
  publisher.trade(65'535, {}, because(2));
  publisher.name(16, {'X'});
  BookEvent event;
  EXPECT_EQ(subscriber.read(event), ReadResult::empty);
  SymbolState state;
  EXPECT_FALSE(subscriber.load_state(16, state));
}

TEST(Publisher, RefusesImpossibleSizes) {
  EXPECT_THROW(Publisher({.name = new_name(), .symbols = 0}), std::invalid_argument);
  EXPECT_THROW(Publisher({.name = new_name(), .ring_events = 12}), std::invalid_argument);
  EXPECT_THROW(Publisher({.name = "a/b"}), std::invalid_argument);
  EXPECT_THROW(Publisher({.name = ""}), std::invalid_argument);
}

}  // namespace
}  // namespace lln::publishing
