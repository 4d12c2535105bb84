#include "test_support.hpp"

#include <lln/exchange/message_log.hpp>
#include <lln/exchange/packer.hpp>

#include <limits>

namespace lln::exchange {
namespace {

using testing::number_of;
using testing::numbered;

const feed::SessionId session = feed::session_id("TEST000001");
constexpr Stamps as_generated{false, 0};
constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

void append(MessageLog& log, const FlowMessage& message) {
  FlowMessage* const slot = log.slot();
  ASSERT_NE(slot, nullptr) << "the log is full";
  *slot = message;
  log.append();
}

TEST(MessageLog, CapacityIsRoundedUp) {
  EXPECT_EQ(MessageLog(5).capacity(), 8U);
  EXPECT_EQ(MessageLog(8).capacity(), 8U);
  EXPECT_GE(MessageLog(0).capacity(), 1U);
}

TEST(MessageLog, NumbersFromOne) {
  MessageLog log(4);
  EXPECT_EQ(log.first(), 1U);
  EXPECT_EQ(log.next(), 1U);
  append(log, numbered(77, 0));
  EXPECT_EQ(log.next(), 2U);
  EXPECT_EQ(number_of(log[1].message()), 77U);
}

TEST(MessageLog, FullUntilReleased) {
  MessageLog log(4);
  for (std::uint64_t i = 1; i <= 4; ++i) append(log, numbered(i, 0));
  EXPECT_EQ(log.slot(), nullptr) << "nothing may be overwritten";
  log.release_below(2);
  EXPECT_EQ(log.first(), 2U);
  append(log, numbered(5, 0));
  EXPECT_EQ(log.slot(), nullptr);
  for (std::uint64_t i = 2; i <= 5; ++i) EXPECT_EQ(number_of(log[i].message()), i);
}

TEST(MessageLog, WrapsManyTimes) {
  MessageLog log(8);
  for (std::uint64_t i = 1; i <= 1'000; ++i) {
    append(log, numbered(i, 0));
    log.release_below(i > 5 ? i - 5 : 0);
    for (std::uint64_t kept = log.first(); kept < log.next(); ++kept)
      ASSERT_EQ(number_of(log[kept].message()), kept);
  }
  EXPECT_EQ(log.first(), 995U);
}

TEST(MessageLog, ReleaseNeverGoesBackOrBeyondTheEnd) {
  MessageLog log(8);
  for (std::uint64_t i = 1; i <= 4; ++i) append(log, numbered(i, 0));
  log.release_below(3);
  log.release_below(1);
  EXPECT_EQ(log.first(), 3U);
  log.release_below(100);
  EXPECT_EQ(log.first(), 5U);
  EXPECT_EQ(log.next(), 5U);
}

struct PackerTest : ::testing::Test {
  MessageLog log{1024};

