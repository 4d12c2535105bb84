// Snapshots, against a server that does what the test says: when one is taken, and how it meets the lines again.
#include "feed_rig.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lln::handler {
namespace {

using namespace testkit;
using Reply = SimRequests::Reply;
using Script = SimSnapshots::Script;

TEST(Snapshot, AfterUnansweredRequests) {
  Rig rig(Rig<>::both);
  rig.snapshots.serve = [] { return snapshot(5); };
  rig.a(1, 3);
  rig.a(4, 6);
  rig.wait(100 * ms);
  EXPECT_EQ(rig.requests.asked.size(), 5u);
  EXPECT_JOURNAL(rig, "1-2 begin 3msg splice5 5");
  const FeedCounters c = rig.counters();
  EXPECT_EQ(c.recovered_by_snapshot, 1u) << "message 3; message 4 was held";
  EXPECT_EQ(c.covered_by_snapshot, 2u);
  EXPECT_EQ(c.snapshots, 1u);
  EXPECT_EQ(c.snapshot_messages, 3u);
  EXPECT_EQ(rig.core->state(), FeedState::live);
}

TEST(Snapshot, AtOnceForALargeHole) {
  FeedConfig config = small_config();
  config.snapshot_threshold = 100;
  Rig rig(Rig<>::both, config);
  rig.snapshots.serve = [] { return snapshot(104); };
  rig.a(1, 2);
  rig.a(103, 105);
  rig.wait(1 * ms);
  EXPECT_TRUE(rig.requests.asked.empty());
  EXPECT_JOURNAL(rig, "1 begin 3msg splice104 104");
}

TEST(Snapshot, LateJoinByThresholdOfOne) {
  FeedConfig config = small_config();
  config.snapshot_threshold = 100;
  Rig rig(Rig<>::both, config);
  rig.snapshots.serve = [] { return snapshot(1002); };
  rig.a(1000, 1003);
  rig.wait(1 * ms);
  EXPECT_JOURNAL(rig, "begin 3msg splice1002 1002");
}

TEST(Snapshot, LiveTrafficIsHeldMeanwhile) {
  Rig rig(Rig<>::glimpse);
  rig.snapshots.serve = [] {
    Script script = snapshot(12, 10);
    script.messages_per_poll = 2;
    script.login_after = 100 * us;
    return script;
  };
  rig.a(1, 3);
  rig.a(10, 11);
  rig.wait(200 * us);
  EXPECT_EQ(rig.core->state(), FeedState::snapshot);
  rig.a(11, 13);
  rig.b(10, 15);
  EXPECT_JOURNAL(rig, "1-2") << "the books stand until the server has let us in";
  rig.wait(1 * ms);
  EXPECT_JOURNAL(rig, "1-2 begin 10msg splice12 12-14");
  rig.a(15, 16);
  EXPECT_JOURNAL(rig, "1-2 begin 10msg splice12 12-15");
}

TEST(Snapshot, AheadOfTheLines) {
  Rig rig(Rig<>::glimpse);
  rig.snapshots.serve = [] { return snapshot(20); };
  rig.a(1, 3);
  rig.a(5, 6);
  rig.wait(1 * ms);
  EXPECT_JOURNAL(rig, "1-2 begin 3msg splice20");
  rig.a(6, 22);
  EXPECT_JOURNAL(rig, "1-2 begin 3msg splice20 20-21");
  EXPECT_EQ(rig.counters().recovered_by_snapshot, 2u) << "3 and 4; the lines have yet to show 6-19";
}

TEST(Snapshot, BelowTheBufferTheHoleIsRequested) {
  Rig rig(Rig<>::both);
  rig.requests.answer = [&](std::uint64_t s, std::uint16_t n) {
    return rig.snapshots.starts == 0 ? std::vector<Reply>{} : server_up_to(100)(s, n);
  };
  rig.snapshots.serve = [] { return snapshot(7); };
  rig.a(1, 3);
  rig.a(10, 12);
  rig.wait(100 * ms);
  EXPECT_JOURNAL(rig, "1-2 begin 3msg splice7 7-11");
  EXPECT_EQ(rig.counters().recovered_by_rerequest, 3u);
}

TEST(Snapshot, OlderThanTheStreamGoesBack) {
  Rig rig(Rig<>::both);
  rig.requests.answer = [&](std::uint64_t s, std::uint16_t n) {
    return rig.snapshots.starts == 0 ? std::vector<Reply>{} : server_up_to(100)(s, n);
  };
  rig.snapshots.serve = [] { return snapshot(3); };
  rig.a(1, 6);
  rig.a(7, 9);
  rig.wait(100 * ms);
  EXPECT_JOURNAL(rig, "1-5 begin 3msg splice3 3-8");
  EXPECT_EQ(rig.counters().rewound, 3u);
}

TEST(Snapshot, BelowTheBufferWithoutRequestsTakesAnotherThenGoesOn) {
  Rig rig(Rig<>::glimpse);
  rig.snapshots.serve = [] { return snapshot(7); };
  rig.a(1, 3);
  rig.a(10, 12);
  rig.wait(100 * ms);
  EXPECT_JOURNAL(rig, "1-2 begin 3msg splice7 begin 3msg splice7 lost7-9 10-11");
  EXPECT_EQ(rig.counters().feed_lost, 1u);
  EXPECT_EQ(rig.core->state(), FeedState::lost);
  rig.a(13, 14);
  rig.wait(500 * us);
  EXPECT_EQ(rig.snapshots.starts, 2) << "not again at once";
  EXPECT_EQ(rig.sink.next(), 14u);
  rig.wait(1 * seconds, 1 * ms);
  rig.snapshots.serve = [] { return snapshot(16); };
  rig.a(15, 16);
  rig.wait(1 * ms);
  EXPECT_JOURNAL(rig,
                 "1-2 begin 3msg splice7 begin 3msg splice7 lost7-9 10-11 lost12 13 begin 3msg splice16");
}

TEST(Snapshot, UnreachableServerCostsNoBooks) {
  Rig rig(Rig<>::both);
  rig.a(1, 3);
  rig.a(4, 6);
  rig.wait(200 * ms);
  EXPECT_EQ(rig.snapshots.starts, 3);
  EXPECT_JOURNAL(rig, "1-2 lost3 4-5") << "on_snapshot_begin was never called";
  EXPECT_EQ(rig.counters().snapshots_failed, 3u);
  EXPECT_EQ(rig.counters().feed_lost, 1u);
  EXPECT_EQ(rig.core->state(), FeedState::lost);
  rig.wait(1 * seconds, 1 * ms);
  EXPECT_EQ(rig.core->state(), FeedState::live) << "nothing was missing since";
}

TEST(Snapshot, BrokenOffInTheMiddleIsTakenAgain) {
  Rig rig(Rig<>::glimpse);
  rig.snapshots.serve = [&] { return snapshot(rig.snapshots.starts < 3 ? 0 : 5, 7); };
  rig.a(1, 3);
  rig.a(4, 6);
  rig.wait(200 * ms);
  EXPECT_JOURNAL(rig, "1-2 begin begin begin 7msg splice5 5");
  EXPECT_EQ(rig.counters().snapshots_failed, 2u);
}

TEST(Snapshot, BrokenOffForGoodStillEnds) {
  Rig rig(Rig<>::glimpse);
  rig.snapshots.serve = [] { return snapshot(0, 7); };
  rig.a(1, 3);
  rig.a(4, 6);
  rig.wait(200 * ms);
  EXPECT_JOURNAL(rig, "1-2 begin begin begin lost3 7msg splice4 4-5");
}

TEST(Snapshot, OfAnotherSessionIsRefused) {
  Rig rig(Rig<>::glimpse);
  rig.snapshots.serve = [] {
    Script script = snapshot(5);
    script.session = "YESTERDAY1";
    return script;
  };
  rig.a(1, 3);
  rig.a(4, 6);
  rig.wait(200 * ms);
  EXPECT_JOURNAL(rig, "1-2 lost3 4-5");
}

TEST(Snapshot, SessionNamesComparedWithoutPadding) {
  Rig rig(Rig<>::glimpse);
  rig.snapshots.serve = [] {
    Script script = snapshot(5);
    script.session = "     DAY1A";
    return script;
  };
  rig.on(Line::a, packet(1, 3, "DAY1A"));
  EXPECT_EQ(rig.core->session(), feed::session_id("DAY1A"));
  JournalSink& sink = rig.sink;
  sink = JournalSink(' ');  // the last character of the padded name
  EXPECT_EQ(rig.counters().delivered, 2u);
  rig.on(Line::a, packet(5, 5, "DAY1A"));
  rig.wait(10 * ms);
  EXPECT_EQ(sink.journal(), "begin 3msg splice5");
}

TEST(Snapshot, ExactlyAtN) {
  for (std::uint64_t n = 1; n <= 12; ++n) {
    Rig rig(Rig<>::both);
    rig.requests.answer = [&](std::uint64_t s, std::uint16_t count) {
      return rig.snapshots.starts == 0 ? std::vector<Reply>{} : server_up_to(100)(s, count);
    };
    rig.snapshots.serve = [n] { return snapshot(n); };
    rig.a(1, 4);
    rig.a(6, 8);
    rig.a(8, 11);
    rig.wait(100 * ms);
    rig.a(11, 13);
    const std::string rest = n == 12 ? "12" : std::to_string(n) + "-12";
    EXPECT_JOURNAL(rig, "1-3 begin 3msg splice" + std::to_string(n) + " " + rest);
  }
}

TEST(Snapshot, WindowOverflowEscalates) {
  FeedConfig config = small_config();
  config.window.messages = 128;
  config.gap_timer = std::chrono::seconds(1);
  Rig rig(Rig<>::both, config);
  rig.snapshots.serve = [] { return snapshot(300); };
  rig.a(1, 2);
  for (std::uint64_t s = 3; s < 303; s += 10) rig.a(s, s + 10);
  rig.wait(1 * ms);
  EXPECT_JOURNAL(rig, "1 begin 3msg splice300 300-302");
  EXPECT_TRUE(rig.requests.asked.empty());
}

TEST(Snapshot, OutageLongerThanTheBufferKeepsTheNewest) {
  FeedConfig config = small_config();
  config.window.messages = 128;
  Rig rig(Rig<>::both, config);
  rig.requests.answer = server_up_to(10'000);
  rig.snapshots.serve = [] {
    Script script = snapshot(950);
    script.login_after = 5 * ms;
    return script;
  };
  rig.a(1, 2);
  for (std::uint64_t s = 3; s < 1003; s += 10) rig.a(s, s + 10);
  EXPECT_EQ(rig.core->state(), FeedState::snapshot);
  rig.wait(10 * ms);
  EXPECT_JOURNAL(rig, "1 begin 3msg splice950 950-1002");
}

TEST(Snapshot, TooOldForTheBufferIsTakenAgain) {
  FeedConfig config = small_config();
  config.window.messages = 128;
  Rig rig(Rig<>::both, config);
  rig.requests.answer = server_up_to(10'000);
  rig.snapshots.serve = [&] {
    Script script = snapshot(rig.snapshots.starts == 1 ? 500 : 1000);
    script.login_after = 2 * ms;
    return script;
  };
  rig.a(1, 2);
  for (std::uint64_t s = 3; s < 1003; s += 10) rig.a(s, s + 10);
  rig.wait(50 * ms);
  EXPECT_JOURNAL(rig, "1 begin begin 3msg splice1000 1000-1002");
  EXPECT_EQ(rig.counters().snapshots_failed, 1u);
}

TEST(Snapshot, SlicesLeaveTimeForTheLines) {
  Rig rig(Rig<>::glimpse);
  rig.snapshots.serve = [] {
    Script script = snapshot(4, 1000);
    script.messages_per_poll = 10;
    return script;
  };
  rig.a(1, 3);
  rig.a(4, 5);
  rig.wait(200 * us);
  rig.core->poll(rig.now);
  const std::uint64_t before = rig.counters().snapshot_messages;
  rig.core->poll(rig.now);
  EXPECT_LE(rig.counters().snapshot_messages - before, 10u) << "one slice a call";
  rig.wait(10 * ms);
  EXPECT_JOURNAL(rig, "1-2 begin 1000msg splice4 4");
}

}  // namespace
}  // namespace lln::handler
