// What the numbers and names in packets say about the day: joined late, its end, another session, and what is not believed.
#include "feed_rig.hpp"

#include <gtest/gtest.h>

namespace lln::handler {
namespace {

using namespace testkit;

TEST(Arbiter, LateJoinIsAGapLikeAnyOther) {
  Rig rig;
  rig.b(4, 6);
  EXPECT_JOURNAL(rig, "");
  rig.a(2, 4);
  rig.wait(200 * us);
  EXPECT_JOURNAL(rig, "lost1 2-5");
  EXPECT_EQ(rig.counters().lines[0].lost, 2u) << "4-5 so far";
  EXPECT_EQ(rig.counters().lines[1].lost, 0u) << "a line has lost nothing before its session's first packet";
}

TEST(Arbiter, HeartbeatRevealsATailGap) {
  Rig rig;
  rig.a(1, 3);
  rig.a(5, 5);
  EXPECT_EQ(rig.counters().gaps, 1u);
  EXPECT_EQ(rig.counters().lines[0].heartbeats, 1u);
  EXPECT_EQ(rig.counters().lines[0].lost, 2u);
  rig.wait(199 * us);
  EXPECT_JOURNAL(rig, "1-2");
  rig.b(3, 5);
  EXPECT_JOURNAL(rig, "1-4");
  rig.a(8, 8);
  rig.wait(200 * us);
  EXPECT_JOURNAL(rig, "1-4 lost5-7");
}

TEST(Arbiter, HeartbeatOfTheNextNumberIsNoGap) {
  Rig rig;
  rig.a(1, 3);
  rig.a(3, 3);
  rig.b(2, 2);  // the other line is behind
  rig.wait(10 * ms);
  EXPECT_JOURNAL(rig, "1-2");
  EXPECT_EQ(rig.counters().gaps, 0u);
}

TEST(Arbiter, HeartbeatWithGarbageBehindIt) {
  Rig rig;
  Bytes bytes = packet(1, 1);
  bytes.resize(200, std::byte{0xEE});
  rig.on(Line::a, bytes);
  rig.a(1, 3);
  bytes = end_packet(3);
  bytes.resize(200, std::byte{0xEE});
  rig.on(Line::a, bytes);
  EXPECT_JOURNAL(rig, "1-2 end3");
  EXPECT_EQ(rig.counters().invalid_packets(), 0u);
}

TEST(Arbiter, EndOfSession) {
  Rig rig;
  rig.a(1, 3);
  EXPECT_FALSE(rig.core->ended());
  rig.on(Line::a, end_packet(3));
  rig.on(Line::b, end_packet(3));
  rig.on(Line::b, end_packet(3));
  EXPECT_TRUE(rig.core->ended());
  EXPECT_EQ(rig.core->state(), FeedState::ended);
  EXPECT_JOURNAL(rig, "1-2 end3");
  EXPECT_EQ(rig.counters().lines[1].lost, 2u) << "B never showed anything";
}

TEST(Arbiter, EndOfSessionRevealsATailGapAndWaitsForIt) {
  Rig rig;
  rig.a(1, 3);
  rig.on(Line::a, end_packet(6));
  rig.wait(100 * us);
  rig.on(Line::a, end_packet(6));
  EXPECT_FALSE(rig.core->ended());
  rig.b(3, 6);
  EXPECT_TRUE(rig.core->ended());
  EXPECT_JOURNAL(rig, "1-5 end6");
}

TEST(Arbiter, EndOfSessionAfterGivingUp) {
  Rig rig;
  rig.a(1, 3);
  rig.on(Line::b, end_packet(6));
  rig.wait(200 * us);
  EXPECT_JOURNAL(rig, "1-2 lost3-5 end6");
  EXPECT_TRUE(rig.core->ended());
}

TEST(Arbiter, EndOfSessionBelowWhatExistsIsRefused) {
  Rig rig;
  rig.a(1, 3);
  rig.a(5, 9);
  rig.on(Line::b, end_packet(3));
  EXPECT_FALSE(rig.core->ended());
  rig.b(3, 5);
  EXPECT_JOURNAL(rig, "1-8");
  EXPECT_EQ(rig.counters().implausible, 1u);
}

TEST(Arbiter, MessagesAfterTheEndOpenTheDayAgain) {
  Rig rig;
  rig.a(1, 3);
  rig.on(Line::a, end_packet(3));
  EXPECT_TRUE(rig.core->ended());
  rig.a(3, 5);
  EXPECT_FALSE(rig.core->ended());
  rig.on(Line::a, end_packet(5));
  EXPECT_TRUE(rig.core->ended());
  EXPECT_JOURNAL(rig, "1-2 end3 3-4 end5");
}

TEST(Arbiter, InvalidPacketsAreCountedByReason) {
  Rig rig;
  rig.a(1, 3);
  rig.on(Line::a, {});
  rig.on(Line::a, Bytes(19));
  rig.on(Line::a, header_packet(0, 0));
  rig.on(Line::a, header_packet(~std::uint64_t{0}, 1));
  rig.on(Line::a, header_packet(3, 2));
  Bytes cut = packet(3, 6);
  cut.pop_back();
  rig.on(Line::a, cut);
  rig.a(3, 4);
  EXPECT_JOURNAL(rig, "1-3");
  const FeedCounters c = rig.counters();
  EXPECT_EQ(c.invalid[static_cast<std::size_t>(feed::PacketError::too_short)], 2u);
  EXPECT_EQ(c.invalid[static_cast<std::size_t>(feed::PacketError::zero_sequence)], 1u);
  EXPECT_EQ(c.invalid[static_cast<std::size_t>(feed::PacketError::sequence_overflow)], 1u);
  EXPECT_EQ(c.invalid[static_cast<std::size_t>(feed::PacketError::truncated_block)], 2u);
  EXPECT_EQ(c.invalid_packets(), 6u);
  EXPECT_EQ(c.lines[0].packets, 8u);
}

TEST(Arbiter, OneNumberFarAheadIsNotBelieved) {
  Rig rig;
  rig.a(1, 3);
  rig.a(50'000'000, 50'000'001);
  rig.a(900'000'000, 900'000'000);
  rig.on(Line::a, end_packet(~std::uint64_t{0}));
  rig.wait(10 * ms);
  rig.a(3, 5);
  EXPECT_JOURNAL(rig, "1-4");
  EXPECT_EQ(rig.counters().implausible, 3u);
  EXPECT_EQ(rig.counters().gaps, 0u);
}

TEST(Arbiter, TwoNumbersFarAheadAre) {
  FeedConfig config = small_config();
  Rig rig(Rig<>::none, config);
  rig.a(1, 3);
  rig.a(50'000'000, 50'000'002);
  rig.b(50'000'000, 50'000'002);
  rig.wait(1 * ms);
  EXPECT_JOURNAL(rig, "1-2 lost3-50000001") << "beyond the window: the second packet could not be held";
  rig.a(50'000'002, 50'000'004);
  EXPECT_JOURNAL(rig, "1-2 lost3-50000001 50000002-50000003");
}

TEST(Arbiter, ForeignPacketsDoNotTearTheBooksDown) {
  Rig rig;
  rig.a(1, 3);
  for (int i = 0; i < 1000; ++i) {
    rig.on(Line::a, packet(1, 4, "FORGED000F"));
    rig.wait(1 * ms, 1 * ms);
  }
  rig.a(3, 5);
  EXPECT_JOURNAL(rig, "1-4");
  EXPECT_EQ(rig.counters().foreign_session, 1000u);
  EXPECT_EQ(rig.counters().session_changes, 0u);
}

TEST(Arbiter, SessionChangeAfterSilence) {
  Rig rig;
  rig.a(1, 3);
  rig.a(5, 6);  // a hole that is open when the day ends
  rig.wait(3 * seconds, 1 * ms);
  rig.on(Line::a, packet(1, 4, "NEXTDAY00N"));
  rig.on(Line::b, packet(1, 4, "NEXTDAY00N"));
  EXPECT_EQ(rig.counters().session_changes, 0u);
  rig.on(Line::a, packet(4, 6, "NEXTDAY00N"));
  EXPECT_EQ(rig.counters().session_changes, 1u);
  rig.on(Line::b, packet(1, 4, "NEXTDAY00N"));  // late, and of use
  EXPECT_EQ(rig.sink.journal(), "1-2 lost3-4 5 change 1-5");
  EXPECT_EQ(rig.sink.errors(), "");
  rig.a(6, 7);
  EXPECT_EQ(rig.counters().foreign_session, 3u) << "the old session is foreign now";
}

TEST(Arbiter, SessionChangeAfterTheEndNeedsNoSilence) {
  Rig rig;
  rig.a(1, 3);
  rig.on(Line::a, end_packet(3));
  for (std::uint64_t s = 1; s < 5; ++s) rig.on(Line::a, packet(s, s + 1, "NEXTDAY00N"));
  rig.wait(1 * ms);
  EXPECT_EQ(rig.sink.journal(), "1-2 end3 change lost1-2 3-4");
  EXPECT_EQ(rig.sink.errors(), "");
  EXPECT_FALSE(rig.core->ended());
  EXPECT_EQ(accounted(rig.counters()), 2u + 4u);
}

TEST(Arbiter, SessionChangeDropsWhatIsHeld) {
  FeedConfig config = small_config();
  config.gap_timer = std::chrono::seconds(100);
  Rig rig(Rig<>::none, config);
  rig.a(1, 3);
  rig.a(5, 6);
  rig.wait(3 * seconds, 1 * ms);
  for (std::uint64_t s = 1; s < 9; ++s) rig.on(Line::b, packet(s, s + 1, "NEXTDAY00N"));
  rig.on(Line::a, packet(1, 4, "NEXTDAY00N"));
  EXPECT_EQ(rig.sink.journal(), "1-2 lost3-5 change 1-8");
  EXPECT_EQ(rig.sink.errors(), "") << "5 of the old session must not come again";
}

}  // namespace
}  // namespace lln::handler