  // Messages of one packet, after checking its header against the run.
  static std::vector<std::uint64_t> numbers(const PackedRun& run) {
    const feed::ValidatedPacket packet = feed::validate(run.packet);
    EXPECT_EQ(packet.error, feed::PacketError::none);
    EXPECT_EQ(packet.header.session, session);
    EXPECT_EQ(packet.header.sequence, run.first_sequence);
    EXPECT_EQ(packet.header.count, run.count);
    EXPECT_EQ(packet.trailing_bytes, 0U);
    std::vector<std::uint64_t> result;
    feed::BlockCursor cursor(packet);
    std::span<const std::byte> message;
    while (cursor.next(message)) result.push_back(number_of(message));
    return result;
  }
};

using Numbers = std::vector<std::uint64_t>;

TEST_F(PackerTest, NothingBeforeItIsDue) {
  append(log, numbered(1, 100));
  Packer packer(log, session, 1472, 0);
  EXPECT_EQ(packer.next_due_ns(), 100);
  EXPECT_EQ(packer.poll(99, as_generated).count, 0);
  EXPECT_EQ(numbers(packer.poll(100, as_generated)), Numbers{1});
  EXPECT_EQ(packer.poll(101, as_generated).count, 0);
  EXPECT_EQ(packer.next_due_ns(), never);
  EXPECT_EQ(packer.published(), 2U);
}

TEST_F(PackerTest, ClosesWhenTheOldestHasWaitedLongEnough) {
  for (std::uint64_t i = 1; i <= 5; ++i) append(log, numbered(i, static_cast<std::int64_t>(i) * 1000));
  Packer packer(log, session, 1472, 2'500);
  EXPECT_EQ(packer.poll(1'000, as_generated).count, 0) << "waits for others";
  EXPECT_EQ(packer.next_due_ns(), 2'000) << "the next message joins";
  EXPECT_EQ(packer.poll(3'499, as_generated).count, 0);
  EXPECT_EQ(packer.next_due_ns(), 3'500) << "the packet closes before the next message";
  EXPECT_EQ(packer.published(), 1U) << "an open packet is not published";
  EXPECT_EQ(numbers(packer.poll(3'500, as_generated)), (Numbers{1, 2, 3}));
  EXPECT_EQ(packer.poll(6'499, as_generated).count, 0);
  EXPECT_EQ(numbers(packer.poll(6'500, as_generated)), (Numbers{4, 5}));
}

TEST_F(PackerTest, NeverLargerThanTheDatagramAndAlwaysFullWhenLate) {
  constexpr std::size_t max_datagram = 200;
  for (std::uint64_t i = 1; i <= 100; ++i) append(log, numbered(i, 0, 20 + i % 31));
  Packer packer(log, session, max_datagram, 1'000);
  Numbers all;
  std::size_t packets = 0;
  for (PackedRun run = packer.poll(500, as_generated); run.count > 0; run = packer.poll(500, as_generated)) {
    ASSERT_LE(run.packet.size(), max_datagram);
    const std::uint64_t next = run.first_sequence + run.count;
    ASSERT_GT(run.packet.size() + 2 + log[next].length(), max_datagram)
        << "the next message would have fitted";
    for (const std::uint64_t number : numbers(run)) all.push_back(number);
    ++packets;
  }
  for (const std::uint64_t number : numbers(packer.poll(1'000, as_generated))) all.push_back(number);
  ASSERT_EQ(all.size(), 100U);
  for (std::uint64_t i = 0; i < 100; ++i) EXPECT_EQ(all[i], i + 1);
  EXPECT_GT(packets, 15U);
}

TEST_F(PackerTest, FlushClosesTheOpenPacket) {
  append(log, numbered(1, 0));
  append(log, numbered(2, 10'000));
  Packer packer(log, session, 1472, 5'000);
  EXPECT_EQ(packer.flush().count, 0) << "nothing is open";
  EXPECT_EQ(packer.poll(100, as_generated).count, 0);
  EXPECT_EQ(numbers(packer.flush()), Numbers{1});
  EXPECT_EQ(packer.flush().count, 0);
  EXPECT_EQ(numbers(packer.poll(20'000, as_generated)), Numbers{2}) << "publishing may go on";
}

TEST_F(PackerTest, StampsAreTheIntendedWallClockTimeOfDay) {
  append(log, numbered(1, 700));
  append(log, numbered(2, 900));
  constexpr std::int64_t midnight = 20'000LL * 86'400'000'000'000;
  Packer packer(log, session, 1472, 0);
  packer.poll(2'000, {true, midnight - 800});
  EXPECT_EQ(log[1].timestamp_ns(), 86'400'000'000'000U - 100) << "before midnight";
  EXPECT_EQ(log[2].timestamp_ns(), 100U) << "after midnight";
}

TEST_F(PackerTest, DayClockLeavesStampsAlone) {
  FlowMessage message = numbered(1, 0);
  message.set_timestamp_ns(123'456);
  append(log, message);
  Packer packer(log, session, 1472, 0);
  packer.poll(0, as_generated);
  EXPECT_EQ(log[1].timestamp_ns(), 123'456U);
}

TEST_F(PackerTest, ShortMessagesAreNotStamped) {
  FlowMessage message;
  message.set_length(3);
  append(log, message);
  Packer packer(log, session, 1472, 0);
  const PackedRun run = packer.poll(0, {true, 1'000});
  EXPECT_EQ(run.packet.size(), feed::header_size + 2 + 3);
  EXPECT_EQ(log[1].timestamp_ns(), 0U) << "three bytes have no time stamp";
}

TEST_F(PackerTest, RefusesDatagramsThatCannotHoldEveryMessage) {
  EXPECT_THROW(Packer(log, session, 75, 0), std::invalid_argument);
  EXPECT_NO_THROW(Packer(log, session, 76, 0));
}

}  // namespace
}  // namespace lln::exchange
