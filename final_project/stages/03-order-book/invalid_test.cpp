// Messages that cannot be: what each leaves as it was, and where it is counted.
#include "told_books.hpp"

namespace lln::project::book_test {
namespace {

using namespace oracle::events;

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

}  // namespace
}  // namespace lln::project::book_test
