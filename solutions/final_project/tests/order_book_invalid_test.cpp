// SPEC.md section 9, row by row: no input is fatal, each row has one effect and one counter.
#include "book_testkit.hpp"

#include <gtest/gtest.h>

namespace lln::handler {
namespace {

using testkit::apple;
using testkit::pear;

using testkit::Bytes;
using testkit::Scene;
using Refs = std::vector<std::uint64_t>;

// Orders 1 and 2 at one price; counters are compared with those before the message.
class OrderBookInvalid : public testing::Test {
 protected:
  OrderBookInvalid() { scene_ << apple.add(1, 'B', 100, 100) << apple.add(2, 'B', 50, 100); }

  void expect_ignored(const Bytes& message, std::uint64_t BookCounters::*counter, const char* what) {
    const std::uint64_t digest = scene_.books.digest({1});
    const std::uint64_t before = scene_.books.counters().*counter;
    const std::size_t events = scene_.sink.bbos.size();
    scene_ << message;
    EXPECT_EQ(scene_.books.digest({1}), digest) << what << " must leave the book as it is";
    EXPECT_EQ(scene_.books.counters().*counter, before + 1) << what << " must be counted";
    EXPECT_EQ(scene_.sink.bbos.size(), events) << what << " must not cause an event";
  }

