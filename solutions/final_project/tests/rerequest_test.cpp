// Re-requests, against a server that does what the test says: when, how often, and when to give up.
#include "feed_rig.hpp"

#include <gtest/gtest.h>

#include <map>
#include <vector>

namespace lln::handler {
namespace {

using namespace testkit;
using Reply = SimRequests::Reply;

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

TEST(Rerequest, LateJoin) {
  Rig rig(Rig<>::rerequest);
  rig.requests.answer = server_up_to(1000);
  rig.a(500, 502);
  rig.wait(10 * ms);
  EXPECT_JOURNAL(rig, "1-501");
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
