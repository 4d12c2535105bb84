// Re-requests, snapshots and giving up, against servers that do what the test says.
#include "feed_rig.hpp"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace lln::handler {
namespace {

using namespace testkit;
using Reply = SimRequests::Reply;
using Script = SimSnapshots::Script;

#define EXPECT_JOURNAL(rig, text)        \
  EXPECT_EQ((rig).sink.journal(), text); \
  EXPECT_EQ((rig).sink.errors(), "");    \
  EXPECT_EQ(accounted((rig).counters()) + 1, (rig).core->next_sequence())

/// A server that has everything below `end` and puts at most `most` messages into an answer.
auto server_up_to(std::uint64_t end, std::uint64_t most = 1000, std::uint64_t delay = 100 * us) {
  return [=](std::uint64_t sequence, std::uint16_t count) -> std::vector<Reply> {
    if (sequence >= end) return {};
    return {{delay, packet(sequence, std::min({end, sequence + count, sequence + most}))}};
  };
}
Script snapshot(std::uint64_t next, std::size_t messages = 3) {
  Script script;
  script.messages.assign(messages, Bytes(5));
  script.next_sequence = next;
  return script;
}

TEST(Rerequest, FillsTheGapAfterTheTimer) {
  Rig rig(Rig<>::rerequest);
  rig.requests.answer = server_up_to(100);
  rig.a(1, 3);
  rig.a(6, 8);
  rig.wait(199 * us);
  EXPECT_TRUE(rig.requests.asked.empty()) << "not before the timer";
  EXPECT_EQ(rig.core->state(), FeedState::live);
  rig.wait(1 * us);
  ASSERT_EQ(rig.requests.asked.size(), 1u);
  EXPECT_EQ(rig.requests.asked[0].sequence, 3u);
  EXPECT_EQ(rig.requests.asked[0].count, 3);
  EXPECT_EQ(rig.requests.sessions[0], testkit::default_session);
  EXPECT_EQ(rig.core->state(), FeedState::gap);
  rig.wait(110 * us);
  EXPECT_JOURNAL(rig, "1-7");
  EXPECT_EQ(rig.core->state(), FeedState::live);
  rig.wait(100 * ms);
  const FeedCounters c = rig.counters();
  EXPECT_EQ(c.recovered_by_rerequest, 3u);
  EXPECT_EQ(c.requests_sent, 1u);
  EXPECT_EQ(c.request_retries, 0u);
  EXPECT_EQ(c.replies, 1u);
  EXPECT_EQ(c.lines[2].packets, 1u);
}

TEST(Rerequest, AsksAgainForTheRest) {
  Rig rig(Rig<>::rerequest);
  rig.requests.answer = server_up_to(100, 2);
  rig.a(1, 2);
  rig.a(9, 10);
  rig.wait(2 * ms);
  EXPECT_JOURNAL(rig, "1-9");
  ASSERT_EQ(rig.requests.asked.size(), 4u);
  EXPECT_EQ(rig.requests.asked[3].sequence, 8u);
  EXPECT_EQ(rig.requests.asked[3].count, 1);
  EXPECT_EQ(rig.counters().request_retries, 0u) << "a partial answer is an answer";
}

TEST(Rerequest, ChunksAndOutstandingAreBounded) {
  FeedConfig config = small_config();
  config.request_chunk = 10;
  Rig rig(Rig<>::rerequest, config);
  rig.a(1, 2);
  rig.a(102, 103);
  rig.wait(200 * us);
  ASSERT_EQ(rig.requests.asked.size(), 4u);
  for (std::uint64_t i = 0; i < 4; ++i) {
    EXPECT_EQ(rig.requests.asked[i].sequence, 2 + 10 * i);
    EXPECT_EQ(rig.requests.asked[i].count, 10);
  }
  rig.requests.answer = server_up_to(200);
  rig.on(Line::rerequest, packet(12, 22));  // the second one is answered first
  ASSERT_EQ(rig.requests.asked.size(), 5u);
  EXPECT_EQ(rig.requests.asked[4].sequence, 42u) << "its slot goes to the next chunk";
  rig.wait(20 * ms);
  EXPECT_JOURNAL(rig, "1-102");
}

TEST(Rerequest, RepeatsWithBackOffThenGivesUp) {
  Rig rig(Rig<>::rerequest);
  rig.a(1, 2);
  rig.a(3, 4);
  rig.wait(200 * us);
  rig.wait(100 * ms);
  ASSERT_EQ(rig.requests.asked.size(), 5u);
  const auto& asked = rig.requests.asked;
  EXPECT_EQ(asked[1].at - asked[0].at, 2 * ms);
  EXPECT_EQ(asked[2].at - asked[1].at, 4 * ms);
  EXPECT_EQ(asked[3].at - asked[2].at, 8 * ms);
  EXPECT_EQ(asked[4].at - asked[3].at, 16 * ms);
  EXPECT_JOURNAL(rig, "1 lost2 3");
  EXPECT_EQ(rig.counters().request_retries, 4u);
}

TEST(Rerequest, TheNextGapStartsWithAFreshCounter) {
  Rig rig(Rig<>::rerequest);
  int silent = 4;
  rig.requests.answer = [&](std::uint64_t s, std::uint16_t n) {
    return --silent >= 0 ? std::vector<Reply>{} : server_up_to(100)(s, n);
  };
  rig.a(1, 2);
  rig.a(3, 4);
  rig.wait(100 * ms);
  EXPECT_JOURNAL(rig, "1-3");
  silent = 4;
  rig.a(5, 6);
  rig.wait(100 * ms);
  EXPECT_JOURNAL(rig, "1-5") << "the fifth request is answered, as before";
}

TEST(Rerequest, OneLongHoleMayTakeManyRetries) {
  FeedConfig config = small_config();
  config.request_chunk = 4;
  Rig rig(Rig<>::rerequest, config);
  std::map<std::uint64_t, int> asked;
  rig.requests.answer = [&](std::uint64_t s, std::uint16_t n) {
    return ++asked[s] < 4 ? std::vector<Reply>{} : server_up_to(1000, 3)(s, n);
  };
  rig.a(1, 2);
  rig.a(300, 301);
  rig.wait(5 * seconds, 50 * us);
  EXPECT_JOURNAL(rig, "1-300");
}

TEST(Rerequest, SeveralGapsAtOnce) {
  Rig rig(Rig<>::rerequest);
  rig.requests.answer = server_up_to(100);
  rig.a(1, 2);
  for (std::uint64_t s = 3; s < 23; s += 2) rig.a(s, s + 1);
  rig.wait(200 * us);
  EXPECT_EQ(rig.requests.asked.size(), 4u) << "four at a time";
  rig.wait(5 * ms);
  EXPECT_JOURNAL(rig, "1-21");
  EXPECT_EQ(rig.counters().recovered_by_rerequest, 10u);
}

TEST(Rerequest, TheOtherLineMayStillWin) {
  Rig rig(Rig<>::rerequest);
  rig.requests.answer = server_up_to(100);
  rig.a(1, 2);
  rig.a(3, 4);
  rig.wait(250 * us);
  rig.b(1, 4);
  EXPECT_JOURNAL(rig, "1-3");
  rig.wait(1 * ms);
  rig.a(5, 6);
  rig.wait(1 * ms);  // the late reply to the first request is a duplicate
  EXPECT_JOURNAL(rig, "1-5");
  EXPECT_EQ(rig.counters().recovered_by_other_line, 1u);
  EXPECT_EQ(rig.counters().recovered_by_rerequest, 1u);
  EXPECT_EQ(rig.counters().lines[2].duplicates, 1u);
}

TEST(Rerequest, RepliesThatAreNone) {
  Rig rig(Rig<>::rerequest);
  int request = 0;
  rig.requests.answer = [&](std::uint64_t s, std::uint16_t n) -> std::vector<Reply> {
    switch (++request) {
      case 1:
        return {{us, Bytes(7)}, {2 * us, packet(s, s + n, "FOREIGN00F")}, {3 * us, end_packet(s)}};
      case 2:
        return {{us, packet(s, s)}, {us, packet(s + 500, s + 500)}, {us, packet(1, 2)}};
      default:
        return server_up_to(100)(s, n);
    }
  };
  rig.a(1, 2);
  rig.a(4, 5);
  rig.wait(50 * ms);
  EXPECT_EQ(rig.sink.journal(), "1-4");
  EXPECT_EQ(rig.sink.errors(), "");
  EXPECT_FALSE(rig.core->ended()) << "the re-request server does not end the day";
  EXPECT_EQ(rig.counters().gaps, 1u) << "nor does its heartbeat reveal a gap";
}

TEST(Rerequest, TailGapAfterTheEndOfSession) {
  Rig rig(Rig<>::rerequest);
  rig.requests.answer = server_up_to(11);
  rig.a(1, 3);
  rig.on(Line::a, end_packet(11));
  rig.wait(100 * us);
  rig.on(Line::a, end_packet(11));
  EXPECT_FALSE(rig.core->ended());
  rig.wait(300 * us);
  EXPECT_TRUE(rig.core->ended());
  EXPECT_JOURNAL(rig, "1-10 end11");
}

TEST(Rerequest, LateJoin) {
  Rig rig(Rig<>::rerequest);
  rig.requests.answer = server_up_to(1000);
  rig.a(500, 502);
  rig.wait(10 * ms);
  EXPECT_JOURNAL(rig, "1-501");
}

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

TEST(Snapshot, EndOfSessionMeanwhile) {
  Rig rig(Rig<>::glimpse);
  rig.snapshots.serve = [] {
    Script script = snapshot(7);
    script.login_after = 5 * ms;
    return script;
  };
  rig.a(1, 3);
  rig.on(Line::a, end_packet(7));
  rig.wait(4 * ms);
  EXPECT_FALSE(rig.core->ended());
  rig.wait(10 * ms);
  EXPECT_TRUE(rig.core->ended());
  EXPECT_JOURNAL(rig, "1-2 begin 3msg splice7 end7");
}

TEST(Snapshot, SessionChangeMeanwhile) {
  Rig rig(Rig<>::glimpse);
  rig.snapshots.serve = [] {
    Script script = snapshot(7, 1000);
    script.messages_per_poll = 0;  // lets us in, sends nothing
    return script;
  };
  rig.a(1, 3);
  rig.a(5, 6);
  rig.wait(3 * seconds, 1 * ms);
  EXPECT_EQ(rig.core->state(), FeedState::snapshot);
  for (std::uint64_t s = 1; s < 5; ++s) {
    rig.on(Line::b, packet(s, s + 1, "NEXTDAY00N"));
    rig.on(Line::a, packet(s, s + 1, "NEXTDAY00N"));
  }
  EXPECT_EQ(rig.snapshots.state(), GlimpseClient::State::idle) << "cancelled";
  rig.snapshots.serve = [] {
    Script script = snapshot(3);
    script.session = "NEXTDAY00N";
    return script;
  };
  rig.wait(10 * ms);
  rig.on(Line::a, packet(5, 7, "NEXTDAY00N"));
  EXPECT_EQ(rig.sink.journal(), "1-2 lost3-5 change begin 3msg splice3 3-6");
  EXPECT_EQ(rig.sink.errors(), "");
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

// The decision machine alone, where the rig cannot look.
TEST(Recovery, DoesNotAskTwiceForOneMessage) {
  ReorderWindow window({.bytes = 0, .messages = 4096});
  RecoveryOptions options;
  options.can_request = true;
  options.timeout = options.timeout_limit = 100;
  options.chunk = 10;
  Recovery recovery(options);
  const GapView gaps{window, 5, 100, 100};
  std::vector<bool> asked(200);
  for (int i = 0; i < 4; ++i) {
    const Recovery::Step step = recovery.next(gaps, 0);
    ASSERT_EQ(step.action, Recovery::Action::request);
    for (std::uint64_t s = step.range.begin; s < step.range.end; ++s) {
      EXPECT_FALSE(asked[s]) << s;
      asked[s] = true;
    }
  }
  EXPECT_EQ(recovery.next(gaps, 99).action, Recovery::Action::wait);
  EXPECT_EQ(recovery.next(gaps, 100).action, Recovery::Action::request);
}

TEST(Recovery, AsksOnlyForWhatIsLost) {
  ReorderWindow window({.bytes = 0, .messages = 4096});
  RecoveryOptions options;
  options.can_request = true;
  Recovery recovery(options);
  EXPECT_EQ(recovery.next({window, 5, 0, 100}, 0).action, Recovery::Action::wait)
      << "the timer has not fired";
  EXPECT_EQ(recovery.next({window, 5, 7, 100}, 0).range, (SequenceRange{5, 7}));
}

}  // namespace
}  // namespace lln::handler