  Scene scene_;
};

TEST_F(OrderBookInvalid, NoBytesAtAll) { expect_ignored({}, &BookCounters::truncated, "an empty message"); }

TEST_F(OrderBookInvalid, UnknownTypesAreSkipped) {
  expect_ignored(Bytes(30, std::byte{'Z'}), &BookCounters::unknown_type, "type Z");
  expect_ignored(Bytes(1, std::byte{0}), &BookCounters::unknown_type, "type 0");
}

TEST_F(OrderBookInvalid, EveryTypeOneByteShortIsTruncated) {
  for (unsigned type = 0; type < 256; ++type) {
    const std::size_t length = itch::length_of(static_cast<std::uint8_t>(type));
    if (length == 0) continue;
    Bytes bytes(length - 1);
    bytes[0] = static_cast<std::byte>(type);
    bytes.shrink_to_fit();
    expect_ignored(bytes, &BookCounters::truncated, "a short message");
  }
  EXPECT_EQ(scene_.books.counters().truncated, 23U);
}

TEST_F(OrderBookInvalid, BytesBeyondTheKnownFieldsAreIgnored) {
  Bytes longer = apple.cancel(1, 40);
  longer.resize(60, std::byte{0xFF});
  scene_ << longer;
  EXPECT_EQ(scene_.bbo().bid_shares, 110U);
}

TEST_F(OrderBookInvalid, AddWithLocateZeroOrBeyondCapacity) {
  expect_ignored(testkit::Symbol{0}.add(9, 'B', 1, 1), &BookCounters::bad_locate, "locate 0");
  expect_ignored(testkit::Symbol{17}.add(9, 'B', 1, 1), &BookCounters::bad_locate, "locate above 16");
  expect_ignored(testkit::Symbol{65535}.add(9, 'B', 1, 1), &BookCounters::bad_locate, "locate 65535");
  scene_ << testkit::Symbol{16}.add(9, 'B', 1, 1);
  EXPECT_EQ(scene_.bbo(16).bid_price, 1U) << "the largest locate is usable";
}

TEST_F(OrderBookInvalid, AddWithInvalidField) {
  expect_ignored(apple.add(9, 'X', 1, 1), &BookCounters::invalid_field, "side X");
  expect_ignored(apple.add(9, 'B', 0, 1), &BookCounters::invalid_field, "0 shares");
  expect_ignored(apple.add(9, 'S', 1, 2'000'000'001), &BookCounters::invalid_field, "a price too high");
  expect_ignored(apple.add(1, 'B', 0, 1), &BookCounters::invalid_field, "0 shares, before the duplicate");
  scene_ << apple.add(9, 'S', 1, 2'000'000'000);
  EXPECT_EQ(scene_.bbo().ask_price, 2'000'000'000U) << "the highest price is accepted";
}

TEST_F(OrderBookInvalid, AddWithALiveReference) {
  expect_ignored(apple.add(1, 'S', 7, 200), &BookCounters::duplicate_reference, "a live reference");
  expect_ignored(pear.add(2, 'B', 7, 200), &BookCounters::duplicate_reference, "one of another symbol");
  EXPECT_EQ(scene_.books.order_count({2}), 0U);
}

TEST_F(OrderBookInvalid, UnknownReference) {
  for (const Bytes& message : {apple.execute(9, 1), apple.execute_at(9, 1, 1), apple.cancel(9, 1),
                               apple.remove(9), apple.replace(9, 10, 1, 1)})
    expect_ignored(message, &BookCounters::unknown_reference, "an unknown reference");
  EXPECT_EQ(scene_.books.statistics({1}), SymbolStatistics{}) << "no volume from unknown orders";
}

TEST_F(OrderBookInvalid, LocateOfAnotherSymbol) {
  for (const Bytes& message : {pear.execute(1, 1), pear.execute_at(1, 1, 1), pear.cancel(1, 1),
                               pear.remove(1), pear.replace(1, 10, 1, 1), testkit::Symbol{60000}.remove(1)})
    expect_ignored(message, &BookCounters::bad_locate, "a locate that is not the order's");
  EXPECT_EQ(scene_.books.order_count({2}), 0U) << "a refused replace adds nothing";
}

TEST_F(OrderBookInvalid, MoreSharesThanRemainRemoveTheOrder) {
  scene_ << apple.execute(1, 4'000'000'000);
  EXPECT_EQ(scene_.queue(), (Refs{2}));
  EXPECT_EQ(scene_.bbo().bid_shares, 50U) << "the level lost what the order had";
  EXPECT_EQ(scene_.books.statistics({1}).executed_shares, 100U) << "volume is what remained";
  scene_ << apple.cancel(2, 51);
  EXPECT_EQ(scene_.books.order_count(), 0U);
  EXPECT_EQ(scene_.books.counters().over_reduced, 2U);
}

TEST_F(OrderBookInvalid, ZeroSharesReduceByNothing) {
  const std::uint64_t digest = scene_.books.digest({1});
  scene_ << apple.execute(1, 0) << apple.execute_at(1, 0, 5) << apple.cancel(1, 0);
  EXPECT_EQ(scene_.books.digest({1}), digest);
  EXPECT_EQ(scene_.books.statistics({1}).executions, 2U);
  EXPECT_EQ(scene_.books.statistics({1}).last_price, 0U) << "nothing was traded";
  EXPECT_TRUE(scene_.sink.trades.empty());
}

TEST_F(OrderBookInvalid, ReplaceWithInvalidFieldRemovesTheOldOrder) {
  scene_ << apple.replace(1, 9, 0, 100) << apple.replace(2, 10, 5, 2'000'000'001);
  EXPECT_EQ(scene_.books.order_count(), 0U);
  EXPECT_EQ(scene_.books.counters().invalid_field, 2U);
}

TEST_F(OrderBookInvalid, ReplaceByALiveReferenceRemovesTheOldOrder) {
  scene_ << apple.replace(1, 2, 10, 100);
  EXPECT_EQ(scene_.orders(), (std::vector<OrderView>{{2, Side::buy, 100, 50}}));
  EXPECT_EQ(scene_.books.counters().duplicate_reference, 1U);
}

TEST_F(OrderBookInvalid, DirectoryWithLocateZeroOrBeyondCapacity) {
  expect_ignored(testkit::Symbol{0}.directory("X"), &BookCounters::bad_locate, "locate 0");
  expect_ignored(testkit::Symbol{17}.directory("X"), &BookCounters::bad_locate, "locate above 16");
}

TEST_F(OrderBookInvalid, PrintsOfUnknownSymbolsAreHarmless) {
  scene_ << testkit::Symbol{65535}.trade(1, 1) << testkit::Symbol{65535}.cross(1, 1);
  BookCounters expected;
  expected.messages['A'] = 2, expected.messages['P'] = 1, expected.messages['Q'] = 1;
  EXPECT_EQ(scene_.books.counters(), expected) << "row 14: no effect, nothing counted but the type";
}

TEST_F(OrderBookInvalid, QuestionsAboutAbsurdLocatesHaveEmptyAnswers) {
  for (const std::uint16_t locate : {std::uint16_t{0}, std::uint16_t{17}, std::uint16_t{65535}}) {
    EXPECT_EQ(scene_.bbo(locate), Bbo{});
    EXPECT_EQ(scene_.books.digest({locate}), feed::fnv_offset_basis);
    EXPECT_EQ(scene_.books.symbol({locate}), "");
    EXPECT_TRUE(scene_.orders(locate).empty());
  }
}

}  // namespace
}  // namespace lln::handler
