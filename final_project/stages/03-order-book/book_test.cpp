// The books, told message by message.
#include <lln/project/oracle/flow.hpp>
#include <lln/project/oracle/words.hpp>
#include <lln/testkit/allocations.hpp>
#include <lln/testkit/random.hpp>
#include <lln/testkit/testkit.hpp>

#include <order_book.hpp>

#include <memory>
#include <vector>

namespace lln::project::book_test {
namespace {

using namespace oracle::events;
using oracle::at_price;
using oracle::FlowEvent;
using oracle::give;
using oracle::ladder;
using oracle::list;
using oracle::queue;
using oracle::text;
using testkit::AllocationCounter;
using testkit::Story;

constexpr const char* notes_on_books = "final_project/feed-handlers.md#order-books";

constexpr Capacity small{.symbols = 8, .orders = 100};

void expect_book(Story& story, const OrderBooks& books, const std::string& wanted, std::uint16_t locate = 1) {
  story.expect(ladder(books, locate)).equals(wanted).named("the book of symbol " + std::to_string(locate));
}
void expect_queue(Story& story, const OrderBooks& books, const std::string& wanted) {
  story.expect(queue(books, 1)).equals(wanted).named("the orders");
}
void expect_counted(Story& story, const OrderBooks& books, const std::string& wanted) {
  story.expect(text(books.counters())).equals(wanted).named("what was counted");
}

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

// ---- events ----

// What the books have told, in words. Looks at the books while it is told.
class Listener final : public BookSink {
 public:
  const OrderBooks* books = nullptr;

  void on_bbo(std::uint16_t locate, const Bbo& bbo) noexcept override {
    say("best of " + std::to_string(locate) + ": " + text(bbo));
    if (books != nullptr && books->bbo(locate) != bbo) say("(the books do not show it)");
  }
  void on_trade(std::uint16_t locate, std::uint32_t price, std::uint64_t shares, std::uint64_t match,
                bool printable) noexcept override {
    say("trade of " + std::to_string(locate) + ": " + at_price(shares, price) + ", match " +
        std::to_string(match) + (printable ? "" : ", not printable"));
  }
  // Since it was last asked.
  std::string heard() {
    std::string all = heard_.empty() ? "nothing" : heard_;
    heard_.clear();
    return all;
  }

 private:
  void say(const std::string& words) { heard_ += (heard_.empty() ? "" : "; ") + words; }
  std::string heard_;
};

// Books with somebody who listens.
struct Scene {
  Listener listener;
  OrderBooks books;

  Scene() : books(small, &listener) { listener.books = &books; }

