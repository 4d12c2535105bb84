#include <lln/handler/live_view.hpp>

#include <gtest/gtest.h>

#include <thread>

namespace lln::handler {
namespace {

// A ladder whose every number is `n`: a mix of two is easy to tell.
app::Ladder all(std::uint32_t n) {
  app::Ladder ladder;
  for (auto* side : {&ladder.bids, &ladder.asks}) {
    for (app::LadderLevel& level : *side) level = {n, n, n};
  }
  ladder.volume = ladder.orders = ladder.last_price = n;
  return ladder;
}

bool is_all(const app::Ladder& ladder, std::uint32_t n) {
  bool same = ladder.volume == n && ladder.orders == n && ladder.last_price == n;
  for (const auto* side : {&ladder.bids, &ladder.asks}) {
    for (const app::LadderLevel& level : *side)
      same = same && level.price == n && level.shares == n && level.orders == n;
  }
  return same;
}

TEST(LiveView, StatusArrives) {
  LiveView view;
  EXPECT_EQ(view.status().state, app::FeedState::waiting);
  view.publish_status({.packets = 1,
                       .messages = 2,
                       .gaps = 3,
                       .unrecovered = 4,
                       .kernel_drops = 5,
                       .state = app::FeedState::snapshot});
  const app::LiveStatus status = view.status();
  EXPECT_EQ(status.packets, 1u);
  EXPECT_EQ(status.messages, 2u);
  EXPECT_EQ(status.gaps, 3u);
  EXPECT_EQ(status.unrecovered, 4u);
  EXPECT_EQ(status.kernel_drops, 5u);
  EXPECT_EQ(status.state, app::FeedState::snapshot);
}

TEST(LiveView, ALadderIsMadeOnlyWhenAskedFor) {
  LiveView view;
  app::Ladder ladder;
  EXPECT_FALSE(view.ladder_wanted());
  EXPECT_FALSE(view.ladder(ladder)) << "there is none yet";
  EXPECT_TRUE(view.ladder_wanted());
  view.publish_ladder(all(7));
  EXPECT_FALSE(view.ladder_wanted()) << "the wish is fulfilled";
  ASSERT_TRUE(view.ladder(ladder));
  EXPECT_TRUE(is_all(ladder, 7));
}

TEST(LiveView, NeverAMixOfTwoLadders) {
  LiveView view;
  std::atomic<bool> done{false};
  std::thread writer([&] {
    for (std::uint32_t n = 1; !done.load(std::memory_order_relaxed); ++n) view.publish_ladder(all(n));
  });
  std::uint32_t newest = 0;
  for (int seen = 0; seen < 20'000;) {
    app::Ladder ladder;
    if (!view.ladder(ladder)) continue;
    ++seen;
    EXPECT_TRUE(is_all(ladder, ladder.last_price)) << "torn at " << ladder.last_price;
    EXPECT_GE(ladder.last_price, newest) << "went back in time";
    newest = ladder.last_price;
    if (HasFailure()) break;
  }
  done = true;
  writer.join();
}

}  // namespace
}  // namespace lln::handler
