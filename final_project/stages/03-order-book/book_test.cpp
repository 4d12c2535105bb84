// The books, told message by message: levels, and the order of the queues.
#include "told_books.hpp"

#include <memory>
#include <vector>

namespace lln::project::book_test {
namespace {

using namespace oracle::events;

// ---- levels ----

TEST(Levels, OrdersAtOnePriceAreOneLevel) {
  Story story("four bids at three prices, three offers at two");
  story.notes(notes_on_books).think("which way round are the offers?");
  OrderBooks books(small);
  story.step("bids: 100 @ 1.00, 200 @ 1.01, 50 @ 0.99, 300 @ 1.01");
  give(books, added(1, 11, 'B', 100, 10'000));
  give(books, added(1, 12, 'B', 200, 10'100));
  give(books, added(1, 13, 'B', 50, 9'900));
  give(books, added(1, 14, 'B', 300, 10'100));
  expect_book(story, books, "bids 500 @ 1.0100 in 2, 100 @ 1.0000 in 1, 50 @ 0.9900 in 1; offers none");
  story.step("offers: 10 @ 1.03, 20 @ 1.02, 30 @ 1.03");
  give(books, added(1, 15, 'S', 10, 10'300));
  give(books, added(1, 16, 'S', 20, 10'200));
  give(books, added(1, 17, 'S', 30, 10'300));
  expect_book(story, books,
              "bids 500 @ 1.0100 in 2, 100 @ 1.0000 in 1, 50 @ 0.9900 in 1; "
              "offers 20 @ 1.0200 in 1, 40 @ 1.0300 in 2");
  story.expect(text(books.bbo(1))).equals("bid 500 @ 1.0100, offer 20 @ 1.0200").named("best bid and offer");
  story.expect(books.order_count(1)).equals(7U).named("order_count(1)").units("orders");
  story.expect(books.order_count()).equals(7U).named("order_count()").units("orders");
}

TEST(Levels, OrdersShrinkAndGo) {
  Story story("each message that makes an order smaller, until nothing is left");
  story.notes(notes_on_books).think("what is the best price when the last order of the best level has gone?");
  OrderBooks books(small);
  give(books, added(1, 1, 'S', 100, 10'100));
  give(books, added(1, 2, 'S', 200, 10'100));
  give(books, added(1, 3, 'S', 300, 10'200));
  give(books, added(1, 4, 'S', 400, 10'300));
  story.step("E: 30 of the 100 shares of order 1 are executed");
  give(books, executed(1, 1, 30));
  expect_book(story, books, "bids none; offers 270 @ 1.0100 in 2, 300 @ 1.0200 in 1, 400 @ 1.0300 in 1");
  story.step("C: 50 of the 200 of order 2, at another price");
  give(books, executed_at(1, 2, 50, 10'050));
  expect_book(story, books, "bids none; offers 220 @ 1.0100 in 2, 300 @ 1.0200 in 1, 400 @ 1.0300 in 1");
  story.step("X: 70 of order 1 are cancelled, which is all that it has");
  give(books, cancelled(1, 1, 70));
  expect_book(story, books, "bids none; offers 150 @ 1.0100 in 1, 300 @ 1.0200 in 1, 400 @ 1.0300 in 1");
  story.step("D: order 3, in the middle");
  give(books, deleted(1, 3));
  expect_book(story, books, "bids none; offers 150 @ 1.0100 in 1, 400 @ 1.0300 in 1");
  story.step("E: the 150 of order 2, the best");
  give(books, executed(1, 2, 150));
  expect_book(story, books, "bids none; offers 400 @ 1.0300 in 1");
  story.expect(text(books.bbo(1))).equals("bid nothing, offer 400 @ 1.0300").named("best bid and offer");
  story.step("U: order 4 becomes order 5, 10 @ 1.00");
  give(books, replaced(1, 4, 5, 10, 10'000));
  expect_book(story, books, "bids none; offers 10 @ 1.0000 in 1");
  story.step("D: order 5");
  give(books, deleted(1, 5));
  expect_book(story, books, "bids none; offers none");
  story.expect(text(books.bbo(1))).equals("bid nothing, offer nothing").named("best bid and offer");
  story.expect(books.order_count(1)).equals(0U).named("order_count(1)").units("orders");
}

TEST(Levels, CrossedAndLocked) {
  Story story("a bid at the best offer's price, then one above it");
  story.notes(notes_on_books).think("who matches orders, and how would you hear of it?");
  OrderBooks books(small);
  give(books, added(1, 1, 'S', 100, 10'100));
  give(books, added(1, 2, 'B', 30, 10'100));
  expect_book(story, books, "bids 30 @ 1.0100 in 1; offers 100 @ 1.0100 in 1");
  give(books, added(1, 3, 'B', 40, 10'200));
  expect_book(story, books, "bids 40 @ 1.0200 in 1, 30 @ 1.0100 in 1; offers 100 @ 1.0100 in 1");
  story.expect(text(books.bbo(1))).equals("bid 40 @ 1.0200, offer 100 @ 1.0100").named("best bid and offer");
}

TEST(Levels, EachSymbolHasABookOfItsOwn) {
  Story story("two symbols with the same prices, a third with none, and locates that are none");
  story.notes(notes_on_books);
  OrderBooks books(small);
  give(books, added(1, 1, 'B', 100, 10'000));
  give(books, added(8, 2, 'B', 200, 10'000));
  expect_book(story, books, "bids 100 @ 1.0000 in 1; offers none", 1);
  expect_book(story, books, "bids 200 @ 1.0000 in 1; offers none", 8);
  for (const std::uint16_t locate : std::array<std::uint16_t, 4>{0, 3, 9, 65'535}) {
    expect_book(story, books, "bids none; offers none", locate);
    story.expect(books.bbo(locate) == Bbo{}).is_true().named("an empty best bid and offer");
    story.expect(books.order_count(locate)).equals(0U).units("orders");
  }
  story.step("names: symbol 1 is P1, then Q1; symbol 3 is A3");
  give(books, directory(1, 'P'));
  give(books, directory(1, 'Q'));
  give(books, directory(3, 'A'));
  story.expect(books.symbol(1)).equals("Q1").named("symbol(1)");
  story.expect(books.symbol(3)).equals("A3").named("symbol(3)");
  story.expect(books.symbol(8)).equals("").named("symbol(8), which nobody named");
  story.expect(books.symbol(9)).equals("").named("symbol(9), beyond the capacity");
  expect_book(story, books, "bids 100 @ 1.0000 in 1; offers none", 1);
}

TEST(Levels, AsManyAsThereIsRoomFor) {
  Story story("five levels, room for two; then for none");
  story.notes(notes_on_books);
  OrderBooks books(small);
  for (std::uint32_t i = 1; i <= 5; ++i) give(books, added(1, i, 'B', i, 10'000 + i));
  std::array<Level, 2> levels;
  story.expect(books.levels(1, Side::buy, levels)).equals(2U).named("levels written");
  story.expect(list(levels)).equals("5 @ 1.0005 in 1, 4 @ 1.0004 in 1").named("the levels");
  std::array<BookOrder, 2> orders;
  story.expect(books.orders(1, orders)).equals(2U).named("orders written");
  story.expect(list(orders)).equals("no. 5 B 5 @ 1.0005, no. 4 B 4 @ 1.0004").named("the orders");
  story.expect(books.levels(1, Side::buy, {})).equals(0U).named("levels written without room");
}

TEST(Levels, AnotherDay) {
  Story story("clear, and the same references again");
  story.notes(notes_on_books);
  OrderBooks books(small);
  for (int day = 0; day < 3; ++day) {
    give(books, directory(1, 'P'));
    for (std::uint32_t i = 1; i <= 100; ++i) give(books, added(1, i, 'S', i, 10'000 + i % 7));
    story.expect(books.order_count()).equals(100U).named("order_count()").units("orders");
    books.clear();
    expect_book(story, books, "bids none; offers none");
    story.expect(books.order_count()).equals(0U).named("order_count()").units("orders");
    story.expect(books.symbol(1)).equals("").named("symbol(1)");
    give(books, deleted(1, 50));
  }
  expect_counted(story, books, "unknown_reference 3");
}

// ---- priority ----

TEST(Priority, FirstComeFirstServed) {
  Story story("three bids at one price, one at a better one that came last, one offer");
  story.notes(notes_on_books).think("what orders the queue of one price?");
  OrderBooks books(small);
  give(books, added(1, 30, 'B', 100, 10'000));
  give(books, added(1, 10, 'B', 200, 10'000));
  give(books, added(1, 20, 'B', 300, 10'000));
  give(books, added(1, 40, 'S', 70, 10'200));
  give(books, added(1, 5, 'B', 400, 10'100));
  expect_queue(story, books,
               "no. 5 B 400 @ 1.0100, no. 30 B 100 @ 1.0000, no. 10 B 200 @ 1.0000, no. 20 B 300 @ 1.0000, "
               "no. 40 S 70 @ 1.0200");
  story.step("the one in the middle is deleted, another comes");
  give(books, deleted(1, 10));
  give(books, added(1, 6, 'B', 10, 10'000));
  expect_queue(story, books,
               "no. 5 B 400 @ 1.0100, no. 30 B 100 @ 1.0000, no. 20 B 300 @ 1.0000, no. 6 B 10 @ 1.0000, "
               "no. 40 S 70 @ 1.0200");
}

TEST(Priority, SmallerInItsPlace) {
  Story story("three offers at one price; the first is executed in part, the second cancelled in part");
  story.notes(notes_on_books).think("which messages move an order within its queue?");
  OrderBooks books(small);
  give(books, added(1, 1, 'S', 100, 10'000));
  give(books, added(1, 2, 'S', 200, 10'000));
  give(books, added(1, 3, 'S', 300, 10'000));
  give(books, executed(1, 1, 60));
  expect_queue(story, books, "no. 1 S 40 @ 1.0000, no. 2 S 200 @ 1.0000, no. 3 S 300 @ 1.0000");
  give(books, cancelled(1, 2, 199));
  expect_queue(story, books, "no. 1 S 40 @ 1.0000, no. 2 S 1 @ 1.0000, no. 3 S 300 @ 1.0000");
  story.step("the third is executed before the others, at a price of its own");
  give(books, executed_at(1, 3, 100, 9'900));
  expect_queue(story, books, "no. 1 S 40 @ 1.0000, no. 2 S 1 @ 1.0000, no. 3 S 200 @ 1.0000");
}

TEST(Priority, AReplacedOrderIsTheLast) {
  Story story("the first of three bids is replaced: same price, same shares");
  story.notes(notes_on_books).think("what does U do that X and A would not?");
  OrderBooks books(small);
  give(books, added(1, 1, 'B', 100, 10'000));
  give(books, added(1, 2, 'B', 200, 10'000));
  give(books, added(1, 3, 'B', 300, 10'000));
  give(books, replaced(1, 1, 4, 100, 10'000));
  expect_queue(story, books, "no. 2 B 200 @ 1.0000, no. 3 B 300 @ 1.0000, no. 4 B 100 @ 1.0000");
  story.step("order 2 is replaced by an order 2");
  give(books, replaced(1, 2, 2, 200, 10'000));
  expect_queue(story, books, "no. 3 B 300 @ 1.0000, no. 4 B 100 @ 1.0000, no. 2 B 200 @ 1.0000");
  story.step("order 4 goes to 1.01 and comes back as order 5");
  give(books, replaced(1, 4, 6, 100, 10'100));
  expect_queue(story, books, "no. 6 B 100 @ 1.0100, no. 3 B 300 @ 1.0000, no. 2 B 200 @ 1.0000");
  give(books, replaced(1, 6, 5, 100, 10'000));
  expect_queue(story, books, "no. 3 B 300 @ 1.0000, no. 2 B 200 @ 1.0000, no. 5 B 100 @ 1.0000");
}

TEST(Priority, TheDigest) {
  Story story("the book of SPEC.md section 10");
  story.notes("final_project/SPEC.md#10-digests");
  OrderBooks books(small);
  story.expect(books.digest(1)).equals(0xcbf29ce484222325U).named("the digest of an empty book");
  give(books, added(1, 12345678, 'B', 300, 1'501'100));
  give(books, added(1, 12345682, 'S', 250, 1'501'300));
  give(books, added(1, 12345690, 'B', 100, 1'501'200));
  give(books, added(1, 12345694, 'B', 200, 1'501'100));
  story.expect(books.digest(1)).equals(0x5bd5123e4837dda7U).named("the digest");
}

}  // namespace
}  // namespace lln::project::book_test
