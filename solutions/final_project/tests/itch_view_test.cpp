#include "book_testkit.hpp"

#include <lln/feed/itch.hpp>
#include <lln/handler/itch_view.hpp>

#include <gtest/gtest.h>

namespace lln::handler {
namespace {

using testkit::Bytes;

// The bytes are written out, so that encoder and views cannot be wrong in the same way.
Bytes literal(std::initializer_list<int> bytes) {
  Bytes result;
  for (const int byte : bytes) result.push_back(static_cast<std::byte>(byte));
  return result;
}

TEST(ItchView, LengthsAreThoseOfTheSpecification) {
  for (unsigned type = 0; type < 256; ++type) {
    const auto expected = feed::message_length(static_cast<std::uint8_t>(type));
    EXPECT_EQ(itch::length_of(static_cast<std::uint8_t>(type)), expected.value_or(0))
        << "length of type 0x" << std::hex << type;
  }
}

TEST(ItchView, AddOrderReadsEveryFieldAtItsOffset) {
  const Bytes bytes = literal({'A',  0x12, 0x34, 0xAB, 0xCD, 0x1F, 0x1A, 0xCE, 0xDC, 0x80, 0x01,  // prefix
                               0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,                    // reference
                               'S',  0x00, 0x00, 0x01, 0x2C,  // side, shares
                               'A',  'A',  'P',  'L',  ' ',  ' ',  ' ',  ' ',  0x00, 0x2D, 0x58, 0x9C});
  const itch::AddOrderView view{{{bytes.data()}}};
  EXPECT_EQ(view.type(), 'A');
  EXPECT_EQ(view.locate(), 0x1234);
  EXPECT_EQ(view.tracking(), 0xABCD);
  EXPECT_EQ(view.timestamp_ns(), 0x1F1ACEDC8001U);
  EXPECT_EQ(view.ref(), 0x0102030405060708U);
  EXPECT_EQ(view.side(), 'S');
  EXPECT_EQ(view.shares(), 300U);
  EXPECT_EQ(view.stock(), "AAPL    ");
  EXPECT_EQ(view.price(), 2971804U);
}

TEST(ItchView, ExecutionsReadEveryFieldAtItsOffset) {
  const Bytes bytes = literal({'C',  0, 1, 0,   0, 0, 0, 0, 0, 0, 9,  // prefix
                               0,    0, 0, 0,   0, 0, 0, 5,           // reference
                               0,    0, 0, 100,                       // executed
                               0x80, 0, 0, 0,   0, 0, 0, 6,           // match
                               'N',  0, 1, 0,   0});                  // printable, price
  const itch::OrderExecutedWithPriceView view{{{{bytes.data()}}}};
  EXPECT_EQ(view.ref(), 5U);
  EXPECT_EQ(view.executed(), 100U);
  EXPECT_EQ(view.match(), 0x8000000000000006U);
  EXPECT_FALSE(view.printable()) << "printable N";
  EXPECT_EQ(view.price(), 65536U);
}

TEST(ItchView, ReplaceReadsEveryFieldAtItsOffset) {
  const Bytes bytes = literal({'U', 0, 1, 0, 0, 0, 0, 0, 0, 0, 9,  // prefix
                               0,   0, 0, 0, 0, 0, 0, 5,           // old reference
                               0,   0, 0, 0, 0, 0, 1, 0,           // new reference
                               0,   0, 0, 7, 0, 0, 0, 8});         // shares, price
  const itch::OrderReplaceView view{{{bytes.data()}}};
  EXPECT_EQ(view.ref(), 5U);
  EXPECT_EQ(view.new_ref(), 256U);
  EXPECT_EQ(view.shares(), 7U);
  EXPECT_EQ(view.price(), 8U);
}

TEST(ItchView, PrintsReadEveryFieldAtTheirOffset) {
  feed::Trade trade;
  trade.header.locate = {3}, trade.shares = 11, trade.price = {12}, trade.match = 13;
  const Bytes trade_bytes = testkit::encoded(trade);
  const itch::TradeView p{{trade_bytes.data()}};
  EXPECT_EQ(p.shares(), 11U);
  EXPECT_EQ(p.price(), 12U);
  EXPECT_EQ(p.match(), 13U);

  feed::CrossTrade cross;
  cross.header.locate = {3}, cross.shares = 1ULL << 40, cross.price = {14}, cross.match = 15;
  const Bytes cross_bytes = testkit::encoded(cross);
  const itch::CrossTradeView q{{cross_bytes.data()}};
  EXPECT_EQ(q.shares(), 1ULL << 40);
  EXPECT_EQ(q.price(), 14U);
  EXPECT_EQ(q.match(), 15U);
}

}  // namespace
}  // namespace lln::handler
