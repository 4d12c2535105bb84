#include "book_builder.hpp"
#include "support.hpp"

#include <lln/feed/simple_book.hpp>

namespace lln::feed {
namespace {

using namespace test;

std::vector<std::uint64_t> references(const SimpleBooks& books, Locate locate) {
  std::vector<std::uint64_t> result;
  for (const BookOrder& order : books.orders(locate)) result.push_back(order.reference);
  return result;
}

void expect_nothing_counted(const SimpleBooks& books) {
  SimpleBookCounters clean;
  clean.messages = books.counters().messages;
  EXPECT_EQ(books.counters(), clean);
}

TEST(SimpleBooks, LevelsAreSortedBestFirst) {
  SimpleBooks books;
  for (const auto& order :
       {buy(1, 100, 1000), buy(2, 50, 1002), buy(3, 25, 1000), sell(4, 10, 1005), sell(5, 20, 1003)})
    books.apply(Message(order));
  EXPECT_EQ(books.levels(aapl, Side::buy),
            (std::vector<BookLevel>{{Price4{1002}, 50, 1}, {Price4{1000}, 125, 2}}));
  EXPECT_EQ(books.levels(aapl, Side::sell),
            (std::vector<BookLevel>{{Price4{1003}, 20, 1}, {Price4{1005}, 10, 1}}));
  EXPECT_EQ(books.best(aapl, Side::buy), (BookLevel{Price4{1002}, 50, 1}));
  EXPECT_EQ(books.best(aapl, Side::sell), (BookLevel{Price4{1003}, 20, 1}));
  EXPECT_EQ(books.best(msft, Side::buy), std::nullopt);
  EXPECT_EQ(books.live_orders(), 5u);
  expect_nothing_counted(books);
}

TEST(SimpleBooks, LevelVolumeGoesBeyond32Bits) {
  SimpleBooks books;
  books.apply(Message(buy(1, 4'000'000'000, 1000)));
  books.apply(Message(buy(2, 4'000'000'000, 1000)));
  EXPECT_EQ(books.best(aapl, Side::buy)->shares, 8'000'000'000u);
}

TEST(SimpleBooks, ExecutionsAndCancelsReduceAndKeepPriority) {
  SimpleBooks books;
  for (const Message& message :
       {Message(buy(1, 100, 1000)), Message(buy(2, 100, 1000)), Message(execute(1, 30)),
        Message(execute_at(1, 20, 990, 'Y')), Message(cancel(1, 10))})
    books.apply(message);
  ASSERT_NE(books.find(1), nullptr);
  EXPECT_EQ(books.find(1)->shares, 40u);
  EXPECT_EQ(books.find(1)->price, Price4{1000}) << "the execution price must not move the order";
  EXPECT_EQ(references(books, aapl), (std::vector<std::uint64_t>{1, 2}));
  EXPECT_EQ(books.best(aapl, Side::buy), (BookLevel{Price4{1000}, 140, 2}));
  expect_nothing_counted(books);
}

TEST(SimpleBooks, AnOrderIsGoneAtZero) {
  for (const Message& last : {Message(execute(1, 100)), Message(execute_at(1, 100, 1000, 'N')),
                              Message(cancel(1, 100)), Message(remove(1))}) {
    SimpleBooks books;
    books.apply(Message(buy(1, 100, 1000)));
    books.apply(last);
    EXPECT_EQ(books.find(1), nullptr) << static_cast<char>(type_of(last));
    EXPECT_EQ(books.live_orders(), 0u);
    EXPECT_TRUE(books.levels(aapl, Side::buy).empty());
    EXPECT_EQ(books.digest(aapl), fnv_offset_basis);
    expect_nothing_counted(books);
  }
}

TEST(SimpleBooks, AReferenceMayComeBackAfterItsOrderHasGone) {
  SimpleBooks books;
  books.apply(Message(buy(1, 100, 1000)));
  books.apply(Message(remove(1)));
  books.apply(Message(sell(1, 5, 2000)));
  EXPECT_EQ(books.find(1)->side, Side::sell);
  expect_nothing_counted(books);
}

TEST(SimpleBooks, ExecutionsNeedNotHitTheHeadOfTheQueue) {
  SimpleBooks books;
  for (const auto& order : {buy(1, 100, 1000), buy(2, 100, 1000), buy(3, 100, 1000)})
    books.apply(Message(order));
  books.apply(Message(execute(2, 100)));
  EXPECT_EQ(references(books, aapl), (std::vector<std::uint64_t>{1, 3}));
}

TEST(SimpleBooks, ReplaceLosesPriorityAndKeepsSideAndParticipant) {
  SimpleBooks books;
  books.apply(Message(buy_as(1, 100, 1000, "GSCO")));
  books.apply(Message(buy(2, 100, 1000)));
  books.apply(Message(replace(1, 3, 100, 1000)));
  EXPECT_EQ(references(books, aapl), (std::vector<std::uint64_t>{2, 3})) << "even at the same price and size";
  const BookOrder* order = books.find(3);
  ASSERT_NE(order, nullptr);
  EXPECT_EQ(order->side, Side::buy);
  EXPECT_EQ(order->attribution, alpha<4>("GSCO"));
  EXPECT_EQ(order->timestamp_ns, 2000u);
  EXPECT_EQ(books.find(1), nullptr);

  books.apply(Message(replace(2, 4, 70, 1001)));
  EXPECT_EQ(books.levels(aapl, Side::buy),
            (std::vector<BookLevel>{{Price4{1001}, 70, 1}, {Price4{1000}, 100, 1}}));
  expect_nothing_counted(books);
}

TEST(SimpleBooks, CrossedAndLockedBooksAreLegal) {
  SimpleBooks books;
  books.apply(Message(buy(1, 100, 1010)));
  books.apply(Message(sell(2, 100, 1000)));
  books.apply(Message(sell(3, 100, 1010)));
  EXPECT_EQ(books.best(aapl, Side::buy)->price, Price4{1010});
  EXPECT_EQ(books.best(aapl, Side::sell)->price, Price4{1000});
  expect_nothing_counted(books);
}

TEST(SimpleBooks, SymbolsDoNotMix) {
  SimpleBooks books;
  books.apply(Message(directory(aapl, "AAPL")));
  books.apply(Message(directory(msft, "MSFT")));
  books.apply(Message(buy(1, 100, 1000, aapl)));
  books.apply(Message(buy(2, 200, 2000, msft)));
  EXPECT_EQ(books.symbol(aapl), "AAPL");
  EXPECT_EQ(books.symbol(msft), "MSFT");
  EXPECT_EQ(references(books, aapl), std::vector<std::uint64_t>{1});
  EXPECT_EQ(references(books, msft), std::vector<std::uint64_t>{2});
  EXPECT_NE(books.digest(aapl), books.digest(msft));
}

TEST(SimpleBooks, PlacesStayValidWhenLaterLocatesAppear) {
  SimpleBooks books;
  books.apply(Message(buy(1, 100, 1000, Locate{1})));
  for (std::uint16_t i = 2; i < 5000; ++i) books.apply(Message(buy(i, 100, 1000, Locate{i})));
  books.apply(Message(buy(70000, 100, 1000, Locate{0xFFFF})));
  books.apply(Message(execute(1, 99, Locate{1})));
  EXPECT_EQ(books.find(1)->shares, 1u);
  books.apply(Message(remove(1, Locate{1})));
  EXPECT_EQ(books.live_orders(), 4999u);
  expect_nothing_counted(books);
}

TEST(SimpleBooks, VolumeCountsPrintedExecutionsOnly) {
  SimpleBooks books;
  books.apply(Message(buy(1, 100, 1000)));
  books.apply(Message(execute(1, 10)));
  books.apply(Message(execute_at(1, 20, 999, 'Y')));
  books.apply(Message(execute_at(1, 40, 999, 'N')));
  Trade trade;
  trade.header.locate = aapl;
  trade.shares = 7;
  books.apply(Message(trade));
  CrossTrade cross;
  cross.header.locate = aapl;
  cross.shares = 5'000'000'000;
  books.apply(Message(cross));
  EXPECT_EQ(books.statistics(aapl), (BookStatistics{.executions = 2,
                                                    .executed_shares = 30,
                                                    .unprinted_executions = 1,
                                                    .hidden_trades = 1,
                                                    .hidden_shares = 7,
                                                    .crosses = 1,
                                                    .cross_shares = 5'000'000'000}));
  EXPECT_EQ(books.find(1)->shares, 30u) << "the unprinted execution reduces the order all the same";
  EXPECT_EQ(books.statistics(msft), BookStatistics{});
}

TEST(SimpleBooks, OtherMessagesLeaveTheBookAlone) {
  SimpleBooks books;
  books.apply(Message(buy(1, 100, 1000)));
  const auto before = books.digest(aapl);
  StockTradingAction halt;
  halt.header.locate = aapl;
  halt.state = 'H';
  BrokenTrade broken;
  broken.header.locate = aapl;
  Noii imbalance;
  imbalance.header.locate = aapl;
  for (const Message& message : {Message(halt), Message(broken), Message(imbalance), Message(SystemEvent{})})
    books.apply(message);
  EXPECT_EQ(books.digest(aapl), before);
  EXPECT_EQ(books.counters().messages, 5u);
  expect_nothing_counted(books);
}

TEST(SimpleBooks, DigestFollowsPriorityNotArrivalAlone) {
  SimpleBooks books;
  // The book of SPEC.md section 10, arriving in another order than it is digested.
  books.apply(Message(sell(12345682, 250, 1501300)));
  books.apply(Message(buy(12345678, 300, 1501100)));
  books.apply(Message(buy(12345690, 100, 1501200)));
  books.apply(Message(buy(12345694, 200, 1501100)));
  EXPECT_EQ(books.digest(aapl), 0x5bd5123e4837dda7u);
}

TEST(SimpleBooks, PriorityIsFifoInLongQueuesToo) {
  SimpleBooks books;
  DigestBuilder expected;
  for (std::uint64_t i = 0; i < 200; ++i) books.apply(Message(buy(i, 10, i % 2 == 0 ? 1000 : 1001)));
  for (const std::uint64_t first : {1u, 0u})
    for (std::uint64_t i = first; i < 200; i += 2)
      expected.add(i, Side::buy, Price4{i % 2 == 0 ? 1000u : 1001u}, 10);
  EXPECT_EQ(books.digest(aapl), expected.value());
}

TEST(SimpleBooks, DigestsListDeclaredAndUsedLocates) {
  SimpleBooks books;
  books.apply(Message(directory(msft, "MSFT")));
  books.apply(Message(buy(1, 100, 1000, Locate{20})));
  const auto digests = books.digests();
  ASSERT_EQ(digests.size(), 2u);
  EXPECT_EQ(digests[0], (SymbolDigest{msft, "MSFT", 0, fnv_offset_basis}));
  EXPECT_EQ(digests[1], (SymbolDigest{Locate{20}, "-", 1, books.digest(Locate{20})}));
}

}  // namespace
}  // namespace lln::feed
