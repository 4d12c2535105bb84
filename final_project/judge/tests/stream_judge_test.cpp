// The judge against hand-made days: it accepts what is right, and tells what is not.
#include <lln/feed/itch.hpp>
#include <lln/feed/output_stream.hpp>
#include <lln/judge/stream_judge.hpp>

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace lln::judge {
namespace {

using feed::BestPrices;
using feed::Locate;
using feed::OutputRecord;
using feed::Side;
using feed::TradePrint;

constexpr Locate aapl{13};

void add(Day& day, const feed::Message& message) {
  std::array<std::byte, feed::max_message_length> bytes;
  day.add(std::span<const std::byte>(bytes).first(feed::encode(message, bytes)));
}

feed::AddOrder order(std::uint64_t reference, Side side, std::uint32_t shares, std::uint32_t price) {
  return {{aapl, 0, 0}, reference, side, shares, feed::symbol("AAPL"), {price}};
}

// 1 buy 300 at 100, 2 sell 100 at 110, 3 buy 50 at 90 (not the best), 4 E 100 of order 1, 5 C 50 of order 1 at 99 not
// printable, 6 D order 2, 7 P.
Day small_day() {
  Day day;
  add(day, order(1, Side::buy, 300, 100));
  add(day, order(2, Side::sell, 100, 110));
  add(day, order(3, Side::buy, 50, 90));
  add(day, feed::OrderExecuted{{aapl, 0, 0}, 1, 100, 501});
  add(day, feed::OrderExecutedWithPrice{{aapl, 0, 0}, 1, 50, 502, 'N', {99}});
  add(day, feed::OrderDelete{{aapl, 0, 0}, 2});
  feed::Trade trade;
  trade.header.locate = aapl;
  trade.shares = 7;
  trade.price = {105};
  trade.match = 503;
  add(day, trade);
  return day;
}

std::vector<OutputRecord> right_records() {
  return {feed::SessionBegin{1, feed::session_id("S")},
          BestPrices{1, aapl, 100, 0, 300, 0},
          BestPrices{2, aapl, 100, 110, 300, 100},
          TradePrint{4, aapl, 100, 100, 501},
          BestPrices{4, aapl, 100, 110, 200, 100},
          TradePrint{5, aapl, 99, 50, 502, false},
          BestPrices{5, aapl, 100, 110, 150, 100},
          BestPrices{6, aapl, 100, 0, 150, 0},
          TradePrint{7, aapl, 105, 7, 503},
          feed::SessionEnd{8}};
}

std::vector<std::byte> bytes_of(const std::vector<OutputRecord>& records) {
  std::vector<std::byte> bytes(records.size() * feed::output_record_size);
  for (std::size_t i = 0; i < records.size(); ++i) {
    const feed::OutputBytes to(&bytes[i * feed::output_record_size], feed::output_record_size);
    std::visit([&](const auto& record) { encode(record, to); }, records[i]);
  }
  return bytes;
}

StreamVerdict judged(const std::vector<OutputRecord>& records) {
  return judge_stream(small_day(), bytes_of(records));
}

void expect_difference(const std::vector<OutputRecord>& records, const std::string& words) {
  const StreamVerdict verdict = judged(records);
  EXPECT_NE(verdict.difference.find(words), std::string::npos) << "told: " << verdict.difference;
}

TEST(StreamJudge, AcceptsTheRightStream) {
  const StreamVerdict verdict = judged(right_records());
  EXPECT_TRUE(verdict.right()) << verdict.difference;
  EXPECT_TRUE(verdict.ended);
  EXPECT_EQ(verdict.prices, 5u);
  EXPECT_EQ(verdict.trades, 3u);
  EXPECT_EQ(verdict.next, 8u);
  EXPECT_EQ(verdict.session, "S         ");
}

feed::CrossTrade cross(std::uint64_t shares) {
  feed::CrossTrade message;
  message.header.locate = aapl;
  message.shares = shares;
  message.price = {117};
  message.match = 9;
  return message;
}

TEST(StreamJudge, EveryMessageHasItsEffect) {
  Day day;
  add(day, feed::AddOrderMpid{{aapl, 0, 0}, 1, Side::buy, 100, feed::symbol("AAPL"), {100}});
  add(day, order(2, Side::buy, 50, 100));  // at the same price
  add(day, order(3, Side::sell, 10, 120));
  add(day, order(4, Side::sell, 20, 110));
  add(day, feed::OrderCancel{{aapl, 0, 0}, 1, 30});
  add(day, feed::OrderReplace{{aapl, 0, 0}, 4, 5, 40, {115}});
  add(day, feed::OrderExecuted{{{14}, 0, 0}, 1, 10, 6});   // another symbol's order has that number
  add(day, feed::OrderExecuted{{aapl, 0, 0}, 3, 500, 7});  // more than there is, behind the best
  add(day, feed::OrderExecuted{{aapl, 0, 0}, 2, 0, 8});    // of nothing
  add(day, cross(1000));
  add(day, cross(0));
  const std::vector<OutputRecord> right{
      feed::SessionBegin{1, feed::session_id("S")}, BestPrices{1, aapl, 100, 0, 100, 0},
      BestPrices{2, aapl, 100, 0, 150, 0},          BestPrices{3, aapl, 100, 120, 150, 10},
      BestPrices{4, aapl, 100, 110, 150, 20},       BestPrices{5, aapl, 100, 110, 120, 20},
      BestPrices{6, aapl, 100, 115, 120, 40},       TradePrint{8, aapl, 120, 10, 7},
      TradePrint{10, aapl, 117, 1000, 9},           feed::SessionEnd{12}};
  const StreamVerdict verdict = judge_stream(day, bytes_of(right));
  EXPECT_TRUE(verdict.right()) << verdict.difference;
  EXPECT_TRUE(verdict.ended);
}

TEST(StreamJudge, EachRecordThatIsMissingIsToldWithItsMessage) {
  for (std::size_t i = 1; i + 1 < right_records().size(); ++i) {
    auto records = right_records();
    const std::string missing = feed::describe(records[i]);
    records.erase(records.begin() + static_cast<std::ptrdiff_t>(i));
    expect_difference(records, "should have been: " + missing);
  }
}

TEST(StreamJudge, EachRecordTwiceIsTold) {
  for (std::size_t i = 0; i < right_records().size(); ++i) {
    auto records = right_records();
    records.insert(records.begin() + static_cast<std::ptrdiff_t>(i), records[i]);
    EXPECT_FALSE(judged(records).right()) << feed::describe(records[i]);
  }
}

TEST(StreamJudge, TheMessageIsTold) {
  auto records = right_records();
  std::get<BestPrices>(records[4]).bid_shares = 201;
  expect_difference(
      records,
      "should have been: best prices of locate 13 after message 4: bid 200 at 0.0100, ask 100 at 0.0110\n"
      "  was:              best prices of locate 13 after message 4: bid 201 at 0.0100, ask 100 at "
      "0.0110\n  message 4 is E, locate 13: order 1 executes 100");
}

TEST(StreamJudge, AStoppedStreamIsRightAsFarAsItGoes) {
  auto records = right_records();
  records.resize(4);
  const StreamVerdict verdict = judged(records);
  EXPECT_TRUE(verdict.right()) << verdict.difference;
  EXPECT_FALSE(verdict.ended);
}

TEST(StreamJudge, SnapshotBringsThePricesOfItsMoment) {
  const auto all = right_records();
  std::vector<OutputRecord> records{all[0], feed::BooksReplaced{5}, BestPrices{4, aapl, 100, 110, 200, 100}};
  records.insert(records.end(), all.begin() + 5, all.end());
  const StreamVerdict verdict = judged(records);
  EXPECT_TRUE(verdict.right()) << verdict.difference;
  EXPECT_EQ(verdict.snapshots, 1u);
  records.erase(records.begin() + 2);
  expect_difference(records, "after message 4");
}

TEST(StreamJudge, SnapshotMayGoBack) {
  auto records = right_records();
  records.insert(records.begin() + 7,
                 {feed::BooksReplaced{5}, BestPrices{4, aapl, 100, 110, 200, 100},
                  TradePrint{5, aapl, 99, 50, 502, false}, BestPrices{5, aapl, 100, 110, 150, 100}});
  EXPECT_TRUE(judged(records).right()) << judged(records).difference;
}

TEST(StreamJudge, LostMessagesHaveNoEffect) {
  // Message 4 lost: order 1 keeps 300, and message 5 leaves 250.
  auto records = right_records();
  records.erase(records.begin() + 3, records.begin() + 5);
  records.insert(records.begin() + 3, feed::MessagesLost{4, 5});
  std::get<BestPrices>(records[5]).bid_shares = 250;
  std::get<BestPrices>(records[6]).bid_shares = 250;
  const StreamVerdict verdict = judged(records);
  EXPECT_TRUE(verdict.right()) << verdict.difference;
  EXPECT_EQ(verdict.lost, 1u);
}

TEST(StreamJudge, LossBeyondTheDayIsTold) {
  expect_difference({right_records()[0], feed::MessagesLost{1, 100}}, "a range of the messages from 1 on");
}

TEST(StreamJudge, ASnapshotThatEndsTooEarlyIsTold) {
  expect_difference({right_records()[0], feed::BooksReplaced{5}}, "missing");
}

TEST(StreamJudge, AnEndTooEarlyIsTold) {
  auto records = right_records();
  records.resize(8);
  records.push_back(feed::SessionEnd{7});
  expect_difference(records, "an end after message 7");
}

TEST(StreamJudge, BytesThatAreNoRecordsAreTold) {
  auto bytes = bytes_of(right_records());
  bytes[80] = std::byte{'x'};
  EXPECT_NE(judge_stream(small_day(), bytes).difference.find("no kind"), std::string::npos);
  bytes.resize(75);
  EXPECT_NE(judge_stream(small_day(), bytes).difference.find("ends within a record"), std::string::npos);
}

TEST(StreamJudge, AnythingBeforeTheBeginningIsTold) {
  auto records = right_records();
  records.erase(records.begin());
  expect_difference(records, "a session that begins");
  EXPECT_TRUE(judged({}).right());
}

}  // namespace
}  // namespace lln::judge
