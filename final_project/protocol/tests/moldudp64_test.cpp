#include "support.hpp"
#include "wire_examples.hpp"

#include <lln/feed/moldudp64.hpp>

#include <array>
#include <limits>

namespace lln::feed {
namespace {

using test::Bytes;
using test::hex;
using test::to_hex;
using test::transport_hex;

constexpr std::uint64_t top = std::numeric_limits<std::uint64_t>::max();

std::vector<Bytes> messages_of(const ValidatedPacket& packet) {
  std::vector<Bytes> messages;
  BlockCursor cursor(packet);
  for (std::span<const std::byte> message; cursor.next(message);) messages.push_back(test::copy(message));
  return messages;
}

Bytes header_bytes(std::uint64_t sequence, std::uint16_t count) {
  Bytes bytes(header_size);
  encode_header({session_id("000010059B"), sequence, count}, std::span(bytes).first<header_size>());
  return bytes;
}

Bytes datagram(std::uint64_t sequence, std::uint16_t count, std::string_view body) {
  Bytes bytes = header_bytes(sequence, count);
  const Bytes rest = hex(body);
  bytes.insert(bytes.end(), rest.begin(), rest.end());
  bytes.shrink_to_fit();
  return bytes;
}

TEST(MoldHeader, EncodesAndDecodesTheLiteralBytes) {
  // session "000010059B", sequence 0x0102030405060708, count 0x0a0b
  const auto bytes = hex("30 30 30 30 31 30 30 35 39 42 01 02 03 04 05 06 07 08 0a 0b");
  const MoldHeader header{session_id("000010059B"), 0x0102030405060708, 0x0a0b};
  std::array<std::byte, header_size> written;
  encode_header(header, written);
  EXPECT_EQ(to_hex(written), to_hex(bytes));
  EXPECT_EQ(decode_header(std::span(bytes).first<header_size>()), header);
}

TEST(MoldHeader, SessionIsPaddedOnTheRight) {
  const SessionId padded = session_id("AB");
  EXPECT_EQ(text_of(padded), "AB        ");
  const SessionId cut = session_id("0123456789X");
  EXPECT_EQ(text_of(cut), "0123456789");
}

TEST(MoldValidate, AcceptsTheWorkedExamples) {
  const auto data = hex(transport_hex("MoldData"));
  const auto packet = validate(data);
  ASSERT_TRUE(packet) << to_string(packet.error);
  EXPECT_EQ(packet.header, (MoldHeader{session_id("000010059B"), 1001, 2}));
  EXPECT_EQ(packet.blocks.data(), data.data() + 20);
  EXPECT_EQ(packet.blocks.size(), 46u);
  const auto messages = messages_of(packet);
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(messages[0].size(), 19u);
  EXPECT_EQ(messages[0][0], std::byte{'D'});
  EXPECT_EQ(messages[1].size(), 23u);
  EXPECT_EQ(messages[1][0], std::byte{'X'});
}

TEST(MoldValidate, HeartbeatAndEndOfSessionHaveNoBlocks) {
  const auto beat_bytes = hex(transport_hex("MoldHeartbeat"));
  const auto beat = validate(beat_bytes);
  ASSERT_TRUE(beat);
  EXPECT_TRUE(beat.header.is_heartbeat());
  EXPECT_FALSE(beat.header.is_end_of_session());
  EXPECT_EQ(beat.header.message_count(), 0);
  EXPECT_TRUE(messages_of(beat).empty());

  const auto end_bytes = hex(transport_hex("MoldEndOfSession"));
  const auto end = validate(end_bytes);
  ASSERT_TRUE(end);
  EXPECT_TRUE(end.header.is_end_of_session());
  EXPECT_FALSE(end.header.is_heartbeat());
  EXPECT_EQ(end.header.message_count(), 0);
  EXPECT_EQ(end.header.sequence, 1003u);
  EXPECT_TRUE(messages_of(end).empty());
}

TEST(MoldValidate, BytesBehindHeartbeatAndEndOfSessionAreIgnored) {
  for (const std::uint16_t count : {heartbeat, end_of_session}) {
    const auto bytes = datagram(5, count, "00 01 41 00");
    const auto packet = validate(bytes);
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet.trailing_bytes, 4u);
    EXPECT_TRUE(messages_of(packet).empty()) << "count " << count;
  }
}

TEST(MoldValidate, EveryCutOfAValidPacketIsRejected) {
  const auto whole = hex(transport_hex("MoldData"));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const auto cut = test::first(whole, length);
    const auto packet = validate(cut);
    EXPECT_EQ(packet.error, length < header_size ? PacketError::too_short : PacketError::truncated_block)
        << "cut to " << length;
    EXPECT_TRUE(packet.blocks.empty()) << "cut to " << length;
    EXPECT_TRUE(messages_of(packet).empty()) << "cut to " << length;
  }
}

