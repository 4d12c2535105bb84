// What happens to packets, on a clock that the test moves.
#include <lln/net/impaired_line.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <stdexcept>
#include <string>

namespace lln::net {
namespace {

using namespace std::chrono_literals;
using Fate = Impairment::Fate;
using Loss = Impairment::Loss;
using Options = Impairment::Options;

// One packet of 100 bytes each millisecond.
std::vector<Fate> fates(const Options& options, int count, std::chrono::nanoseconds step = 1ms) {
  Impairment impairment(options);
  std::vector<Fate> result;
  for (int i = 0; i < count; ++i) result.push_back(impairment.decide(i * step, 100));
  return result;
}

std::set<int> lost(const std::vector<Fate>& all) {
  std::set<int> result;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].loss == Loss::random) result.insert(static_cast<int>(i));
  }
  return result;
}

TEST(Impairment, DoesNothingUnlessAsked) {
  const auto all = fates({}, 100);
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].loss, Loss::none);
    EXPECT_EQ(all[i].copies, 1U);
    EXPECT_EQ(all[i].due, static_cast<int>(i) * 1ms);
  }
}

TEST(Impairment, LosesTheShareThatWasAskedFor) {
  constexpr int count = 100'000;
  for (const double share : {0.001, 0.05, 0.5}) {
    const double found = static_cast<double>(lost(fates({.loss = share}, count)).size());
    // Six standard deviations: the seed is fixed, so this is right for ever or wrong for ever.
    EXPECT_NEAR(found, share * count, 6 * std::sqrt(share * (1 - share) * count));
  }
  EXPECT_TRUE(lost(fates({.loss = 0}, 1000)).empty());
  EXPECT_EQ(lost(fates({.loss = 1}, 1000)).size(), 1000U);
}

TEST(Impairment, TheSeedDecides) {
  const Options options{.seed = 7, .loss = 0.1};
  EXPECT_EQ(lost(fates(options, 1000)), lost(fates(options, 1000)));
  EXPECT_NE(lost(fates(options, 1000)), lost(fates({.seed = 8, .loss = 0.1}, 1000)));
}

// Written down once: a change of the generator changes every experiment that somebody has published.
TEST(Impairment, TheFatesOfASeedNeverChange) {
  EXPECT_EQ(lost(fates({.seed = 42, .loss = 0.1}, 100)), (std::set<int>{3, 5, 23, 71, 85}));
}

TEST(Impairment, EffectsDoNotDisturbEachOther) {
  const auto alone = lost(fates({.seed = 3, .loss = 0.1}, 2000));
  EXPECT_EQ(alone, lost(fates({.seed = 3,
                               .loss = 0.1,
                               .duplicate = 0.3,
                               .reorder = 0.2,
                               .reorder_by = 5ms,
                               .delay = 20ms,
                               .jitter = 10ms,
                               .bits_per_second = 1e6},
                              2000)));
  EXPECT_EQ(alone, lost(fates({.seed = 3, .loss = 0.1}, 2000, 7us))) << "nor does the time";
  const auto more = lost(fates({.seed = 3, .loss = 0.2}, 2000));
  EXPECT_TRUE(std::includes(more.begin(), more.end(), alone.begin(), alone.end()))
      << "more loss takes others besides";
}

TEST(Impairment, LossesInRunsHaveTheSameShareAndTheLengthAskedFor) {
  constexpr int count = 200'000;
  const auto all = fates({.loss = 0.05, .loss_burst = 8}, count);
  int runs = 0;
  for (std::size_t i = 0; i < all.size(); ++i)
    runs += all[i].loss == Loss::random && (i == 0 || all[i - 1].loss == Loss::none);
  const double losses = static_cast<double>(lost(all).size());
  EXPECT_NEAR(losses / count, 0.05, 0.005);
  EXPECT_NEAR(losses / runs, 8, 0.6);
}

