#include "feed_testkit.hpp"

#include <lln/feed/moldudp64.hpp>
#include <lln/handler/line_tracker.hpp>
#include <lln/handler/mold_session.hpp>

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <set>

namespace lln::handler {
namespace {

using testkit::Bytes;
using testkit::packet;

// The one-pass parser against the given, obvious one.
void expect_same_verdict(const Bytes& bytes) {
  // Exactly as long as it is: AddressSanitizer sees a read past the end.
  const std::vector<std::byte> exact(bytes.begin(), bytes.end());
  const feed::ValidatedPacket expected = feed::validate(exact);
  const MoldPacket actual = parse_mold(exact);
  ASSERT_EQ(actual.error, expected.error);
  if (!expected) return;
  EXPECT_EQ(actual.is_end_of_session, expected.header.is_end_of_session());
  EXPECT_EQ(actual.run.count, expected.header.message_count());
  EXPECT_EQ(actual.run.first_sequence, expected.header.sequence);
  EXPECT_EQ(std::memcmp(actual.session, expected.header.session.data(), 10), 0);
  if (actual.run.count != 0) {
    EXPECT_EQ(actual.run.first, expected.blocks.data());
  }
}

TEST(ParseMold, EveryLengthOfAPacket) {
  const Bytes whole = packet(7, 12);
  for (std::size_t size = 0; size <= whole.size(); ++size)
    expect_same_verdict({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
}

TEST(ParseMold, OrderOfTheChecks) {
  Bytes bytes = testkit::header_packet(0, 9);  // sequence 0 and a truncated block: the first row counts
  EXPECT_EQ(parse_mold(bytes).error, feed::PacketError::zero_sequence);
  bytes = testkit::header_packet(~std::uint64_t{0}, 9);
  EXPECT_EQ(parse_mold(bytes).error, feed::PacketError::sequence_overflow);
  bytes = testkit::header_packet(~std::uint64_t{0} - 9, 9);
  EXPECT_EQ(parse_mold(bytes).error, feed::PacketError::truncated_block);
  bytes = testkit::header_packet(~std::uint64_t{0}, feed::end_of_session);
  EXPECT_EQ(parse_mold(bytes).error, feed::PacketError::none) << "end of session has no messages to count";
  bytes = testkit::header_packet(5, 0);
  bytes.resize(100, std::byte{0xFF});
  EXPECT_EQ(parse_mold(bytes).error, feed::PacketError::none) << "bytes after a heartbeat are ignored";
  EXPECT_EQ(parse_mold(bytes).run.count, 0);
}

TEST(ParseMold, AgreesWithTheGivenParserOnDamagedPackets) {
  std::mt19937_64 random(testkit::feed_seed());
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t begin = 1 + random() % 1000;
    Bytes bytes = packet(begin, begin + random() % 12);
    for (auto damage = random() % 4; damage != 0; --damage)
      bytes[random() % bytes.size()] = static_cast<std::byte>(random());
    if (random() % 2 != 0) bytes.resize(random() % (bytes.size() + 1));
    expect_same_verdict(bytes);
    if (HasFatalFailure()) return;
  }
}

TEST(SkipBlocks, KeepsNumberAndPlaceTogether) {
  const Bytes bytes = packet(10, 15);
  const BlockRun run = skip_blocks(parse_mold(bytes).run, 3);
  EXPECT_EQ(run.first_sequence, 13u);
  EXPECT_EQ(run.count, 2);
  const Bytes tail = packet(13, 15);
  EXPECT_EQ(bytes.data() + bytes.size() - run.first,
            static_cast<std::ptrdiff_t>(tail.size() - feed::header_size));
}

const std::byte* id(std::string_view text) { return reinterpret_cast<const std::byte*>(text.data()); }
constexpr std::string_view ours = "0000000001";
constexpr std::string_view other = "0000000002";
constexpr std::string_view third = "1000000001";  // differs from ours in the first character only

TEST(MoldSession, FirstSeenIsAdopted) {
  MoldSession session({.session = {}, .silence = 100, .confirmations = 3});
  EXPECT_FALSE(session.known());
  EXPECT_FALSE(session.is_current(id("\0\0\0\0\0\0\0\0\0\0"))) << "not even ten zero bytes are ours yet";
  EXPECT_EQ(session.judge(id(ours), Line::rerequest, 5), MoldSession::Verdict::foreign)
      << "a reply does not choose the session";
  EXPECT_EQ(session.judge(id(ours), Line::a, 5), MoldSession::Verdict::adopted);
  EXPECT_TRUE(session.is_current(id(ours)));
  EXPECT_FALSE(session.is_current(id(other)));
  EXPECT_FALSE(session.is_current(id(third)));
}

TEST(MoldSession, ConfiguredIsNotReplacedByTheFirstSeen) {
  MoldSession session({.session = feed::session_id(ours), .silence = 100, .confirmations = 3});
  session.heard(50);
  EXPECT_TRUE(session.is_current(id(ours)));
  EXPECT_EQ(session.judge(id(other), Line::a, 51), MoldSession::Verdict::foreign);
}

TEST(MoldSession, ConfiguredButNeverHeardIsWaitedForAWhile) {
  MoldSession session({.session = feed::session_id(ours), .silence = 100, .confirmations = 2});
  for (std::uint64_t now = 1000; now < 1100; ++now)
    ASSERT_EQ(session.judge(id(other), Line::a, now), MoldSession::Verdict::foreign);
  EXPECT_EQ(session.judge(id(other), Line::a, 1100), MoldSession::Verdict::changed);
}

TEST(MoldSession, AnotherOneNeedsSilenceAndConfirmation) {
  MoldSession session({.session = feed::session_id(ours), .silence = 100, .confirmations = 3});
  session.heard(1000);
  for (std::uint64_t now = 1001; now < 1100; ++now)
    ASSERT_EQ(session.judge(id(other), Line::b, now), MoldSession::Verdict::foreign)
        << "ours was heard at 1000";
  EXPECT_EQ(session.judge(id(third), Line::a, 1101), MoldSession::Verdict::foreign) << "first of a third";
  EXPECT_EQ(session.judge(id(other), Line::a, 1102), MoldSession::Verdict::foreign)
      << "not consecutive any more";
  EXPECT_EQ(session.judge(id(other), Line::rerequest, 1103), MoldSession::Verdict::foreign)
      << "replies do not count";
  EXPECT_EQ(session.judge(id(other), Line::b, 1104), MoldSession::Verdict::foreign) << "second";
  EXPECT_EQ(session.judge(id(other), Line::a, 1105), MoldSession::Verdict::changed) << "third";
  EXPECT_TRUE(session.is_current(id(other)));
}

TEST(MoldSession, OursInBetweenStartsTheCountAnew) {
  MoldSession session({.session = feed::session_id(ours), .silence = 0, .confirmations = 2});
  for (std::uint64_t now = 1; now < 50; ++now) {
    ASSERT_EQ(session.judge(id(other), Line::a, now), MoldSession::Verdict::foreign);
    session.heard(now);
  }
}

TEST(MoldSession, AfterTheEndNoSilenceIsNeeded) {
  MoldSession session({.session = feed::session_id(ours), .silence = 1'000'000, .confirmations = 2});
  session.heard(10);
  session.ended();
  EXPECT_EQ(session.judge(id(other), Line::a, 11), MoldSession::Verdict::foreign);
  EXPECT_EQ(session.judge(id(other), Line::a, 12), MoldSession::Verdict::changed);
}

// The tracker against a set of numbers.
TEST(LineTracker, CountsWhatWasNeverShown) {
  std::mt19937_64 random(testkit::feed_seed());
  for (int round = 0; round < 20; ++round) {
    LineTracker tracker;
    std::uint64_t sequence = 1 + random() % 1000;
    const std::uint64_t start = sequence;
    std::uint64_t top = sequence;
    std::set<std::uint64_t> shown;
    tracker.start(start);
    for (int i = 0; i < 2000; ++i) {
      sequence += random() % 8 == 0 ? random() % 200 : 0;
      if (i == 1000 && round % 10 == 0) sequence += 100'000;
      std::uint64_t at = sequence;
      if (random() % 4 == 0) at -= std::min<std::uint64_t>(at - start, random() % 1500);
      const std::uint64_t count = 1 + random() % 100;
      const bool late = tracker.see(at, count);
      ASSERT_EQ(late, at < top) << "packet at " << at;
      for (std::uint64_t s = at; s < at + count; ++s) shown.insert(s);
      top = std::max(top, at + count);
      sequence = std::max(sequence, at + count);
      ASSERT_EQ(tracker.lost(top), top - start - shown.size()) << "round " << round << ", packet " << i;
    }
    EXPECT_EQ(tracker.lost(top + 10), top + 10 - start - shown.size());
  }
}

}  // namespace
}  // namespace lln::handler