  void expect_told(Story& story, const char* step, const FlowEvent& event, const std::string& wanted) {
    story.step(step);
    give(books, event);
    story.expect(listener.heard()).equals(wanted).named("what the sink was told");
  }
};

TEST(Events, OnlyTheBestMatters) {
  Story story("orders at the best price, and behind it");
  story.notes(notes_on_books).think("what is the least that a strategy has to be told?");
  Scene scene;
  scene.expect_told(story, "the first bid", added(2, 1, 'B', 100, 10'000),
                    "best of 2: bid 100 @ 1.0000, offer nothing");
  scene.expect_told(story, "a worse bid", added(2, 2, 'B', 500, 9'900), "nothing");
  scene.expect_told(story, "one more at the best", added(2, 3, 'B', 50, 10'000),
                    "best of 2: bid 150 @ 1.0000, offer nothing");
  scene.expect_told(story, "an offer", added(2, 4, 'S', 10, 10'100),
                    "best of 2: bid 150 @ 1.0000, offer 10 @ 1.0100");
  scene.expect_told(story, "a worse offer", added(2, 5, 'S', 20, 10'200), "nothing");
  scene.expect_told(story, "some of the worse bid is cancelled", cancelled(2, 2, 100), "nothing");
  scene.expect_told(story, "some of the best bid is cancelled", cancelled(2, 1, 1),
                    "best of 2: bid 149 @ 1.0000, offer 10 @ 1.0100");
  scene.expect_told(story, "the best offer is deleted", deleted(2, 4),
                    "best of 2: bid 149 @ 1.0000, offer 20 @ 1.0200");
  scene.expect_told(story, "another symbol's bid", added(3, 6, 'B', 1, 20'000),
                    "best of 3: bid 1 @ 2.0000, offer nothing");
  scene.expect_told(story, "the name of a symbol", directory(2, 'P'), "nothing");
  scene.expect_told(story, "a message that is wrong", deleted(2, 99), "nothing");
  scene.expect_told(story, "the end of a trading halt", FlowEvent{.type = 'H', .locate = 2}, "nothing");
}

TEST(Events, OneForAReplace) {
  Story story("replaces of the only bid, with another one behind it");
  story.notes(notes_on_books).think("how many books can be seen between the two halves of a replace?");
  Scene scene;
  give(scene.books, added(1, 1, 'B', 100, 10'000));
  give(scene.books, added(1, 2, 'B', 100, 9'900));
  scene.listener.heard();
  scene.expect_told(story, "a better price", replaced(1, 1, 3, 100, 10'100),
                    "best of 1: bid 100 @ 1.0100, offer nothing");
  scene.expect_told(story, "same price, same shares, another reference", replaced(1, 3, 4, 100, 10'100),
                    "nothing");
  scene.expect_told(story, "same price, fewer shares", replaced(1, 4, 5, 60, 10'100),
                    "best of 1: bid 60 @ 1.0100, offer nothing");
  scene.expect_told(story, "behind the other one", replaced(1, 5, 6, 60, 9'800),
                    "best of 1: bid 100 @ 0.9900, offer nothing");
  scene.expect_told(story, "without shares: the old order goes, none comes", replaced(1, 2, 7, 0, 9'900),
                    "best of 1: bid 60 @ 0.9800, offer nothing");
}

TEST(Events, Trades) {
  Story story("executions of orders, a hidden one, a cross");
  story.notes(notes_on_books)
      .think("at which price is each of them? which comes first, trade or best price?");
  Scene scene;
  give(scene.books, added(1, 1, 'S', 100, 10'000));
  give(scene.books, added(1, 2, 'S', 100, 10'100));
  scene.listener.heard();
  scene.expect_told(story, "E at the order's price", executed(1, 1, 40, 501),
                    "trade of 1: 40 @ 1.0000, match 501; best of 1: bid nothing, offer 60 @ 1.0000");
  scene.expect_told(story, "C at its own price", executed_at(1, 2, 10, 10'050, 'Y', 502),
                    "trade of 1: 10 @ 1.0050, match 502");
  scene.expect_told(story, "C that will be printed by a cross", executed_at(1, 2, 10, 10'050, 'N', 503),
                    "trade of 1: 10 @ 1.0050, match 503, not printable");
  scene.expect_told(story, "E of more than remains", executed(1, 1, 61, 504),
                    "trade of 1: 60 @ 1.0000, match 504; best of 1: bid nothing, offer 80 @ 1.0100");
  scene.expect_told(story, "E of nothing", executed(1, 2, 0), "nothing");
  scene.expect_told(story, "a cancel is no trade", cancelled(1, 2, 10),
                    "best of 1: bid nothing, offer 70 @ 1.0100");
  scene.expect_told(story, "P", hidden(1, 25, 10'075, 505), "trade of 1: 25 @ 1.0075, match 505");
  scene.expect_told(story, "P of nothing", hidden(1, 0, 10'075), "nothing");
  scene.expect_told(story, "Q of more than 32 bits", crossed(1, 5'000'000'000, 10'080, 506),
                    "trade of 1: 5000000000 @ 1.0080, match 506");
  scene.expect_told(story, "P of a symbol beyond the capacity", hidden(9, 25, 10'075), "nothing");
  scene.expect_told(story, "a broken trade", FlowEvent{.type = 'B', .locate = 1, .match = 505}, "nothing");
  scene.books.clear();
  story.expect(scene.listener.heard()).equals("nothing").named("what clear told");
}

// ---- invalid ----

// Books with order 1 of symbol 1, 100 @ 1.00, and order 2 behind it.
struct TwoBids {
  OrderBooks books{small};
  TwoBids() {
    give(books, added(1, 1, 'B', 100, 10'000));
    give(books, added(1, 2, 'B', 200, 10'000));
  }
};
constexpr const char* both_bids = "no. 1 B 100 @ 1.0000, no. 2 B 200 @ 1.0000";

void expect_row(Story& story, const char* row, const FlowEvent& event, const char* orders,
                const char* counted) {
  story.step(row);
  TwoBids scene;
  give(scene.books, event);
  expect_queue(story, scene.books, orders);
  expect_counted(story, scene.books, counted);
}

TEST(Invalid, Adds) {
  Story story("orders that cannot be added (SPEC.md 9.3, rows 1 to 3)");
  story.notes(
      "final_project/SPEC.md#93-the-book-after-92-rows-of-one-message-type-are-checked-in-this-order");
  expect_row(story, "locate 0", added(0, 3, 'B', 100, 10'000), both_bids, "bad_locate 1");
  expect_row(story, "locate 9 of 8", added(9, 3, 'B', 100, 10'000), both_bids, "bad_locate 1");
  expect_row(story, "side X", added(1, 3, 'X', 100, 10'000), both_bids, "invalid_field 1");
  expect_row(story, "0 shares", added(1, 3, 'B', 0, 10'000), both_bids, "invalid_field 1");
  expect_row(story, "a price of 200,000.0001", added(1, 3, 'B', 100, 2'000'000'001), both_bids,
             "invalid_field 1");
  expect_row(story, "a price of 200,000, which is allowed", added(1, 3, 'S', 1, 2'000'000'000),
             "no. 1 B 100 @ 1.0000, no. 2 B 200 @ 1.0000, no. 3 S 1 @ 200000.0000", "nothing");
  expect_row(story, "a price of 0, which is allowed", added(1, 3, 'B', 1, 0),
             "no. 1 B 100 @ 1.0000, no. 2 B 200 @ 1.0000, no. 3 B 1 @ 0.0000", "nothing");
  expect_row(story, "a reference that is live", added(1, 1, 'S', 5, 10'500), both_bids,
             "duplicate_reference 1");
  expect_row(story, "a reference that is live in another symbol", added(2, 2, 'S', 5, 10'500), both_bids,
             "duplicate_reference 1");
  expect_row(story, "all at once: the locate counts", added(0, 1, 'X', 0, 10'000), both_bids, "bad_locate 1");
  expect_row(story, "fields and reference: the fields count", added(1, 1, 'X', 1, 10'000), both_bids,
             "invalid_field 1");
}

TEST(Invalid, References) {
  Story story("messages about orders that are not there, or are another symbol's (rows 4 to 7)");
  story.notes(
      "final_project/SPEC.md#93-the-book-after-92-rows-of-one-message-type-are-checked-in-this-order");
  expect_row(story, "D of an unknown order", deleted(1, 3), both_bids, "unknown_reference 1");
  expect_row(story, "U of an unknown order", replaced(1, 3, 4, 5, 10'000), both_bids, "unknown_reference 1");
  expect_row(story, "an unknown order at a locate that is none", executed(0, 3, 5), both_bids,
             "unknown_reference 1");
  expect_row(story, "E with the locate of another symbol", executed(2, 1, 5), both_bids, "bad_locate 1");
  expect_row(story, "C with locate 0", executed_at(0, 1, 5, 10'000), both_bids, "bad_locate 1");
  expect_row(story, "X with locate 9 of 8", cancelled(9, 1, 5), both_bids, "bad_locate 1");
  expect_row(story, "D with the locate of another symbol", deleted(2, 1), both_bids, "bad_locate 1");
  expect_row(story, "U with the locate of another symbol", replaced(2, 1, 3, 5, 10'000), both_bids,
             "bad_locate 1");
  expect_row(story, "E of 101 of 100 shares", executed(1, 1, 101), "no. 2 B 200 @ 1.0000", "over_reduced 1");
  expect_row(story, "X of 4,294,967,295 shares", cancelled(1, 1, 0xFFFF'FFFF), "no. 2 B 200 @ 1.0000",
             "over_reduced 1");
  expect_row(story, "X of 0 shares: nothing special", cancelled(1, 1, 0), both_bids, "nothing");
}

TEST(Invalid, Replaces) {
  Story story("replaces of which only the first half can be done (rows 8 and 9)");
  story.notes(
      "final_project/SPEC.md#93-the-book-after-92-rows-of-one-message-type-are-checked-in-this-order");
  expect_row(story, "0 shares", replaced(1, 1, 3, 0, 10'000), "no. 2 B 200 @ 1.0000", "invalid_field 1");
  expect_row(story, "a price of 200,000.0001", replaced(1, 1, 3, 5, 2'000'000'001), "no. 2 B 200 @ 1.0000",
             "invalid_field 1");
  expect_row(story, "a new reference that is live", replaced(1, 1, 2, 5, 10'000), "no. 2 B 200 @ 1.0000",
             "duplicate_reference 1");
  expect_row(story, "the old reference again: a plain replace", replaced(1, 1, 1, 5, 10'000),
             "no. 2 B 200 @ 1.0000, no. 1 B 5 @ 1.0000", "nothing");
  expect_row(story, "fields and reference: the fields count", replaced(1, 1, 2, 0, 10'000),
             "no. 2 B 200 @ 1.0000", "invalid_field 1");
}

TEST(Invalid, Names) {
  Story story("a directory message for locate 0, and for one beyond the capacity (row 11)");
  OrderBooks books(small);
  give(books, directory(0, 'Z'));
  give(books, directory(9, 'N'));
  expect_counted(story, books, "bad_locate 2");
  story.expect(books.symbol(0)).equals("").named("symbol(0)");
  story.expect(books.symbol(9)).equals("").named("symbol(9)");
}

// ---- memory ----

TEST(Memory, TheFullCapacityAndOneMore) {
  Story story("100 orders fit, each at a price of its own");
  story.notes(notes_on_books).think("how many levels can 100 orders have?");
  OrderBooks books(small);
  for (std::uint32_t i = 1; i <= 100; ++i)
    give(books, added(static_cast<std::uint16_t>(1 + i % 8), i, i % 2 == 0 ? 'B' : 'S', i, i));
  story.expect(books.order_count()).equals(100U).named("order_count()").units("orders");
  expect_counted(story, books, "nothing");
  story.step("one more");
  give(books, added(1, 101, 'B', 1, 1));
  story.expect(books.order_count()).equals(100U).named("order_count()").units("orders");
  expect_counted(story, books, "capacity_exhausted 1");
  story.step("a replace: the old order makes room for the new one");
  give(books, replaced(2, 1, 102, 7, 5000));
  story.expect(books.order_count()).equals(100U).named("order_count()").units("orders");
  expect_counted(story, books, "capacity_exhausted 1");
  story.step("one goes, and one more fits");
  give(books, deleted(3, 2));
  give(books, added(1, 103, 'B', 1, 1));
  story.expect(books.order_count()).equals(100U).named("order_count()").units("orders");
  expect_counted(story, books, "capacity_exhausted 1");
}

// Keeps no words: nothing may be allocated.
struct CountingSink final : BookSink {
  std::uint64_t told = 0;
  void on_bbo(std::uint16_t, const Bbo&) noexcept override { ++told; }
  void on_trade(std::uint16_t, std::uint32_t, std::uint64_t, std::uint64_t, bool) noexcept override {
    ++told;
  }
};

// Adds 100 orders, moves them about, takes all of them away again.
void one_round(OrderBooks& books, std::uint64_t first, std::uint32_t shift) noexcept {
  for (std::uint32_t i = 0; i < 100; ++i)
    give(books, added(1, first + i, i % 3 == 0 ? 'B' : 'S', 100, 10'000 + (i * shift) % 90));
  for (std::uint32_t i = 0; i < 100; ++i) give(books, cancelled(1, first + i, 1));
  for (std::uint32_t i = 0; i < 100; ++i)
    give(books, replaced(1, first + i, first + 1000 + i, 50, 10'000 + (i * shift) % 70));
  for (std::uint32_t i = 0; i < 100; i += 2) give(books, executed(1, first + 1000 + i, 50));
  for (std::uint32_t i = 1; i < 100; i += 2) give(books, deleted(1, first + 1000 + i));
}

TEST(Memory, NothingIsAllocatedAfterConstruction) {
  Story story("a thousand rounds of 100 orders, each message about one of them");
  story.notes(notes_on_books).think("what does a map do when a level comes or goes?");
  CountingSink sink;
  OrderBooks books(small, &sink);
  std::array<Level, 8> levels;
  std::array<BookOrder, 8> orders;
  std::uint64_t seen = 0;
  const AllocationCounter memory;
  for (std::uint32_t round = 0; round < 1000; ++round) {
    one_round(books, 1'000'000 + std::uint64_t{round} * 5000, 1 + round % 89);
    seen += books.levels(1, Side::buy, levels) + books.orders(1, orders) + (books.digest(1) & 1);
    give(books, directory(1, 'P'));
  }
  books.clear();
  const std::uint64_t allocated = memory.allocations();
  story.expect(allocated).equals(0U).named("what was allocated").units("blocks");
  story.expect(seen).equals(1000U).named("the digests of empty books, which end in 1");
  expect_counted(story, books, "nothing");
}

TEST(Memory, EveryPlaceComesBack) {
  Story story("after a thousand rounds the full capacity fits as on the first day");
  story.notes(notes_on_books).think("which of the things that you give out do you get back, and where?");
  OrderBooks books(small);
  auto random = testkit::random();
  for (std::uint32_t round = 0; round < 1000; ++round)
    one_round(books, random() & ~std::uint64_t{0xFFFF}, static_cast<std::uint32_t>(1 + random() % 89));
  expect_book(story, books, "bids none; offers none");
  for (std::uint32_t i = 1; i <= 100; ++i) give(books, added(1, i, 'B', 1, i));
  story.expect(books.order_count(1)).equals(100U).named("order_count(1)").units("orders");
  expect_counted(story, books, "nothing");
}

TEST(Memory, ADaysWorthOfOrders) {
  Story story(
      "200,000 orders at once in 2,000 symbols, half of them deleted from the middle of their queues");
  story.notes(notes_on_books);
  constexpr std::uint32_t count = 200'000;
  const auto books = std::make_unique<OrderBooks>(Capacity{.symbols = 2000, .orders = count});
  const auto locate_of = [](std::uint32_t i) { return static_cast<std::uint16_t>(1 + i % 2000); };
  for (std::uint32_t i = 0; i < count; ++i)
    give(*books, added(locate_of(i), 7'000'000 + std::uint64_t{i} * 2, i % 3 == 0 ? 'B' : 'S', 100,
                       10'000 + i / 2000 % 9));
  story.expect(books->order_count()).equals(count).named("order_count()").units("orders");
  for (std::uint32_t i = 0; i < count; ++i)
    if (i / 2000 % 2 == 1) give(*books, deleted(locate_of(i), 7'000'000 + std::uint64_t{i} * 2));
  story.expect(books->order_count()).equals(count / 2).named("order_count()").units("orders");
  story.expect(books->order_count(2000)).equals(50U).named("order_count(2000)").units("orders");
  expect_counted(story, *books, "nothing");
}

}  // namespace
}  // namespace lln::project::book_test
