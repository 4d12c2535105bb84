// How many orders there is room for, and what they cost.
#include "told_books.hpp"

#include <lln/testkit/allocations.hpp>
#include <lln/testkit/random.hpp>

#include <memory>
#include <vector>

namespace lln::project::book_test {
namespace {

using namespace oracle::events;

using testkit::AllocationCounter;

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
