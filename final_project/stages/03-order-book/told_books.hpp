// What the tests of the books share: small books, and what is expected of them, in words.
#pragma once

#include <lln/project/oracle/flow.hpp>
#include <lln/project/oracle/words.hpp>
#include <lln/testkit/testkit.hpp>

#include <order_book.hpp>

#include <string>

namespace lln::project::book_test {

using oracle::at_price;
using oracle::FlowEvent;
using oracle::give;
using oracle::ladder;
using oracle::list;
using oracle::queue;
using oracle::text;
using testkit::Story;

inline constexpr const char* notes_on_books = "final_project/feed-handlers.md#order-books";

inline constexpr Capacity small{.symbols = 8, .orders = 100};

inline void expect_book(Story& story, const OrderBooks& books, const std::string& wanted,
                        std::uint16_t locate = 1) {
  story.expect(ladder(books, locate)).equals(wanted).named("the book of symbol " + std::to_string(locate));
}
inline void expect_queue(Story& story, const OrderBooks& books, const std::string& wanted) {
  story.expect(queue(books, 1)).equals(wanted).named("the orders");
}
inline void expect_counted(Story& story, const OrderBooks& books, const std::string& wanted) {
  story.expect(text(books.counters())).equals(wanted).named("what was counted");
}

}  // namespace lln::project::book_test
