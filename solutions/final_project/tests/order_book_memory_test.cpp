// Memory: none taken after construction, and full means refused, counted, and usable again.
#include "allocation_count.hpp"
#include "book_testkit.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace lln::handler {
namespace {

using testkit::apple;

using testkit::Scene;

TEST(OrderBookMemory, NothingIsAllocatedAfterConstruction) {
  OrderBooks books({.orders = 20'000, .levels = 20'000, .symbols = 100});
  std::mt19937_64 random(1);
  std::vector<testkit::Blocks> runs(500);
  std::uint64_t ref = 0;
  for (testkit::Blocks& blocks : runs)
    for (int i = 0; i < 30; ++i) {
      const testkit::Symbol symbol{static_cast<std::uint16_t>(1 + random() % 100)};
      blocks.append(
          symbol.add(++ref, random() % 2 ? 'B' : 'S', 10, static_cast<std::uint32_t>(random() % 200)));
      if (random() % 2)
        blocks.append(symbol.replace(ref, ref + 1, 5, static_cast<std::uint32_t>(random() % 200))), ++ref;
      if (random() % 3 == 0) blocks.append(symbol.remove(1 + random() % ref));
    }
  NullSink sink;
  rusage before{};
  rusage after{};
  const std::size_t allocated = testkit::allocation_count();
  getrusage(RUSAGE_THREAD, &before);
  for (const testkit::Blocks& blocks : runs) books.apply(blocks.run(), sink);
  books.clear();
  for (const testkit::Blocks& blocks : runs) books.apply(blocks.run(), sink);
  getrusage(RUSAGE_THREAD, &after);
  EXPECT_EQ(testkit::allocation_count() - allocated, 0U) << "allocations in apply() and clear()";
  if (testkit::allocations_are_counted()) {  // a sanitizer faults pages of its own
    EXPECT_LE(after.ru_minflt - before.ru_minflt, 10)
        << "page faults (a few first uses of code and stack are fine)";
  }
  EXPECT_GT(books.order_count(), 1000U) << "the test must have done something";
  EXPECT_EQ(books.counters().capacity_exhausted, 0U);
}

TEST(OrderBookMemory, OrdersBeyondTheCapacityAreRefusedAndRoomComesBack) {
  Scene scene({.orders = 10, .levels = 100, .symbols = 4});
  for (std::uint64_t ref = 1; ref <= 12; ++ref) scene << apple.add(ref, 'B', 1, 100);
  EXPECT_EQ(scene.books.order_count(), 10U);
  EXPECT_EQ(scene.books.counters().capacity_exhausted, 2U);
  scene << apple.remove(11);
  EXPECT_EQ(scene.books.counters().unknown_reference, 1U) << "a refused order is not live";
  scene << apple.replace(5, 50, 1, 100) << apple.remove(1) << apple.add(60, 'B', 1, 100);
  EXPECT_EQ(scene.queue(), (std::vector<std::uint64_t>{2, 3, 4, 6, 7, 8, 9, 10, 50, 60}));
  EXPECT_EQ(scene.books.counters().capacity_exhausted, 2U);
}

TEST(OrderBookMemory, LevelsBeyondTheCapacityAreRefusedAndRoomComesBack) {
  Scene scene({.orders = 1000, .levels = 5, .symbols = 4});
  for (std::uint32_t i = 1; i <= 7; ++i) scene << apple.add(i, 'S', 1, i);
  EXPECT_EQ(scene.levels(Side::sell).size(), 5U);
  EXPECT_EQ(scene.books.counters().capacity_exhausted, 2U);
  scene << apple.add(20, 'S', 1, 3);
  EXPECT_EQ(scene.books.counters().capacity_exhausted, 2U) << "a level that exists takes more orders";
  // A replace that finds no room for its new level loses the order, as the specification says.
  scene << apple.replace(20, 21, 1, 9);
  EXPECT_EQ(scene.books.order_count(), 5U);
  EXPECT_EQ(scene.books.counters().capacity_exhausted, 3U);
  scene << apple.remove(1) << apple.add(30, 'S', 1, 9);
  EXPECT_EQ(scene.levels(Side::sell).size(), 5U);
}

TEST(OrderBookMemory, ALongQueueNeedsBlocksToo) {
  Scene scene({.orders = 1000, .levels = 2, .symbols = 4});
  for (std::uint64_t ref = 1; ref <= 30; ++ref) scene << apple.add(ref, 'B', 1, 100);
  EXPECT_EQ(scene.books.order_count(), 20U) << "ten to a block";
  EXPECT_EQ(scene.books.counters().capacity_exhausted, 10U);
  for (std::uint64_t ref = 11; ref <= 20; ++ref) scene << apple.remove(ref);
  scene << apple.add(40, 'B', 1, 99);
  EXPECT_EQ(scene.levels(Side::buy).size(), 2U) << "the emptied block serves another level";
}

// References with one home line in a table of 2,048, by construction: those that differ in bit 0 only share a line, and
// so do windows with the same hash.
std::vector<std::uint64_t> colliding(std::size_t count) {
  std::vector<std::uint64_t> refs;
  for (std::uint64_t window = 0; refs.size() < count; ++window)
    if (((window * 0x9E37'79B9'7F4A'7C15) >> (64 - 11)) == 7)
      refs.push_back(window << 11), refs.push_back((window << 11) | 1);
  return refs;
}

// The counters that remain when every message was a good one.
BookCounters with_messages(const BookCounters& counters) {
  BookCounters good;
  good.messages = counters.messages;
  return good;
}

TEST(OrderBookMemory, ReferencesThatCollideAreAllFound) {
  Scene scene({.orders = 4096, .levels = 100, .symbols = 4});
  const std::vector<std::uint64_t> refs = colliding(110);
  for (const std::uint64_t ref : refs) scene << apple.add(ref, 'B', 1, 100);
  EXPECT_EQ(scene.queue(), refs);
  for (const std::uint64_t ref : refs) scene << apple.add(ref, 'B', 1, 100);
  EXPECT_EQ(scene.books.counters().duplicate_reference, refs.size());
  for (std::size_t i = 0; i < refs.size(); i += 2) scene << apple.remove(refs[i]);
  for (std::size_t i = 1; i < refs.size(); i += 2) scene << apple.cancel(refs[i], 0);
  EXPECT_EQ(scene.books.counters().unknown_reference, 0U);
  for (std::size_t i = 1; i < refs.size(); i += 2) scene << apple.remove(refs[i]);
  EXPECT_EQ(scene.books.order_count(), 0U);
  EXPECT_EQ(scene.books.counters().capacity_exhausted, 0U);
}

// An order that found its first line full stands in the next one; the hole that opens before it must not hide it.
TEST(OrderBookMemory, AnOrderBeyondItsLineIsADuplicateEvenWhenItsLineHasRoomAgain) {
  Scene scene({.orders = 4096, .levels = 100, .symbols = 4});
  const std::vector<std::uint64_t> refs = colliding(6);
  for (const std::uint64_t ref : refs) scene << apple.add(ref, 'B', 1, 100);
  scene << apple.remove(refs[0]) << apple.add(refs[5], 'B', 1, 101);
  EXPECT_EQ(scene.books.counters().duplicate_reference, 1U);
  EXPECT_EQ(scene.books.order_count(), 5U);
}

TEST(OrderBookMemory, OrdersBeyondTheirLineComeAndGoForEver) {
  Scene scene({.orders = 4096, .levels = 100, .symbols = 4});
  const std::vector<std::uint64_t> refs = colliding(6);
  for (int round = 0; round < 1000; ++round) {
    for (const std::uint64_t ref : refs) scene << apple.add(ref, ref % 2 ? 'B' : 'S', 1, 100);
    for (const std::uint64_t ref : refs) scene << apple.remove(ref);
  }
  EXPECT_EQ(scene.books.order_count(), 0U);
  EXPECT_EQ(scene.books.counters(), with_messages(scene.books.counters()))
      << "nothing was refused or unknown";
}

TEST(OrderBookMemory, ACollisionAttackIsRefusedAfterABoundedSearch) {
  Scene scene({.orders = 4096, .levels = 1000, .symbols = 4});
  std::uint64_t added = 0;
  for (std::uint64_t window = 0; added < 300; ++window)
    if (((window * 0x9E37'79B9'7F4A'7C15) >> (64 - 11)) == 7)
      scene << apple.add(window << 11, 'B', 1, 100), ++added;
  EXPECT_EQ(scene.books.order_count(), 4 * OrderTable::probe_limit);
  EXPECT_EQ(scene.books.counters().capacity_exhausted, 300 - 4 * OrderTable::probe_limit);
}

TEST(OrderBookMemory, CapacityOutOfRangeIsRefused) {
  EXPECT_THROW(OrderBooks({.orders = 0, .levels = 1, .symbols = 1}), std::invalid_argument);
  EXPECT_THROW(OrderBooks({.orders = 1, .levels = 1U << 24, .symbols = 1}), std::invalid_argument);
  EXPECT_THROW(OrderBooks({.orders = 1, .levels = 1, .symbols = 65'536}), std::invalid_argument);
  try {
    OrderBooks books({.orders = 1, .levels = 0, .symbols = 1});
    FAIL() << "no level must be refused";
  } catch (const std::invalid_argument& error) {
    EXPECT_STREQ(error.what(), "order book capacity: 0 levels, must be 1 to 16777214");
  }
}

TEST(OrderBookMemory, TheSmallestBooksWork) {
  Scene scene({.orders = 1, .levels = 1, .symbols = 1});
  for (std::uint64_t ref = 1; ref < 100; ++ref)
    scene << apple.add(ref, 'S', 5, 7) << apple.add(1000 + ref, 'B', 5, 7) << apple.remove(ref);
  EXPECT_EQ(scene.books.order_count(), 0U);
  EXPECT_EQ(scene.books.counters().capacity_exhausted, 99U);
}

}  // namespace
}  // namespace lln::handler
