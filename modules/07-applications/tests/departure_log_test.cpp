// Sent stamps put to their answers: late, out of step, missing, doubled.
#include <lln/app/echo/detail/departure_log.hpp>

#include <gtest/gtest.h>

namespace lln::app {
namespace {

using detail::DepartureLog;

TEST(EchoDepartureLog, TwoTimesOfEachAnswer) {
  DepartureLog log;
  log.sent(0, 1'000, 1'400);
  log.sent(1, 2'000, 2'100);
  log.stamp(1, 2'150, false);
  log.stamp(0, 1'500, false);
  log.forget();
  const EchoDepartures& found = log.found();
  EXPECT_EQ(found.out.count(), 2U);
  EXPECT_EQ(found.out.min(), 50U);
  EXPECT_EQ(found.out.max(), 100U);
  EXPECT_EQ(found.through.min(), 150U);
  EXPECT_EQ(found.through.max(), 500U);
  EXPECT_EQ(found.unstamped + found.backwards, 0U);
}

TEST(EchoDepartureLog, TheNicsStampCountsWheneverItComes) {
  DepartureLog log;
  for (const std::uint32_t id : {0U, 1U}) {
    log.sent(id, 1'000, 1'100);
    if (id == 0) log.stamp(id, 1'300, false);
    log.stamp(id, 1'500, true);
    if (id == 1) log.stamp(id, 1'300, false);
  }
  log.forget();
  EXPECT_EQ(log.found().out.count(), 2U);
  EXPECT_EQ(log.found().out.min(), 400U);
}

TEST(EchoDepartureLog, NobodyHasAnothersStamp) {
  DepartureLog log;
  log.sent(5, 1'000, 1'100);
  log.stamp(6, 1'200, false);
  log.stamp(5 + DepartureLog::capacity, 1'300, false);
  log.forget();
  log.stamp(5, 1'400, false);  // too late
  log.sent(5, 2'000, 2'100);
  log.forget();
  EXPECT_EQ(log.found().out.count(), 0U);
  EXPECT_EQ(log.found().unstamped, 2U);
}

TEST(EchoDepartureLog, RoundsOfTheRingAndOfTheIds) {
  DepartureLog log;
  auto id = static_cast<std::uint32_t>(0U - 3U * DepartureLog::capacity / 2);
  for (std::uint32_t i = 0; i < 3 * DepartureLog::capacity; ++i, ++id) {
    log.sent(id, 1'000, 1'100);
    if (i % 3 != 0) log.stamp(id, 1'200, false);
  }
  log.forget();
  EXPECT_EQ(log.found().out.count(), 2 * DepartureLog::capacity);
  EXPECT_EQ(log.found().unstamped, DepartureLog::capacity);
}

TEST(EchoDepartureLog, WhatIsIncompleteOrGoesBackwardsIsOnlyCounted) {
  DepartureLog log;
  log.sent(0, 0, 1'100);  // its request had no stamp
  log.stamp(0, 1'200, false);
  log.sent(1, 1'000, 1'100);  // sent before it was ready
  log.stamp(1, 1'050, false);
  log.sent(2, 1'150, 1'100);  // came after it was ready
  log.stamp(2, 1'200, false);
  log.forget();
  EXPECT_EQ(log.found().out.count() + log.found().through.count(), 0U);
  EXPECT_EQ(log.found().unstamped, 1U);
  EXPECT_EQ(log.found().backwards, 2U);
}

}  // namespace
}  // namespace lln::app
