#include <lln/handler/gap_watch.hpp>

#include <gtest/gtest.h>

#include <chrono>

namespace lln::handler {
namespace {

using namespace std::chrono_literals;

// Times are written as microseconds from an arbitrary start.
class GapWatchTest : public ::testing::Test {
 protected:
  std::uint64_t at(std::int64_t us) const {
    return 1'000'000'000 + clock.to_ticks(std::chrono::microseconds(us));
  }

  latency::TscClock clock = latency::TscClock::calibrate(1ms);
  GapWatch watch{clock, 10us};
};

TEST_F(GapWatchTest, ShortStepsAreNoGap) {
  watch.start(at(0));
  for (int us = 1; us < 1'000; us += 9) EXPECT_FALSE(watch.tick(at(us)));
  EXPECT_EQ(watch.gaps().count(), 0u);
  EXPECT_FALSE(watch.disturbed());
  EXPECT_FALSE(watch.disturbed_since(at(-100))) << "no gap ever: nothing was disturbed";
}

TEST_F(GapWatchTest, AJumpIsAGapWithItsLength) {
  watch.start(at(0));
  EXPECT_TRUE(watch.tick(at(250)));
  EXPECT_EQ(watch.gaps().count(), 1u);
  EXPECT_NEAR(static_cast<double>(watch.gaps().max()), 250e3, 500.0);
  EXPECT_TRUE(watch.disturbed());
}

TEST_F(GapWatchTest, TheFirstReadingIsNoGap) {
  watch.start(at(5'000));
  EXPECT_FALSE(watch.tick(at(5'001)));
}

TEST_F(GapWatchTest, AClockThatGoesBackALittleIsNoGap) {
  watch.start(at(10));
  EXPECT_FALSE(watch.tick(at(9))) << "another core's counter may be a few ticks behind";
  EXPECT_EQ(watch.gaps().count(), 0u);
}

TEST_F(GapWatchTest, DisturbanceLastsUntilATurnFindsNothing) {
  watch.start(at(0));
  watch.begin_turn();
  watch.tick(at(100));  // gap in this turn
  watch.end_turn(true);
  EXPECT_TRUE(watch.disturbed()) << "a source looked at before the gap may have filled up since";
  watch.begin_turn();
  watch.tick(at(101));
  watch.end_turn(false);
  EXPECT_TRUE(watch.disturbed()) << "packets were waiting: the queue is not drained yet";
  watch.begin_turn();
  watch.tick(at(102));
  watch.end_turn(true);
  EXPECT_FALSE(watch.disturbed());
}

TEST_F(GapWatchTest, APacketHeldDuringAGapIsDisturbedForEver) {
  watch.start(at(0));
  watch.begin_turn();
  watch.tick(at(100));
  watch.end_turn(true);
  watch.begin_turn();
  watch.tick(at(101));
  watch.end_turn(true);
  ASSERT_FALSE(watch.disturbed());
  EXPECT_TRUE(watch.disturbed_since(at(50))) << "taken before the gap's end";
  EXPECT_FALSE(watch.disturbed_since(at(101))) << "taken after it";
}

TEST_F(GapWatchTest, OwnWorkIsNoExcuse) {
  watch.start(at(0));
  watch.own_work_until(at(500));
  EXPECT_FALSE(watch.tick(at(505)));
  EXPECT_EQ(watch.gaps().count(), 0u);
  EXPECT_FALSE(watch.disturbed()) << "what waited for our own work counts as undisturbed, and slow";
}

}  // namespace
}  // namespace lln::handler
