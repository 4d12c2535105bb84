// Matching and decomposition, on stamps that are made up.
#include <lln/net/packet_life.hpp>

#include <gtest/gtest.h>

namespace lln::net {
namespace {

TransmitStamp stamp(std::uint32_t id, Station station, std::int64_t time_ns) {
  return {id, station, time_ns, 0};
}

TEST(Departures, StampsFindTheirMessageInAnyOrder) {
  Departures departures(100);
  for (std::uint32_t i = 0; i < 100; ++i) ASSERT_TRUE(departures.add(i, 1000 + i));
  EXPECT_FALSE(departures.add(100, 2000)) << "full";
  for (const std::uint32_t id : {0U, 1U, 5U, 99U, 3U, 50U, 2U}) {
    EXPECT_TRUE(departures.add_stamp(stamp(id, Station::sent, 7000 + id)));
    EXPECT_TRUE(departures.add_stamp(stamp(id, Station::scheduled, 6000 + id)));
  }
  for (const std::uint32_t id : {0U, 1U, 5U, 99U, 3U, 50U, 2U}) {
    EXPECT_EQ(departures.all()[id].scheduled_ns, 6000 + id);
    EXPECT_EQ(departures.all()[id].sent_ns, 7000 + id);
  }
  EXPECT_EQ(departures.all()[4].sent_ns, 0);
  EXPECT_EQ(departures.stamps(), 14U);
  EXPECT_FALSE(departures.add_stamp(stamp(100, Station::sent, 1)));
  EXPECT_EQ(departures.unknown(), 1U);
}

// Far enough apart that looking a little ahead does not find them.
TEST(Departures, IdsOfAStreamWrapAround) {
  constexpr std::uint32_t first = 0xffff'ff80U;
  Departures departures(30);
  for (std::uint32_t i = 0; i < 30; ++i) ASSERT_TRUE(departures.add(first + 10 * i, 1));
  for (const std::uint32_t i : {29U, 0U, 20U, 12U, 13U, 5U})
    EXPECT_TRUE(departures.add_stamp(stamp(first + 10 * i, Station::acknowledged, 100 + i))) << i;
  for (const std::uint32_t i : {29U, 0U, 20U, 12U, 13U, 5U})
    EXPECT_EQ(departures.all()[i].acknowledged_ns, 100 + i);
  EXPECT_FALSE(departures.add_stamp(stamp(first + 5, Station::acknowledged, 25)))
      << "in the middle of a message";
  EXPECT_EQ(departures.stamps(), 6U);
}

TEST(Departures, ARetransmissionDoesNotReplaceTheFirstStamp) {
  Departures departures(1);
  ASSERT_TRUE(departures.add(9, 1));
  EXPECT_TRUE(departures.add_stamp(stamp(9, Station::sent, 10)));
  EXPECT_FALSE(departures.add_stamp(stamp(9, Station::sent, 500)));
  EXPECT_EQ(departures.all()[0].sent_ns, 10);
  EXPECT_EQ(departures.repeated(), 1U);
}

TEST(Departures, NobodysStampBeforeAnyMessage) {
  Departures departures(1);
  EXPECT_FALSE(departures.add_stamp(stamp(0, Station::sent, 10)));
  EXPECT_EQ(departures.unknown(), 1U);
}

TEST(Decomposition, LegsLieBetweenTheStations) {
  const std::vector<Departure> departures{{0, 1000, 1010, 1030, 2000}};
  const std::vector<Arrival> arrivals{{1070, 1150}};
  const Decomposition found = decompose(departures, arrivals);
  ASSERT_EQ(found.lives.size(), 1U);
  EXPECT_EQ(found.lives[0].leg_ns, (std::array<std::int64_t, legs>{10, 20, 40, 80}));
  EXPECT_EQ(found.lives[0].whole_ns, 150);
  EXPECT_EQ(found.by_leg[static_cast<std::size_t>(Leg::wire)].max(), 40U);
  EXPECT_EQ(found.whole.max(), 150U);
  EXPECT_EQ(found.acknowledged.max(), 1000U);
}

TEST(Decomposition, WhatIsIncompleteIsCountedAndInNoHistogram) {
  const std::vector<Departure> departures{{0, 10, 11, 12, 0}, {1, 20, 0, 22, 0},  {2, 30, 31, 0, 0},
                                          {3, 40, 41, 42, 0}, {4, 50, 51, 52, 0}, {5, 60, 61, 62, 0}};
  const std::vector<Arrival> arrivals{{13, 14}, {23, 24}, {33, 34}, {0, 44}, {51, 54}};
  const Decomposition found = decompose(departures, arrivals);
  EXPECT_EQ(found.whole.count(), 1U);
  EXPECT_EQ(found.unstamped, 3U) << "no scheduled, no sent, no receive stamp";
  EXPECT_EQ(found.backwards, 1U) << "arrived before it was sent";
  EXPECT_EQ(found.lost, 1U);
  const std::vector<Arrival> with_a_hole{{13, 14}, {0, 0}};
  EXPECT_EQ(decompose(std::span(departures).first(2), with_a_hole).lost, 1U);
}

TEST(Decomposition, WarmingUpIsLeftOut) {
  const std::vector<Departure> departures{{0, 10, 0, 0, 0}, {1, 20, 21, 22, 0}};
  const std::vector<Arrival> arrivals{{0, 0}, {23, 24}};
  const Decomposition found = decompose(departures, arrivals, 1);
  EXPECT_EQ(found.lost + found.unstamped, 0U);
  EXPECT_EQ(found.lives.at(0).message, 1U);
}

TEST(Decomposition, MergedRunsAreSortedTogether) {
  const std::vector<Departure> departures{{0, 10, 20, 30, 0}, {1, 50, 60, 0, 0}, {2, 70, 80, 90, 0}};
  Decomposition slow = decompose(std::span(departures).first(2), std::vector<Arrival>{{40, 100}, {61, 62}});
  const Decomposition fast = decompose(departures, std::vector<Arrival>{{40, 50}, {0, 0}, {80, 99}});
  slow.merge(fast);
  ASSERT_EQ(slow.lives.size(), 2U);
  EXPECT_EQ(slow.lives[0].whole_ns, 40);
  EXPECT_EQ(slow.lives[1].whole_ns, 90);
  EXPECT_EQ(slow.whole.count(), 2U);
  EXPECT_EQ(slow.by_leg[3].min(), 10U);
  EXPECT_EQ(slow.by_leg[3].max(), 60U);
  EXPECT_EQ(slow.unstamped, 1U);
  EXPECT_EQ(slow.lost, 1U);
  EXPECT_EQ(slow.backwards, 1U);
}

TEST(Decomposition, ProfilesAddUpToTheWhole) {
  std::vector<Departure> departures;
  std::vector<Arrival> arrivals;
  // The later, the slower; the wire alone makes the difference.
  for (std::uint32_t i = 0; i < 100; ++i) {
    departures.push_back({i, 1000, 1001, 1003, 0});
    arrivals.push_back({1003 + 10 * (i + 1), 1013 + 10 * (i + 1)});
  }
  std::swap(arrivals[3], arrivals[97]);
  const Decomposition found = decompose(departures, arrivals);
  const auto slowest = found.between(90, 100);
  EXPECT_EQ(slowest.messages, 10U);
  EXPECT_DOUBLE_EQ(slowest.leg_ns[0], 1);
  EXPECT_DOUBLE_EQ(slowest.leg_ns[1], 2);
  EXPECT_DOUBLE_EQ(slowest.leg_ns[2], 955);
  EXPECT_DOUBLE_EQ(slowest.leg_ns[3], 10);
  EXPECT_DOUBLE_EQ(slowest.whole_ns, 968);
  EXPECT_EQ(found.between(0, 100).messages, 100U);
  EXPECT_EQ(Decomposition{}.between(45, 55).messages, 0U);
  EXPECT_EQ(Decomposition{}.between(45, 55).whole_ns, 0);
}

}  // namespace
}  // namespace lln::net