TEST(MoldValidate, SequenceZeroIsRejectedWhateverTheCount) {
  for (const std::uint16_t count : {std::uint16_t{0}, std::uint16_t{1}, std::uint16_t{0xFFFF}}) {
    const auto bytes = datagram(0, count, "00 01 41");
    EXPECT_EQ(validate(bytes).error, PacketError::zero_sequence) << "count " << count;
  }
}

TEST(MoldValidate, TheNumberBehindTheLastMessageMustFit64Bits) {
  const auto fits = datagram(top - 2, 2, "00 01 41 00 01 42");
  EXPECT_TRUE(validate(fits));
  const auto overflows = datagram(top - 1, 2, "00 01 41 00 01 42");
  EXPECT_EQ(validate(overflows).error, PacketError::sequence_overflow);
  const auto beat = datagram(top, heartbeat, "");
  EXPECT_TRUE(validate(beat)) << "a heartbeat adds nothing to its number";
  const auto end = datagram(top, end_of_session, "");
  EXPECT_TRUE(validate(end)) << "end of session adds nothing to its number";
}

TEST(MoldValidate, ChecksInTheDocumentedOrder) {
  EXPECT_EQ(validate(datagram(0, 0xFFFE, "")).error, PacketError::zero_sequence) << "before blocks";
  EXPECT_EQ(validate(datagram(top, 1, "")).error, PacketError::sequence_overflow) << "before blocks";
}

TEST(MoldValidate, BlockLengthsAreChecked) {
  EXPECT_EQ(validate(datagram(1, 1, "")).error, PacketError::truncated_block) << "no block at all";
  EXPECT_EQ(validate(datagram(1, 1, "00")).error, PacketError::truncated_block) << "half a length";
  EXPECT_EQ(validate(datagram(1, 1, "00 01")).error, PacketError::truncated_block) << "no payload";
  EXPECT_EQ(validate(datagram(1, 1, "ff ff 41")).error, PacketError::truncated_block) << "huge length";
  EXPECT_EQ(validate(datagram(1, 2, "00 01 41")).error, PacketError::truncated_block) << "second missing";
  EXPECT_EQ(validate(datagram(1, 0xFFFE, "00 01 41")).error, PacketError::truncated_block) << "huge count";
}

TEST(MoldValidate, EmptyMessagesUseUpTheirNumber) {
  const auto bytes = datagram(1, 3, "00 00 00 01 41 00 00");
  const auto messages = messages_of(validate(bytes));
  ASSERT_EQ(messages.size(), 3u);
  EXPECT_TRUE(messages[0].empty());
  EXPECT_EQ(messages[1], hex("41"));
  EXPECT_TRUE(messages[2].empty());
}

TEST(MoldValidate, TrailingBytesAreReportedAndIgnored) {
  const auto bytes = datagram(1, 1, "00 01 41 00 01 42");
  const auto packet = validate(bytes);
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet.trailing_bytes, 3u);
  EXPECT_EQ(packet.blocks.size(), 3u);
  EXPECT_EQ(messages_of(packet).size(), 1u);
}

TEST(BlockCursor, StopsAtABlockThatDoesNotFit) {
  const auto bytes = hex("00 01 41 00 05 42");
  BlockCursor cursor(bytes, 7);
  std::span<const std::byte> message;
  ASSERT_TRUE(cursor.next(message));
  EXPECT_EQ(to_hex(message), "41");
  EXPECT_FALSE(cursor.next(message));
  EXPECT_FALSE(cursor.next(message)) << "once over, always over";
}

TEST(PacketBuilder, BuildsTheWorkedExample) {
  const auto expected = hex(transport_hex("MoldData"));
  std::array<std::byte, 1472> buffer;
  PacketBuilder builder(buffer, session_id("000010059B"));
  builder.begin(1001);
  EXPECT_TRUE(builder.empty());
  ASSERT_TRUE(builder.append(std::span(expected).subspan(22, 19)));
  ASSERT_TRUE(builder.append(std::span(expected).subspan(43, 23)));
  EXPECT_EQ(builder.count(), 2);
  EXPECT_EQ(builder.size(), expected.size());
  EXPECT_EQ(builder.next_sequence(), 1003u);
  EXPECT_EQ(to_hex(builder.finish()), to_hex(expected));
}