TEST(Impairment, JitterStaysInItsRangeAndKeepsTheOrder) {
  const auto all = fates({.delay = 20ms, .jitter = 5ms}, 10'000, 100us);
  std::chrono::nanoseconds before{0};
  std::chrono::nanoseconds sum{0};
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto late = all[i].due - static_cast<int>(i) * 100us;
    EXPECT_GE(late, 20ms);
    EXPECT_LE(late, 25ms);
    EXPECT_GE(all[i].due, before) << "overtaken";
    before = all[i].due;
  }
  // Far enough apart that nobody has to wait for the one before: the delay itself is seen.
  const auto apart = fates({.delay = 20ms, .jitter = 5ms}, 10'000, 10ms);
  for (std::size_t i = 0; i < apart.size(); ++i) sum += apart[i].due - static_cast<int>(i) * 10ms;
  EXPECT_NEAR(static_cast<double>(sum.count()) / 10'000, 22.5e6, 0.1e6);
}

TEST(Impairment, AHeldBackPacketIsOvertakenByThoseThatFitIntoTheTime) {
  // 2.5 ms at one packet a millisecond: by two.
  ImpairedLine line({.seed = 5, .reorder = 0.02, .reorder_by = 2500us}, 100, 4);
  std::vector<std::uint32_t> came;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    line.put(i * 1ms, {}, i);
    while (const auto packet = line.take(i * 1ms)) came.push_back(packet->tag);
  }
  while (const auto packet = line.take(1h)) came.push_back(packet->tag);
  ASSERT_EQ(came.size(), 1000U);
  std::uint64_t moved = 0;
  for (std::size_t place = 0; place < 990; ++place) {
    if (came[place] + 2 == place) ++moved;
    EXPECT_TRUE(came[place] <= place + 2 && place <= came[place] + 2) << came[place] << " at " << place;
  }
  EXPECT_GT(moved, 5U);
  EXPECT_LE(moved, line.counters().held_back);
}

TEST(Impairment, DuplicatesComeRightBehind) {
  const auto all = fates({.duplicate = 0.25}, 100'000);
  int twice = 0;
  for (const Fate& fate : all) twice += fate.copies == 2;
  EXPECT_NEAR(twice, 25'000, 900);
  ImpairedLine line({.duplicate = 1}, 10, 4);
  line.put(0ms, {}, 1);
  line.put(0ms, {}, 2);
  std::string order;
  while (const auto packet = line.take(0ms)) order += std::to_string(packet->tag);
  EXPECT_EQ(order, "1122");
  EXPECT_EQ(line.counters().duplicated, 2U);
}

TEST(Impairment, ALinkSendsOnePacketAfterTheOther) {
  // 1250 bytes at 10 Mbit/s are a millisecond.
  Impairment link({.delay = 3ms, .bits_per_second = 10e6, .queue = 5ms});
  for (int i = 0; i < 6; ++i) {
    const Fate fate = link.decide(0ms, 1250);
    EXPECT_EQ(fate.loss, Loss::none) << i;
    EXPECT_EQ(fate.due, (i + 1) * 1ms + 3ms) << i;
  }
  for (int i = 0; i < 4; ++i) EXPECT_EQ(link.decide(0ms, 1250).loss, Loss::queue) << "would wait 6 ms";
  EXPECT_EQ(link.decide(1ms, 1250).due, 7ms + 3ms) << "one has left: there is room for one";
  EXPECT_EQ(link.decide(1ms, 1).loss, Loss::queue);
  EXPECT_EQ(link.decide(20ms, 1250).due, 21ms + 3ms) << "an idle link has no memory";
  EXPECT_EQ(link.counters().queue_full, 5U);
  EXPECT_EQ(link.counters().packets, 13U);
}

TEST(Impairment, RefusesNonsenseByName) {
  const auto refusal = [](const Options& options) -> std::string {
    try {
      const Impairment impairment(options);
      return "accepted";
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
  };
  EXPECT_NE(refusal({.loss = 1.1}).find("loss is a share"), std::string::npos);
  EXPECT_NE(refusal({.loss = -0.1}).find("loss is a share"), std::string::npos);
  EXPECT_NE(refusal({.loss = std::nan("")}).find("loss is a share"), std::string::npos);
  EXPECT_NE(refusal({.duplicate = 2}).find("duplicate"), std::string::npos);
  EXPECT_NE(refusal({.reorder = 0.1}).find("reorder_by"), std::string::npos);
  EXPECT_NE(refusal({.delay = -1ms}).find("times"), std::string::npos);
  EXPECT_NE(refusal({.bits_per_second = -1}).find("rate"), std::string::npos);
  EXPECT_NE(refusal({.loss = 0.1, .loss_burst = 0.5}).find("loss_burst"), std::string::npos);
  EXPECT_NE(refusal({.loss = 0.9, .loss_burst = 1}).find("raise loss_burst"), std::string::npos);
}

TEST(ImpairedLine, PacketsComeOutWholeAndNotBeforeTheirTime) {
  ImpairedLine line({.delay = 10ms}, 4, 8);
  EXPECT_FALSE(line.next_due());
  const std::array<std::byte, 3> content{std::byte{1}, std::byte{2}, std::byte{3}};
  line.put(5ms, content, 77);
  line.put(6ms, {}, 78);
  EXPECT_EQ(line.next_due(), 15ms);
  EXPECT_FALSE(line.take(15ms - 1ns));
  const auto packet = line.take(15ms);
  ASSERT_TRUE(packet);
  EXPECT_TRUE(std::equal(packet->bytes.begin(), packet->bytes.end(), content.begin(), content.end()));
  EXPECT_EQ(packet->tag, 77U);
  EXPECT_EQ(packet->due, 15ms);
  EXPECT_EQ(line.under_way(), 1U);
  const auto empty = line.take(1s);
  ASSERT_TRUE(empty);
  EXPECT_TRUE(empty->bytes.empty());
  EXPECT_FALSE(line.take(1s));
}

TEST(ImpairedLine, CountsWhatDoesNotFit) {
  ImpairedLine line({.delay = 10ms}, 2, 4);
  const std::array<std::byte, 5> content{};
  line.put(0ms, content);
  EXPECT_EQ(line.too_long(), 1U);
  for (std::uint32_t i = 0; i < 3; ++i) line.put(0ms, std::span(content).first(4), i);
  EXPECT_EQ(line.too_many(), 1U);
  EXPECT_EQ(line.take(10ms)->tag, 0U);
  line.put(10ms, std::span(content).first(4), 9);  // in the place that is free now
  EXPECT_EQ(line.take(10ms)->tag, 1U);
  EXPECT_EQ(line.take(20ms)->tag, 9U);
  EXPECT_EQ(line.too_many(), 1U);
}

}  // namespace
}  // namespace lln::net
