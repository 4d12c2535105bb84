// SPEC.md section 9.3, row by row: the counter that moves, and that nothing else does.
#include "book_builder.hpp"
#include "support.hpp"

#include <lln/feed/simple_book.hpp>

#include <array>

namespace lln::feed {
namespace {

using namespace test;
using Counters = SimpleBookCounters;

// A book with one bid (1) and one ask (2); then `message`; then what must be counted and live.
struct Case {
  std::string name;
  Message message;
  std::uint64_t Counters::*counter;  // nullptr = none
  std::vector<std::uint64_t> live;
};

void check(const Case& c) {
  SCOPED_TRACE(c.name);
  SimpleBooks books;
  books.apply(Message(buy(1, 100, 1000)));
  books.apply(Message(sell(2, 50, 1010)));
  books.apply(c.message);

  Counters expected;
  expected.messages = 3;
  if (c.counter) expected.*c.counter = 1;
  EXPECT_TRUE(books.counters() == expected) << "another counter moved, or none";
  std::vector<std::uint64_t> live;
  for (const BookOrder& order : books.orders(aapl)) live.push_back(order.reference);
  EXPECT_EQ(live, c.live);
  EXPECT_EQ(books.live_orders(), c.live.size());
  for (const std::uint64_t reference : c.live) {
    if (reference > 2) continue;
    EXPECT_EQ(books.find(reference)->shares, reference == 1 ? 100u : 50u) << "order " << reference;
    EXPECT_EQ(books.find(reference)->price, Price4{reference == 1 ? 1000u : 1010u}) << "order " << reference;
  }
}

constexpr auto bad_locate = &Counters::bad_locate;
constexpr auto invalid = &Counters::invalid_field;
constexpr auto duplicate = &Counters::duplicate_reference;
constexpr auto unknown = &Counters::unknown_reference;
constexpr auto over = &Counters::over_reduced;
const auto no_side = static_cast<Side>('Z');

TEST(SimpleBooksInvalid, EachRowIsCountedOnceAndNotFatal) {
  const std::vector<Case> cases{
      {"AddLocateZero", buy(3, 1, 1, Locate{0}), bad_locate, {1, 2}},
      {"AddLocateZeroBeforeOtherFaults", add(1, no_side, 0, 1, Locate{0}), bad_locate, {1, 2}},
      {"AddWithoutSide", add(3, no_side, 1, 1), invalid, {1, 2}},
      {"AddOfNothing", buy(3, 0, 1000), invalid, {1, 2}},
      {"AddAboveTheHighestPrice", sell(3, 1, 2'000'000'001), invalid, {1, 2}},
      {"AddAtTheHighestPrice", sell(3, 1, 2'000'000'000), nullptr, {1, 2, 3}},
      {"AddAtPriceZero", sell(3, 1, 0), nullptr, {1, 2, 3}},
      {"AddMpidOfNothing", buy_as(3, 0, 1000, "GSCO"), invalid, {1, 2}},
      {"AddInvalidBeforeDuplicate", buy(1, 0, 1000), invalid, {1, 2}},
      {"AddOfALiveReference", sell(1, 7, 7), duplicate, {1, 2}},
      {"AddOfALiveReferenceElsewhere", sell(1, 7, 7, msft), duplicate, {1, 2}},
      {"AddMpidOfALiveReference", buy_as(2, 7, 7, "GSCO"), duplicate, {1, 2}},
      {"ExecuteUnknown", execute(9, 1), unknown, {1, 2}},
      {"ExecuteAtUnknown", execute_at(9, 1, 1, 'Y'), unknown, {1, 2}},
      {"CancelUnknown", cancel(9, 1), unknown, {1, 2}},
      {"DeleteUnknown", remove(9), unknown, {1, 2}},
      {"ReplaceUnknown", replace(9, 10, 1, 1), unknown, {1, 2}},
      {"ReplaceUnknownByLive", replace(9, 1, 0, 1), unknown, {1, 2}},
      {"UnknownBeforeBadLocate", remove(9, msft), unknown, {1, 2}},
      {"ExecuteElsewhere", execute(1, 1, msft), bad_locate, {1, 2}},
      {"ExecuteAtElsewhere", execute_at(1, 1, 1, 'Y', msft), bad_locate, {1, 2}},
      {"CancelElsewhere", cancel(1, 1, msft), bad_locate, {1, 2}},
      {"DeleteElsewhere", remove(1, msft), bad_locate, {1, 2}},
      {"DeleteAtLocateZero", remove(1, Locate{0}), bad_locate, {1, 2}},
      {"ReplaceElsewhere", replace(1, 3, 1, 1, msft), bad_locate, {1, 2}},
      {"ExecuteTooMuch", execute(1, 101), over, {2}},
      {"ExecuteAtTooMuch", execute_at(1, 101, 1, 'Y'), over, {2}},
      {"CancelTooMuch", cancel(1, 4'294'967'295), over, {2}},
      {"ExecuteNothing", execute(1, 0), nullptr, {1, 2}},
      {"CancelNothing", cancel(1, 0), nullptr, {1, 2}},
      {"ReplaceByNothing", replace(1, 3, 0, 1000), invalid, {2}},
      {"ReplaceAboveTheHighestPrice", replace(1, 3, 1, 2'000'000'001), invalid, {2}},
      {"ReplaceByALiveReference", replace(1, 2, 1, 1000), duplicate, {2}},
      {"ReplaceInvalidBeforeDuplicate", replace(1, 2, 0, 1000), invalid, {2}},
      {"DirectoryOfLocateZero", directory(Locate{0}, "X"), bad_locate, {1, 2}}};
  for (const Case& c : cases) check(c);
}

TEST(SimpleBooksInvalid, ReplaceByItselfIsAPlainReplace) {
  SimpleBooks books;
  books.apply(Message(buy(1, 100, 1000)));
  books.apply(Message(buy(2, 100, 1000)));
  books.apply(Message(replace(1, 1, 60, 1000)));
  ASSERT_EQ(books.orders(aapl).size(), 2u);
  EXPECT_EQ(books.orders(aapl).back().reference, 1u) << "priority is lost";
  EXPECT_EQ(books.find(1)->shares, 60u);
  EXPECT_EQ(books.counters().duplicate_reference, 0u);
}

TEST(SimpleBooksInvalid, OverReductionCountsOnlyWhatRemained) {
  SimpleBooks books;
  books.apply(Message(buy(1, 100, 1000)));
  books.apply(Message(execute(1, 4'000'000'000)));
  books.apply(Message(buy(2, 30, 1000)));
  books.apply(Message(execute_at(2, 31, 1000, 'Y')));
  EXPECT_EQ(books.statistics(aapl).executed_shares, 130u);
  EXPECT_EQ(books.statistics(aapl).executions, 2u);
  EXPECT_EQ(books.counters().over_reduced, 2u);
}

TEST(SimpleBooksInvalid, AnExecutionElsewhereIsNobodysVolume) {
  SimpleBooks books;
  books.apply(Message(buy(1, 100, 1000)));
  books.apply(Message(execute(1, 10, msft)));
  books.apply(Message(execute(9, 10)));
  EXPECT_EQ(books.statistics(aapl), BookStatistics{});
  EXPECT_EQ(books.statistics(msft), BookStatistics{});
}

TEST(SimpleBooksInvalid, ASecondDirectoryRenamesAndKeepsOrders) {
  SimpleBooks books;
  books.apply(Message(directory(aapl, "OLD")));
  books.apply(Message(buy(1, 100, 1000)));
  books.apply(Message(directory(aapl, "NEW")));
  EXPECT_EQ(books.symbol(aapl), "NEW");
  EXPECT_EQ(books.orders(aapl).size(), 1u);
}

TEST(SimpleBooksInvalid, RawBytesAreCountedByKind) {
  SimpleBooks books;
  books.apply(hex(""));
  books.apply(hex("7a 00 01"));
  books.apply(hex("47"));  // 'G' belongs to GLIMPSE, not to ITCH
  books.apply(hex("41 00 01"));
  std::array<std::byte, 60> longer{};
  encode(buy(1, 100, 1000), longer);
  books.apply(longer);
  EXPECT_EQ(books.counters(), (Counters{.messages = 5, .unknown_type = 2, .truncated = 2}));
  EXPECT_EQ(books.live_orders(), 1u) << "a longer message counts by its known part";
}

}  // namespace
}  // namespace lln::feed