TEST(PacketBuilder, WithoutMessagesItIsAHeartbeat) {
  std::array<std::byte, 100> buffer;
  PacketBuilder builder(buffer, session_id("000010059B"));
  builder.begin(1003);
  EXPECT_EQ(to_hex(builder.finish()), to_hex(hex(transport_hex("MoldHeartbeat"))));
}

TEST(PacketBuilder, FillsTheBufferToTheLastByteAndNotFurther) {
  Bytes buffer(20 + 2 + 3 + 2 + 4);
  PacketBuilder builder(buffer, session_id("S"));
  builder.begin(1);
  const auto message = hex("01 02 03 04 05");
  ASSERT_TRUE(builder.append(std::span(message).first(3)));
  EXPECT_FALSE(builder.append(message)) << "5 + 2 bytes where 6 are left";
  EXPECT_EQ(builder.count(), 1) << "a refused message must leave no trace";
  EXPECT_EQ(builder.size(), 25u);
  ASSERT_TRUE(builder.append(std::span(message).first(4)));
  EXPECT_FALSE(builder.append({})) << "not even an empty one fits";
  const auto packet = validate(builder.finish());
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet.trailing_bytes, 0u);
  EXPECT_EQ(messages_of(packet), (std::vector<Bytes>{hex("01 02 03"), hex("01 02 03 04")}));
}

TEST(PacketBuilder, BeginStartsAnew) {
  std::array<std::byte, 100> buffer;
  PacketBuilder builder(buffer, session_id("S"));
  builder.begin(1);
  ASSERT_TRUE(builder.append(hex("41 42")));
  builder.begin(9);
  EXPECT_EQ(builder.size(), header_size);
  ASSERT_TRUE(builder.append(hex("43")));
  const auto packet = validate(builder.finish());
  EXPECT_EQ(packet.header.sequence, 9u);
  EXPECT_EQ(messages_of(packet), std::vector<Bytes>{hex("43")});
}

TEST(PacketBuilder, NeverCountsUpToTheReservedValue) {
  Bytes buffer(header_size + 2 * 0x10000);
  PacketBuilder builder(buffer, session_id("S"));
  builder.begin(1);
  std::size_t accepted = 0;
  while (accepted < 0x10000 && builder.append({})) ++accepted;
  EXPECT_EQ(accepted, 0xFFFEu);
  const auto packet = validate(builder.finish());
  ASSERT_TRUE(packet);
  EXPECT_FALSE(packet.header.is_end_of_session());
  EXPECT_EQ(messages_of(packet).size(), 0xFFFEu);
}

TEST(PacketBuilder, RefusesAMessageThatTheLengthFieldCannotHold) {
  Bytes buffer(0x20000);
  PacketBuilder builder(buffer, session_id("S"));
  builder.begin(1);
  EXPECT_FALSE(builder.append(Bytes(0x10000)));
  EXPECT_TRUE(builder.append(Bytes(0xFFFF)));
}

TEST(PacketBuilder, RefusesABufferWithoutRoomForTheHeader) {
  Bytes buffer(header_size - 1);
  EXPECT_THROW(PacketBuilder(buffer, session_id("S")), std::invalid_argument);
}

TEST(MoldRequest, EncodesAndDecodesTheWorkedExample) {
  const auto bytes = hex(transport_hex("MoldRequest"));
  const Request request{session_id("000010059B"), 1001, 2};
  std::array<std::byte, header_size> written;
  encode_request(request, written);
  EXPECT_EQ(to_hex(written), to_hex(bytes));
  EXPECT_EQ(decode_request(bytes), request);
}

TEST(MoldRequest, MalformedOnesAreRefused) {
  EXPECT_TRUE(decode_request(header_bytes(1, 1)));
  EXPECT_TRUE(decode_request(header_bytes(top, 0xFFFE)));
  EXPECT_FALSE(decode_request(header_bytes(0, 1))) << "sequence 0";
  EXPECT_FALSE(decode_request(header_bytes(1, 0))) << "count 0";
  EXPECT_FALSE(decode_request(header_bytes(1, 0xFFFF))) << "count 0xFFFF";
  EXPECT_FALSE(decode_request(datagram(1, 1, "00"))) << "21 bytes";
  for (std::size_t length = 0; length < header_size; ++length)
    EXPECT_FALSE(decode_request(test::first(header_bytes(1, 1), length))) << length << " bytes";
}

}  // namespace
}  // namespace lln::feed
