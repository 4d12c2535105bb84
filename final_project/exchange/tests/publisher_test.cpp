#include "test_support.hpp"

#include <lln/exchange/publisher.hpp>
#include <lln/exchange/schedule.hpp>

#include <algorithm>
#include <optional>

namespace lln::exchange {
namespace {

using testing::Bytes;
using testing::copy;
using testing::ListSource;
using testing::number_of;
using testing::numbered;
using testing::RecordingSink;
using testing::small_day;
using testing::whole_day;

constexpr std::int64_t ms = 1'000'000;

struct Received {
  std::vector<Bytes> messages;
  std::vector<feed::MoldHeader> heartbeats;
  std::vector<feed::MoldHeader> ends;
  std::size_t packets = 0;
};

// Reads a line that lost nothing: every number must be the next one.
Received read_line(const RecordingSink& sink, std::size_t max_datagram = 1472) {
  Received result;
  for (const auto& datagram : sink.sent) {
    EXPECT_LE(datagram.bytes.size(), max_datagram);
    const feed::ValidatedPacket packet = feed::validate(datagram.bytes);
    EXPECT_EQ(packet.error, feed::PacketError::none);
    EXPECT_EQ(packet.header.sequence, result.messages.size() + 1);
    if (packet.header.is_heartbeat()) result.heartbeats.push_back(packet.header);
    if (packet.header.is_end_of_session()) result.ends.push_back(packet.header);
    feed::BlockCursor cursor(packet);
    std::span<const std::byte> message;
    bool any = false;
    while (cursor.next(message)) {
      result.messages.push_back(copy(message));
      any = true;
    }
    result.packets += any;
  }
  return result;
}

struct PublisherTest : ::testing::Test {
  PublisherTest() {
    options.session = feed::session_id("TEST000001");
    options.history = options.work_ahead = 50'000;
  }

  Publisher& make(MessageSource& source) {
    return publisher.emplace(options, source, line_a, line_b, nullptr, nullptr, nullptr);
  }
  void publish(MessageSource& source) {
    Publisher& p = make(source);
    p.fill(stop);
    p.run(clock, stop);
    p.end(clock, stop);
  }

