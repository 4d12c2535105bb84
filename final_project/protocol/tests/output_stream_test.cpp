// Records of the output stream against their literal bytes, and back.
#include "support.hpp"
#include "wire_examples.hpp"

#include <lln/feed/output_stream.hpp>

#include <array>

namespace lln::feed {
namespace {

using test::hex;
using test::to_hex;
using test::transport_hex;

struct Example {
  std::string_view name;
  OutputRecord record;
  std::string_view words;
};

const std::vector<Example>& examples() {
  static const std::vector<Example> all{
      {"StreamSessionBegin", SessionBegin{1, session_id("000010059B")},
       "session 000010059B begins before message 1"},
      {"StreamBestPrices", BestPrices{1002, {13}, 1'501'200, 1'501'300, 300, 250},
       "best prices of locate 13 after message 1002: bid 300 at 150.1200, ask 250 at 150.1300"},
      {"StreamTrade", TradePrint{1003, {13}, 1'501'250, 50, 998'878},
       "trade in locate 13 by message 1003: 50 at 150.1250, match 998878"},
      {"StreamBooksReplaced", BooksReplaced{1003},
       "books replaced by a snapshot that stands before message 1003"},
      {"StreamMessagesLost", MessagesLost{1003, 1007}, "messages 1003 to 1006 lost"},
      {"StreamSessionEnd", SessionEnd{1007}, "session ends before message 1007"},
  };
  return all;
}

std::array<std::byte, output_record_size> encoded(const OutputRecord& record) {
  std::array<std::byte, output_record_size> bytes;
  bytes.fill(std::byte{0xAA});  // every byte has to be written
  std::visit([&](const auto& what) { encode(what, bytes); }, record);
  return bytes;
}

TEST(OutputStream, BytesAreThoseOfTheSpecification) {
  for (const Example& example : examples())
    EXPECT_EQ(to_hex(encoded(example.record)), to_hex(hex(transport_hex(example.name)))) << example.name;
}

TEST(OutputStream, DecodedIsWhatWasEncoded) {
  for (const Example& example : examples()) {
    const auto record = decode_output(encoded(example.record));
    ASSERT_TRUE(record) << example.name;
    EXPECT_EQ(describe(*record), describe(example.record));
    EXPECT_TRUE(*record == example.record) << example.name;
  }
}

TEST(OutputStream, WordsForPeople) {
  for (const Example& example : examples()) EXPECT_EQ(describe(example.record), example.words);
  EXPECT_EQ(describe(BestPrices{7, {1}, 0, 5, 0, 100}),
            "best prices of locate 1 after message 7: bid none, ask 100 at 0.0005");
}

TEST(OutputStream, NotPrintableSurvives) {
  const TradePrint trade{5, {2}, 10, 20, 30, false};
  EXPECT_TRUE(decode_output(encoded(trade)) == OutputRecord{trade});
  EXPECT_EQ(static_cast<char>(encoded(trade)[1]), 'N');
}

TEST(OutputStream, UnknownKindsAreNoRecords) {
  std::array<std::byte, output_record_size> bytes{};
  EXPECT_FALSE(decode_output(bytes));
  bytes[0] = std::byte{'b'};
  EXPECT_FALSE(decode_output(bytes));
}

}  // namespace
}  // namespace lln::feed
