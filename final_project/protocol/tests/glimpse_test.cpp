#include "book_builder.hpp"
#include "support.hpp"
#include "wire_examples.hpp"

#include <lln/feed/glimpse.hpp>

#include <array>

namespace lln::feed {
namespace {

using namespace test;

TEST(EndOfSnapshot, MatchesTheLiteralBytes) {
  const auto literal = hex(transport_hex("EndOfSnapshot"));
  std::array<std::byte, end_of_snapshot_size> bytes;
  encode_end_of_snapshot(1003, bytes);
  EXPECT_EQ(to_hex(bytes), to_hex(literal));
  EXPECT_EQ(decode_end_of_snapshot(literal), 1003u);
}

TEST(EndOfSnapshot, RefusesWhatIsNone) {
  const auto literal = hex(transport_hex("EndOfSnapshot"));
  for (std::size_t length = 0; length < literal.size(); ++length)
    EXPECT_FALSE(decode_end_of_snapshot(first(literal, length))) << "cut to " << length;
  auto other = literal;
  other[0] = std::byte{'A'};
  EXPECT_FALSE(decode_end_of_snapshot(other)) << "type A";
  other = literal;
  other.back() = std::byte{' '};
  EXPECT_FALSE(decode_end_of_snapshot(other)) << "number with a space behind it";
  auto longer = literal;
  longer.push_back(std::byte{0});
  EXPECT_EQ(decode_end_of_snapshot(longer), 1003u) << "appended bytes are ignored";
}

SimpleBooks sample() {
  SimpleBooks books;
  SystemEvent open;
  open.event = 'Q';
  StockTradingAction trading;
  trading.header.locate = msft;
  trading.state = 'T';
  RegSho sho;
  sho.header.locate = aapl;
  OperationalHalt halt;
  halt.header.locate = aapl;
  for (const Message& message :
       {Message(SystemEvent{}), Message(directory(aapl, "AAPL")), Message(directory(msft, "MSFT")),
        Message(trading), Message(sho), Message(halt), Message(open), Message(buy(1, 100, 1000)),
        Message(buy_as(2, 50, 1000, "GSCO")), Message(sell(3, 10, 1010)), Message(buy(4, 70, 2000, msft)),
        Message(execute(1, 40)), Message(replace(2, 5, 55, 1000)), Message(buy(6, 5, 1000))})
    books.apply(message);
  return books;
}

TEST(Snapshot, RebuildsEqualBooksElsewhere) {
  const SimpleBooks books = sample();
  SimpleBooks copy;
  const auto messages = snapshot_messages(books, 15);
  for (std::size_t i = 0; i + 1 < messages.size(); ++i) copy.apply(messages[i]);
  EXPECT_EQ(copy.digests(), books.digests());
  EXPECT_EQ(copy.counters(), (SimpleBookCounters{.messages = messages.size() - 1}));
  ASSERT_NE(copy.find(5), nullptr);
  EXPECT_EQ(copy.find(5)->attribution, alpha<4>("GSCO"));
  EXPECT_EQ(copy.find(5)->timestamp_ns, 2000u);
  EXPECT_EQ(decode_end_of_snapshot(messages.back()), 15u);
  EXPECT_EQ(snapshot_messages(copy, 15), messages) << "a snapshot of a snapshot is the same";
}

TEST(Snapshot, ComesInTheDocumentedOrder) {
  std::string types;
  for (const Bytes& message : snapshot_messages(sample(), 15)) types += static_cast<char>(message.front());
  // the last S; R of both symbols; H of msft; Y and h of aapl; orders 1 3 5 6 of aapl, 4 of msft; G
  EXPECT_EQ(types, "SRRHYhAAFAAG");
}

TEST(Snapshot, CarriesTheLastSystemEventAndRemainingShares) {
  const auto messages = snapshot_messages(sample(), 15);
  EXPECT_EQ(std::get<SystemEvent>(*decode(messages[0]).message).event, 'Q');
  const auto order = std::get<AddOrder>(*decode(messages[6]).message);
  EXPECT_EQ(order.reference, 1u);
  EXPECT_EQ(order.shares, 60u);
  EXPECT_EQ(order.stock, symbol("AAPL"));
  EXPECT_EQ(order.header.locate, aapl);
}

TEST(Snapshot, OfEmptyBooksIsOnlyTheEnd) {
  const auto messages = snapshot_messages(SimpleBooks{}, 1);
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(decode_end_of_snapshot(messages[0]), 1u);
}

}  // namespace
}  // namespace lln::feed
