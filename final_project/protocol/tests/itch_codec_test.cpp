#include "support.hpp"
#include "wire_examples.hpp"

#include <lln/feed/itch.hpp>

#include <map>

namespace lln::feed {
namespace {

using test::Bytes;
using test::hex;
using test::itch_examples;
using test::to_hex;

Bytes encoded(const Message& message) {
  Bytes bytes(max_message_length);
  bytes.resize(encode(message, bytes));
  return bytes;
}

// Written out here: the table of the library is derived from the structs.
const std::map<char, std::size_t> lengths{{'S', 12}, {'R', 39}, {'H', 25}, {'Y', 20}, {'L', 26}, {'V', 35},
                                          {'W', 12}, {'K', 28}, {'J', 35}, {'h', 21}, {'A', 36}, {'F', 40},
                                          {'E', 31}, {'C', 36}, {'X', 23}, {'D', 19}, {'U', 35}, {'P', 44},
                                          {'Q', 40}, {'B', 19}, {'I', 50}, {'N', 20}, {'O', 48}};

TEST(ItchCodec, KnowsTheLengthOfExactly23Types) {
  ASSERT_EQ(lengths.size(), 23u);
  for (int type = 0; type < 256; ++type) {
    const auto found = lengths.find(static_cast<char>(type));
    const auto length = message_length(static_cast<std::uint8_t>(type));
    if (found == lengths.end())
      EXPECT_FALSE(length.has_value()) << "type " << type;
    else
      EXPECT_EQ(length, found->second) << "type " << found->first;
  }
}

TEST(ItchCodec, ExamplesCoverEveryType) {
  std::map<char, int> seen;
  for (const auto& example : itch_examples()) ++seen[static_cast<char>(type_of(example.message))];
  EXPECT_EQ(seen.size(), lengths.size());
  for (const auto& [type, length] : lengths) EXPECT_EQ(seen[type], 1) << type;
}

TEST(ItchCodec, EncodesToTheLiteralBytes) {
  for (const auto& example : itch_examples())
    EXPECT_EQ(to_hex(encoded(example.message)), to_hex(hex(example.hex))) << example.name;
}

TEST(ItchCodec, DecodesTheLiteralBytes) {
  for (const auto& example : itch_examples()) {
    const DecodeResult result = decode(hex(example.hex));
    ASSERT_TRUE(result) << example.name;
    EXPECT_EQ(result.error, DecodeError::none) << example.name;
    EXPECT_TRUE(*result.message == example.message) << example.name;
    EXPECT_EQ(header_of(*result.message), header_of(example.message)) << example.name;
  }
}

// Any bytes of the right type and length come back unchanged: each byte belongs to exactly one field.
TEST(ItchCodec, DecodeThenEncodeKeepsEveryByte) {
  auto random = test::random_engine();
  for (const auto& [type, length] : lengths) {
    for (int round = 0; round < 200; ++round) {
      Bytes bytes(length);
      for (std::byte& byte : bytes) byte = test::random_byte(random);
      bytes[0] = static_cast<std::byte>(type);
      const DecodeResult result = decode(bytes);
      ASSERT_TRUE(result) << type;
      ASSERT_EQ(to_hex(encoded(*result.message)), to_hex(bytes)) << type;
    }
  }
}

TEST(ItchCodec, EveryShorterLengthIsTruncated) {
  for (const auto& example : itch_examples()) {
    const Bytes whole = hex(example.hex);
    for (std::size_t length = 0; length < whole.size(); ++length) {
      const DecodeResult result = decode(test::first(whole, length));
      EXPECT_EQ(result.error, DecodeError::truncated) << example.name << " cut to " << length;
      EXPECT_FALSE(result) << example.name << " cut to " << length;
    }
  }
}

TEST(ItchCodec, AppendedBytesAreIgnored) {
  for (const auto& example : itch_examples()) {
    Bytes bytes = hex(example.hex);
    for (int extra = 0; extra < 60; ++extra) {
      bytes.push_back(std::byte{0xA5});
      const DecodeResult result = decode(bytes);
      ASSERT_TRUE(result) << example.name << " with " << extra + 1 << " more";
      EXPECT_TRUE(*result.message == example.message) << example.name << " with " << extra + 1 << " more";
    }
  }
}

TEST(ItchCodec, UnknownTypesAreReportedAtAnyLength) {
  for (int type = 0; type < 256; ++type) {
    if (lengths.contains(static_cast<char>(type))) continue;
    for (const std::size_t length : {1u, 11u, 36u, 300u}) {
      Bytes bytes(length);
      bytes[0] = static_cast<std::byte>(type);
      EXPECT_EQ(decode(bytes).error, DecodeError::unknown_type) << "type " << type << " length " << length;
    }
  }
}

TEST(ItchCodec, EncodeRefusesATooSmallBufferUntouched) {
  for (const auto& example : itch_examples()) {
    const std::size_t length = hex(example.hex).size();
    for (std::size_t room = 0; room < length; ++room) {
      Bytes bytes(room, std::byte{0xEE});
      EXPECT_EQ(encode(example.message, bytes), 0u) << example.name << " into " << room;
      EXPECT_EQ(bytes, Bytes(room, std::byte{0xEE})) << example.name << " into " << room;
    }
  }
}

TEST(ItchCodec, EncodeWritesNothingBehindTheMessage) {
  for (const auto& example : itch_examples()) {
    Bytes bytes(64, std::byte{0xEE});
    const std::size_t length = encode(example.message, bytes);
    for (std::size_t i = length; i < bytes.size(); ++i)
      EXPECT_EQ(bytes[i], std::byte{0xEE}) << example.name << " byte " << i;
  }
}

TEST(ItchCodec, TheLongestMessageFitsTheDeclaredMaximum) {
  std::size_t longest = 0;
  for (const auto& [type, length] : lengths) longest = std::max(longest, length);
  EXPECT_EQ(longest, max_message_length);
}

TEST(ItchCodec, ExtremeValuesSurvive) {
  const AddOrder order{.header = {Locate{0xFFFF}, 0xFFFF, 0xFFFFFFFFFFFF},
                       .reference = ~std::uint64_t{0},
                       .side = Side::sell,
                       .shares = ~std::uint32_t{0},
                       .stock = symbol("ABCDEFGH"),
                       .price = Price4{~std::uint32_t{0}}};
  EXPECT_EQ(to_hex(encoded(order)),
            "41 ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff 53 ff ff ff ff "
            "41 42 43 44 45 46 47 48 ff ff ff ff");
  EXPECT_TRUE(decode(encoded(order)).message == Message(order));
}

TEST(ItchAlpha, PadsCutsAndTrims) {
  const Symbol padded = symbol("AB");
  EXPECT_EQ(std::string_view(padded.data(), 8), "AB      ");
  EXPECT_EQ(trimmed(padded), "AB");
  const Symbol full = symbol("ABCDEFGHI");
  EXPECT_EQ(trimmed(full), "ABCDEFGH");
  const Symbol blank = symbol("");
  EXPECT_EQ(trimmed(blank), "");
  const Symbol inner = symbol("BRK A");
  EXPECT_EQ(trimmed(inner), "BRK A");
}

}  // namespace
}  // namespace lln::feed