  std::atomic<bool> stop{false};
  PublisherOptions options;
  RecordingSink a;
  RecordingSink b;
  Line line_a{{}, 1, 10, a};
  Line line_b{{}, 1, 11, b};
  VirtualClock clock;
  std::optional<Publisher> publisher;
};

TEST_F(PublisherTest, BothLinesCarryTheWholeDayInOrder) {
  const FlowOptions flow = small_day(30'000);
  FlowGenerator source(flow);
  options.messages = flow.messages;
  publish(source);
  const Received line = read_line(a);
  const auto day = whole_day(flow);
  ASSERT_EQ(line.messages.size(), day.size());
  for (std::size_t i = 0; i < day.size(); ++i) ASSERT_EQ(line.messages[i], copy(day[i].message()));
  EXPECT_EQ(read_line(b).messages, line.messages);
  EXPECT_EQ(publisher->counters().messages, day.size());
  EXPECT_EQ(publisher->counters().packets, line.packets);
}

TEST_F(PublisherTest, NothingLeavesEarlyOrLaterThanPackingAllows) {
  const FlowOptions flow = small_day(30'000);
  FlowGenerator source(flow);
  publish(source);
  const auto day = whole_day(flow);
  std::size_t at = 0;
  for (const auto& datagram : a.sent) {
    const std::size_t count = feed::validate(datagram.bytes).header.message_count();
    for (std::size_t i = 0; i < count; ++i, ++at) {
      ASSERT_GE(datagram.at_ns, day[at].offset_ns);
      ASSERT_LE(datagram.at_ns, day[at].offset_ns + options.pack_ns);
    }
  }
  EXPECT_EQ(publisher->lateness().count(), day.size());
  EXPECT_LE(publisher->lateness().max(), 10'000U);
  EXPECT_EQ(publisher->counters().late_100us, 0U);
}

TEST_F(PublisherTest, BooksEqualThoseOfTheWholeDay) {
  const FlowOptions flow = small_day();
  FlowGenerator source(flow);
  publish(source);
  feed::SimpleBooks expected;
  for (const FlowMessage& message : whole_day(flow)) expected.apply(message.message());
  EXPECT_EQ(publisher->books().digests(), expected.digests());
}

// The log is far smaller than the day: it wraps many times.
TEST_F(PublisherTest, SmallLogIsEnough) {
  const FlowOptions flow = small_day();
  FlowGenerator source(flow);
  options.history = 100;
  options.work_ahead = 50;
  publish(source);
  const Received line = read_line(a);
  const auto day = whole_day(flow);
  ASSERT_EQ(line.messages.size(), day.size());
  for (std::size_t i = 0; i < day.size(); ++i) ASSERT_EQ(line.messages[i], copy(day[i].message()));
}

// 1,000 messages that are all due at once: the wire spreads their packets, each as long as its bits take.
TEST_F(PublisherTest, PacketsFollowEachOtherAtWireSpeed) {
  std::vector<FlowMessage> messages;
  for (std::uint64_t i = 1; i <= 1000; ++i) messages.push_back(numbered(i, 0));
  ListSource source(messages);
  options.line_gbit = 1;
  publish(source);
  EXPECT_EQ(read_line(a).messages.size(), 1000U);
  for (std::size_t i = 1; i < publisher->counters().packets; ++i) {
    const auto bits = 8 * static_cast<std::int64_t>(a.sent[i - 1].bytes.size() + 66);
    EXPECT_GE(a.sent[i].at_ns, a.sent[i - 1].at_ns + bits)
        << "packet " << i << " left while the one before was on the wire";
  }
}

TEST_F(PublisherTest, HeartbeatsWhileIdleAnnounceTheNextNumber) {
  options.heartbeat_ns = 10 * ms;
  ListSource source({numbered(1, 0), numbered(2, 55 * ms)});
  publish(source);
  const Received line = read_line(a);
  ASSERT_EQ(line.heartbeats.size(), 5U);
  for (const feed::MoldHeader& heartbeat : line.heartbeats) EXPECT_EQ(heartbeat.sequence, 2U);
  EXPECT_EQ(publisher->counters().heartbeats, 5U);
}

TEST_F(PublisherTest, NoHeartbeatsWhileBusy) {
  options.heartbeat_ns = 10 * ms;
  std::vector<FlowMessage> messages;
  for (std::uint64_t i = 1; i <= 100; ++i)
    messages.push_back(numbered(i, static_cast<std::int64_t>(i) * 5 * ms));
  ListSource source(messages);
  publish(source);
  EXPECT_EQ(read_line(a).heartbeats.size(), 0U);
}

TEST_F(PublisherTest, EndOfSessionIsRepeatedForItsTime) {
  options.end_ns = 100 * ms;
  ListSource source({numbered(1, 0), numbered(2, 0)});
  publish(source);
  const Received line = read_line(a);
  ASSERT_GE(line.ends.size(), 8U);
  ASSERT_LE(line.ends.size(), 12U);
  for (const feed::MoldHeader& end : line.ends) EXPECT_EQ(end.sequence, 3U);
  EXPECT_TRUE(feed::validate(a.sent.back().bytes).header.is_end_of_session());
  EXPECT_EQ(read_line(b).ends.size(), line.ends.size());
}

TEST_F(PublisherTest, LateMessagesLeaveInFullPacketsAndAreCounted) {
  struct SlowClock final : PublishClock {
    std::int64_t now_ns() noexcept override { return now; }
    void pause(std::int64_t until_ns) noexcept override { now = std::max(now, until_ns); }
    Stamps stamps() noexcept override { return {false, 0}; }
    std::int64_t now = 50 * ms;  // the schedule began 50 ms ago
  } slow;
  std::vector<FlowMessage> messages;
  for (std::uint64_t i = 1; i <= 1'000; ++i)
    messages.push_back(numbered(i, static_cast<std::int64_t>(i) * 1'000));
  messages.push_back(numbered(1'001, 60 * ms));
  ListSource source(messages);
  Publisher& p = make(source);
  p.fill(stop);
  p.run(slow, stop);
  EXPECT_EQ(p.counters().late_100us, 1'000U);
  EXPECT_EQ(p.lateness().max(), 50U * ms - 1'000);
  EXPECT_EQ(a.sent.back().at_ns, 60 * ms + options.pack_ns) << "being late once does not shift the rest";
  EXPECT_EQ(read_line(a).packets, 17U) << "66 messages of 22 bytes fit a packet of 1472";
}

TEST_F(PublisherTest, StopEndsTheDayAfterWhatIsPublished) {
  struct StoppingSink final : DatagramSink {
    StoppingSink(RecordingSink& to_sink, std::atomic<bool>& flag) : to(to_sink), stop(flag) {}
    void send(std::span<const std::byte> datagram, std::int64_t now_ns) override {
      to.send(datagram, now_ns);
      if (to.sent.size() == 100) stop = true;
    }
    RecordingSink& to;
    std::atomic<bool>& stop;
  } stopping(a, stop);
  Line line({}, 1, 10, stopping);
  FlowGenerator source(small_day());
  Publisher p(options, source, line, line_b, nullptr, nullptr, nullptr);
  std::atomic<bool> go_on{false};
  p.fill(go_on);
  p.run(clock, stop);
  p.end(clock, stop);
  const Received received = read_line(a);
  ASSERT_LT(received.messages.size(), 60'000U);
  EXPECT_EQ(received.ends.front().sequence, received.messages.size() + 1);
  feed::SimpleBooks expected;
  for (const Bytes& message : received.messages) expected.apply(message);
  EXPECT_EQ(p.books().digests(), expected.digests()) << "the digests belong to what was published";
}

TEST_F(PublisherTest, FillGeneratesTheWorkAheadAndNoMore) {
  options.work_ahead = 1'000;
  FlowGenerator source(small_day());
  Publisher& p = make(source);
  p.fill(stop);
  EXPECT_EQ(p.generated(), 1'000U);
  EXPECT_EQ(a.sent.size(), 0U);
}

TEST_F(PublisherTest, SkewedLineCarriesTheSameLater) {
  Line skewed({.skew_ns = 3 * ms}, 1, 11, b);
  options.end_ns = 10 * ms;
  FlowGenerator source(small_day(5'000));
  Publisher p(options, source, line_a, skewed, nullptr, nullptr, nullptr);
  p.fill(stop);
  p.run(clock, stop);
  p.end(clock, stop);
  EXPECT_EQ(read_line(a).messages, read_line(b).messages);
  EXPECT_EQ(read_line(a).ends.size(), read_line(b).ends.size())
      << "what the skew holds back leaves before the end";
  ASSERT_GT(b.sent.size(), 10U);
  for (std::size_t i = 0; i < 10; ++i) EXPECT_EQ(b.sent[i].at_ns, a.sent[i].at_ns + 3 * ms);
}

TEST_F(PublisherTest, SameSeedSamePacketsWithImpairments) {
  const auto run = [&] {
    RecordingSink sink;
    Line impaired({.loss = 0.1, .duplicate = 0.1, .reorder = 0.1}, 3, 10, sink);
    RecordingSink other;
    Line perfect({}, 3, 11, other);
    VirtualClock own_clock;
    FlowGenerator source(small_day(5'000));
    Publisher p(options, source, impaired, perfect, nullptr, nullptr, nullptr);
    p.fill(stop);
    p.run(own_clock, stop);
    p.end(own_clock, stop);
    std::vector<Bytes> result;
    for (const auto& datagram : sink.sent) result.push_back(datagram.bytes);
    return result;
  };
  EXPECT_EQ(run(), run());
}

}  // namespace
}  // namespace lln::exchange
