// The session ends, or another begins, while something is still missing.
#include "feed_rig.hpp"

#include <gtest/gtest.h>

namespace lln::handler {
namespace {

using namespace testkit;
using Script = SimSnapshots::Script;

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

}  // namespace
}  // namespace lln::handler
