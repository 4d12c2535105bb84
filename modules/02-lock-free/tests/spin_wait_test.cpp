// SpinWait: when it starts to yield, and that a success makes it start again.
#include <lln/lock_free/spin_wait.hpp>

#include <gtest/gtest.h>

namespace {

using lln::lock_free::SpinWait;

TEST(SpinWait, YieldsAfterItsRoundsAndSpinsAgainAfterReset) {
  SpinWait wait({.longest = 8, .spins = 5});
  for (int round = 0; round < 5; ++round) {
    EXPECT_FALSE(wait.yields()) << "round " << round;
    wait.wait();
  }
  EXPECT_TRUE(wait.yields());
  wait.wait();
  EXPECT_TRUE(wait.yields());
  wait.reset();
  EXPECT_FALSE(wait.yields());
}

TEST(SpinWait, WithoutRoundsItYieldsAtOnce) {
  SpinWait wait({.longest = 0, .spins = 0});
  EXPECT_TRUE(wait.yields());
  wait.wait();
}

}  // namespace
