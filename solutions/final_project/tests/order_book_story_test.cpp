// What a feed means, told in short stories: each names the rule of the market that it checks.
#include "book_testkit.hpp"

#include <gtest/gtest.h>

namespace lln::handler {
namespace {

using testkit::apple;
using testkit::pear;

using testkit::Scene;
using testkit::TradeEvent;
using Refs = std::vector<std::uint64_t>;

TEST(OrderBookStory, EmptyBookHasNoPrices) {
  Scene scene;
  EXPECT_EQ(scene.bbo(), Bbo{});
  EXPECT_TRUE(scene.levels(Side::buy).empty());
  EXPECT_EQ(scene.books.digest({1}), feed::fnv_offset_basis) << "digest of a book without orders";
  EXPECT_EQ(scene.books.symbol({1}), "");
}

TEST(OrderBookStory, BestPricesAndLevelsOfBothSides) {
  Scene scene;
  scene << apple.add(1, 'B', 100, 9900) << apple.add(2, 'B', 200, 9950) << apple.add_mpid(3, 'S', 300, 10050)
        << apple.add(4, 'S', 400, 10000) << apple.add(5, 'B', 50, 9950) << pear.add(6, 'B', 1, 1);
  EXPECT_EQ(scene.bbo(), (Bbo{.bid_shares = 250, .ask_shares = 400, .bid_price = 9950, .ask_price = 10000}));
  EXPECT_EQ(scene.levels(Side::buy), (std::vector<LevelView>{{9950, 2, 250}, {9900, 1, 100}}));
  EXPECT_EQ(scene.levels(Side::sell), (std::vector<LevelView>{{10000, 1, 400}, {10050, 1, 300}}));
  EXPECT_EQ(scene.queue(), (Refs{2, 5, 1, 4, 3})) << "bids from the best down, then asks from the best up";
  EXPECT_EQ(scene.books.order_count({1}), 5U);
  EXPECT_EQ(scene.books.order_count(), 6U);
}

TEST(OrderBookStory, BestMovesWhenItsLevelDisappears) {
  Scene scene;
  scene << apple.add(1, 'B', 100, 100) << apple.add(2, 'B', 200, 99) << apple.add(3, 'B', 300, 98);
  scene << apple.remove(1);
  EXPECT_EQ(scene.bbo().bid_price, 99U);
  EXPECT_EQ(scene.bbo().bid_shares, 200U);
  scene << apple.execute(2, 200);
  EXPECT_EQ(scene.bbo().bid_price, 98U);
  scene << apple.cancel(3, 300);
  EXPECT_EQ(scene.bbo(), Bbo{});
  EXPECT_TRUE(scene.levels(Side::buy).empty());
}

TEST(OrderBookStory, BestOfferIsTheLowestPrice) {
  Scene scene;
  scene << apple.add(1, 'S', 10, 200) << apple.add(2, 'S', 20, 100) << apple.add(3, 'S', 30, 150)
        << apple.add(4, 'S', 40, 0);
  EXPECT_EQ(scene.bbo().ask_price, 0U) << "price 0 is accepted";
  EXPECT_EQ(scene.bbo().ask_shares, 40U);
  scene << apple.remove(4) << apple.remove(2);
  EXPECT_EQ(scene.bbo().ask_price, 150U);
}

TEST(OrderBookStory, ADeeperLevelThatGoesLeavesTheBestAlone) {
  Scene scene;
  scene << apple.add(1, 'B', 100, 100) << apple.add(2, 'B', 200, 99) << apple.add(3, 'B', 300, 98);
  const std::size_t events = scene.sink.bbos.size();
  scene << apple.remove(2);
  EXPECT_EQ(scene.bbo().bid_price, 100U);
  EXPECT_EQ(scene.sink.bbos.size(), events) << "no event for a change behind the best price";
  EXPECT_EQ(scene.levels(Side::buy), (std::vector<LevelView>{{100, 1, 100}, {98, 1, 300}}));
}

TEST(OrderBookStory, ExecutionsHitTheNamedOrderNotTheHeadOfTheQueue) {
  Scene scene;
  scene << apple.add(1, 'B', 100, 100) << apple.add(2, 'B', 100, 100) << apple.add(3, 'B', 100, 100);
  scene << apple.execute(2, 100);
  EXPECT_EQ(scene.queue(), (Refs{1, 3}));
  EXPECT_EQ(scene.bbo().bid_shares, 200U);
}

TEST(OrderBookStory, PartialExecutionAndPartialCancelKeepPriority) {
  Scene scene;
  scene << apple.add(1, 'S', 100, 100) << apple.add(2, 'S', 100, 100);
  scene << apple.execute(1, 30) << apple.cancel(1, 20);
  EXPECT_EQ(scene.orders(), (std::vector<OrderView>{{1, Side::sell, 100, 50}, {2, Side::sell, 100, 100}}));
  EXPECT_EQ(scene.bbo().ask_shares, 150U);
}

TEST(OrderBookStory, AmountsAreCumulativeUntilTheOrderIsDead) {
  Scene scene;
  scene << apple.add(1, 'B', 100, 100) << apple.execute(1, 40) << apple.execute_at(1, 30, 99)
        << apple.cancel(1, 30);
  EXPECT_EQ(scene.books.order_count(), 0U) << "at zero the order is gone; no D follows";
  scene << apple.remove(1);
  EXPECT_EQ(scene.books.counters().unknown_reference, 1U);
}

TEST(OrderBookStory, ReplaceLosesPriorityEvenAtTheSamePrice) {
  Scene scene;
  scene << apple.add(1, 'B', 100, 100) << apple.add(2, 'B', 100, 100);
  scene << apple.replace(1, 3, 100, 100);
  EXPECT_EQ(scene.queue(), (Refs{2, 3}));
  scene << apple.replace(2, 4, 50, 101);
  EXPECT_EQ(scene.queue(), (Refs{4, 3}));
  EXPECT_EQ(scene.bbo().bid_price, 101U);
}

TEST(OrderBookStory, ReplaceKeepsTheSide) {
  Scene scene;
  scene << apple.add(1, 'S', 100, 100) << apple.replace(1, 2, 70, 90);
  EXPECT_EQ(scene.orders(), (std::vector<OrderView>{{2, Side::sell, 90, 70}}));
}

TEST(OrderBookStory, ReplaceByItsOwnReferenceIsAPlainReplace) {
  Scene scene;
  scene << apple.add(1, 'B', 100, 100) << apple.add(2, 'B', 100, 100) << apple.replace(1, 1, 60, 100);
  EXPECT_EQ(scene.orders(), (std::vector<OrderView>{{2, Side::buy, 100, 100}, {1, Side::buy, 100, 60}}));
  EXPECT_EQ(scene.books.counters().duplicate_reference, 0U);
}

TEST(OrderBookStory, ExecutionAtAnotherPriceReducesTheOrdersOwnLevel) {
  Scene scene;
  scene << apple.add(1, 'B', 100, 100) << apple.add(2, 'B', 100, 99);
  scene << apple.execute_at(1, 40, 99);
  EXPECT_EQ(scene.levels(Side::buy), (std::vector<LevelView>{{100, 1, 60}, {99, 1, 100}}));
  const SymbolStatistics& statistics = scene.books.statistics({1});
  EXPECT_EQ(statistics.executed_notional, 40U * 99U) << "volume is counted at the execution price";
  EXPECT_EQ(statistics.last_price, 99U);
}

TEST(OrderBookStory, NonPrintableExecutionTakesSharesButIsNoVolume) {
  Scene scene;
  scene << apple.add(1, 'B', 100, 100) << apple.execute_at(1, 40, 98, 'N') << apple.cross(5000, 98);
  EXPECT_EQ(scene.bbo().bid_shares, 60U);
  const SymbolStatistics& statistics = scene.books.statistics({1});
  EXPECT_EQ(statistics.executed_shares, 0U);
  EXPECT_EQ(statistics.unprinted_executions, 1U);
  EXPECT_EQ(statistics.cross_shares, 5000U);
  EXPECT_EQ(statistics.crosses, 1U);
  EXPECT_EQ(statistics.last_price, 98U) << "of the cross";
  EXPECT_EQ(scene.sink.trades, (std::vector<TradeEvent>{{1, 98, 40, 8, false}, {1, 98, 5000, 10, true}}));
}

TEST(OrderBookStory, TradesAreReportedAtTheOrdersPrice) {
  Scene scene;
  scene << apple.add(1, 'B', 100, 123) << apple.execute(1, 40, 77) << apple.trade(25, 124);
  EXPECT_EQ(scene.sink.trades, (std::vector<TradeEvent>{{1, 123, 40, 77, true}, {1, 124, 25, 9, true}}));
  const SymbolStatistics& statistics = scene.books.statistics({1});
  EXPECT_EQ(statistics.executions, 1U);
  EXPECT_EQ(statistics.executed_shares, 40U);
  EXPECT_EQ(statistics.executed_notional, 40U * 123U);
  EXPECT_EQ(statistics.hidden_trades, 1U);
  EXPECT_EQ(statistics.hidden_shares, 25U);
  EXPECT_EQ(statistics.hidden_notional, 25U * 124U);
  EXPECT_EQ(statistics.last_price, 124U);
  EXPECT_EQ(statistics.last_shares, 25U);
  EXPECT_EQ(scene.books.statistics({2}), SymbolStatistics{}) << "the other symbol saw nothing";
}

TEST(OrderBookStory, CrossedAndLockedBooksAreLegal) {
  Scene scene;
  scene << apple.add(1, 'B', 10, 105) << apple.add(2, 'S', 20, 100);
  EXPECT_EQ(scene.bbo(), (Bbo{.bid_shares = 10, .ask_shares = 20, .bid_price = 105, .ask_price = 100}));
  scene << apple.replace(1, 3, 10, 100);
  EXPECT_EQ(scene.bbo().bid_price, 100U) << "locked";
}

TEST(OrderBookStory, OneBboEventForEachMessageThatChangesIt) {
  Scene scene;
  scene << apple.add(1, 'B', 100, 100);   // 1: first bid
  scene << apple.add(2, 'B', 100, 99);    // deeper: none
  scene << apple.add(3, 'B', 50, 100);    // 2: joins the best
  scene << apple.cancel(2, 10);           // deeper: none
  scene << apple.execute(1, 10);          // 3: best shrinks
  scene << apple.replace(3, 4, 50, 100);  // out and in again, same total: none
  scene << apple.replace(4, 5, 60, 100);  // 4
  scene << apple.replace(5, 6, 60, 101);  // 5: better, once and not twice
  scene << apple.execute(6, 0);           // nothing went: none
  using Event = testkit::RecordingSink::BboEvent;
  const auto bid = [](std::uint64_t shares, std::uint32_t price) {
    return Event{1, {.bid_shares = shares, .ask_shares = 0, .bid_price = price, .ask_price = 0}};
  };
  EXPECT_EQ(scene.sink.bbos,
            (std::vector<Event>{bid(100, 100), bid(150, 100), bid(140, 100), bid(150, 100), bid(60, 101)}));
  EXPECT_EQ(scene.sink.applied, 9U);
}

TEST(OrderBookStory, LongQueuesStayInOrderWhoeverLeaves) {
  Scene scene;
  Refs expected;
  for (std::uint64_t ref = 1; ref <= 100; ++ref) {
    scene << apple.add(ref, 'B', 10, 100);
    expected.push_back(ref);
  }
  // From the head, the tail, the middle; whole blocks of the queue become empty on the way.
  for (const std::uint64_t gone :
       std::initializer_list<std::uint64_t>{1,  100, 50, 2,  3,  4,  5,  6,  7,  8,  9,  10, 99, 98, 97,
                                            96, 95,  94, 93, 92, 91, 19, 20, 21, 22, 23, 24, 25, 26, 27}) {
    scene << apple.remove(gone);
    std::erase(expected, gone);
    ASSERT_EQ(scene.queue(), expected) << "after the removal of order " << gone;
  }
  scene << apple.add(200, 'B', 10, 100);
  expected.push_back(200);
  EXPECT_EQ(scene.queue(), expected) << "a newcomer goes to the tail";
  for (const std::uint64_t ref : Refs(expected)) scene << apple.remove(ref);
  EXPECT_EQ(scene.bbo(), Bbo{});
}

TEST(OrderBookStory, ManyLevelsStaySortedWhereverTheyOpen) {
  Scene scene;
  // 37 and 100 have no common factor: every price from 0 to 99 once, in a scattered order.
  for (std::uint32_t i = 0; i < 100; ++i) scene << apple.add(i + 1, 'S', i + 1, i * 37 % 100);
  const auto levels = scene.levels(Side::sell);
  ASSERT_EQ(levels.size(), 100U);
  for (std::uint32_t i = 0; i < 100; ++i) EXPECT_EQ(levels[i].price, i);
}

TEST(OrderBookStory, DirectoryNamesSymbolsAndTheLastNameWins) {
  Scene scene;
  scene << apple.add(1, 'B', 100, 100) << apple.directory("AAPL") << pear.directory("PEAR");
  EXPECT_EQ(scene.books.symbol({1}), "AAPL");
  EXPECT_EQ(scene.books.find_symbol("PEAR"), Locate{2});
  scene << apple.directory("APLE");
  EXPECT_EQ(scene.books.symbol({1}), "APLE");
  EXPECT_EQ(scene.books.find_symbol("AAPL"), std::nullopt);
  EXPECT_EQ(scene.books.order_count({1}), 1U) << "orders stay";
}

TEST(OrderBookStory, ClearIsAFreshStart) {
  Scene scene;
  for (std::uint64_t ref = 1; ref <= 50; ++ref)
    scene << apple.add(ref, ref % 2 ? 'B' : 'S', 10, 100 + static_cast<std::uint32_t>(ref % 7));
  scene << apple.directory("AAPL") << apple.trade(1, 1);
  scene.books.clear();
  EXPECT_EQ(scene.bbo(), Bbo{});
  EXPECT_EQ(scene.books.order_count(), 0U);
  EXPECT_EQ(scene.books.symbol({1}), "");
  EXPECT_EQ(scene.books.statistics({1}), SymbolStatistics{});
  EXPECT_EQ(scene.books.digest({1}), feed::fnv_offset_basis);
  scene << apple.remove(1);
  EXPECT_EQ(scene.books.counters().unknown_reference, 1U) << "the orders are really gone";
  scene << apple.add(1, 'B', 10, 100) << apple.add(2, 'B', 20, 100);
  EXPECT_EQ(scene.queue(), (Refs{1, 2}));
}

TEST(OrderBookStory, DigestIsThatOfTheSpecification) {
  Scene scene;
  scene << apple.add(5, 'S', 300, 10000) << apple.add(1, 'B', 100, 9900) << apple.add(2, 'B', 200, 9950);
  feed::DigestBuilder digest;
  digest.add(2, Side::buy, {9950}, 200);
  digest.add(1, Side::buy, {9900}, 100);
  digest.add(5, Side::sell, {10000}, 300);
  EXPECT_EQ(scene.books.digest({1}), digest.value());
}

// Far more levels than a ladder holds in place: each has to be right when it becomes the best, whatever happened to it
// while it stood deep.
TEST(OrderBookStory, EveryLevelOfADeepLadderIsRightWhenItsTurnComes) {
  for (const char side : {'B', 'S'}) {
    Scene scene;
    const auto price = [side](std::uint32_t rank) { return side == 'B' ? 1000 - rank : 1000 + rank; };
    for (std::uint32_t rank = 0; rank < 60; ++rank)
      scene << apple.add(100 + rank, side, 10, price(rank)) << apple.add(200 + rank, side, 7, price(rank));
    for (std::uint32_t rank = 0; rank < 60; rank += 2) scene << apple.cancel(200 + rank, 3);
    for (std::uint32_t rank = 0; rank < 60; rank += 3) scene << apple.remove(100 + rank);
    for (std::uint32_t rank = 0; rank < 60; ++rank) {
      const std::uint64_t shares = (rank % 3 == 0 ? 0 : 10) + (rank % 2 == 0 ? 4 : 7);
      const Bbo bbo = scene.bbo();
      EXPECT_EQ(side == 'B' ? bbo.bid_price : bbo.ask_price, price(rank));
      EXPECT_EQ(side == 'B' ? bbo.bid_shares : bbo.ask_shares, shares) << "level " << rank;
      if (rank % 3 != 0) scene << apple.remove(100 + rank);
      scene << apple.remove(200 + rank);
    }
    EXPECT_EQ(scene.bbo(), Bbo{});
  }
}

}  // namespace
}  // namespace lln::handler
