#include "support.hpp"
#include "wire_examples.hpp"

#include <lln/feed/soup_bin_tcp.hpp>

#include <array>
#include <tuple>

namespace lln::feed {
namespace {

using test::Bytes;
using test::hex;
using test::to_hex;
using test::transport_hex;

struct Packet {
  char type;
  Bytes payload;
  bool operator==(const Packet&) const = default;
};

std::vector<Packet> drain(SoupParser& parser) {
  std::vector<Packet> packets;
  for (SoupPacket packet; parser.next(packet);)
    packets.push_back({static_cast<char>(packet.type), test::copy(packet.payload)});
  return packets;
}

Packet only_packet(std::string_view name) {
  SoupParser parser;
  parser.feed(hex(transport_hex(name)));
  const auto packets = drain(parser);
  EXPECT_EQ(packets.size(), 1u) << name;
  EXPECT_EQ(parser.pending_bytes(), 0u) << name;
  return packets.empty() ? Packet{} : packets.front();
}

Bytes text(std::string_view characters) { return test::copy(std::as_bytes(std::span(characters))); }

TEST(SoupLogin, RequestMatchesTheLiteralBytes) {
  const LoginRequest request{alpha<6>("STUDEN"), alpha<10>("secret"), alpha<10>(""), 1};
  Bytes bytes;
  encode_soup(request, bytes);
  EXPECT_EQ(to_hex(bytes), to_hex(hex(transport_hex("SoupLoginRequest"))));
  EXPECT_EQ(bytes.size(), 49u);
  const Packet packet = only_packet("SoupLoginRequest");
  EXPECT_EQ(packet.type, 'L');
  EXPECT_EQ(decode_login_request(packet.payload), request);
}

TEST(SoupLogin, AcceptedMatchesTheLiteralBytes) {
  const LoginAccepted accepted{session_id("000010059B"), 1};
  Bytes bytes;
  encode_soup(accepted, bytes);
  EXPECT_EQ(to_hex(bytes), to_hex(hex(transport_hex("SoupLoginAccepted"))));
  const Packet packet = only_packet("SoupLoginAccepted");
  EXPECT_EQ(packet.type, 'A');
  EXPECT_EQ(decode_login_accepted(packet.payload), accepted);
}

TEST(SoupLogin, RejectedMatchesTheLiteralBytes) {
  Bytes bytes;
  encode_soup(LoginRejected{'S'}, bytes);
  EXPECT_EQ(to_hex(bytes), to_hex(hex(transport_hex("SoupLoginRejected"))));
  const Packet packet = only_packet("SoupLoginRejected");
  EXPECT_EQ(packet.type, 'J');
  EXPECT_EQ(decode_login_rejected(packet.payload), LoginRejected{'S'});
}

TEST(SoupLogin, PayloadsOfAnotherSizeAreRefused) {
  for (const std::size_t size : {0u, 1u, 2u, 29u, 30u, 31u, 45u, 46u, 47u}) {
    const Bytes payload(size, std::byte{'1'});
    // Twenty ones are a number below 2^64: only the size decides.
    EXPECT_EQ(decode_login_request(payload).has_value(), size == 46) << size;
    EXPECT_EQ(decode_login_accepted(payload).has_value(), size == 30) << size;
    EXPECT_EQ(decode_login_rejected(payload).has_value(), size == 1) << size;
  }
}

TEST(SoupLogin, ABadNumberIsRefused) {
  EXPECT_FALSE(decode_login_accepted(text("000010059B                   x")));
  EXPECT_FALSE(decode_login_accepted(text("000010059B                    ")));
  EXPECT_FALSE(decode_login_request(text("STUDENsecret                                 x")));
}

TEST(SoupPackets, MatchTheLiteralBytes) {
  const Bytes sequenced = hex(transport_hex("SoupSequencedData"));
  const Bytes message = test::copy(std::span(sequenced).subspan(3));
  const std::vector<std::tuple<std::string_view, SoupType, char, Bytes>> cases{
      {"SoupSequencedData", SoupType::sequenced_data, 'S', message},
      {"SoupUnsequencedData", SoupType::unsequenced_data, 'U', hex("01 02")},
      {"SoupServerHeartbeat", SoupType::server_heartbeat, 'H', {}},
      {"SoupEndOfSession", SoupType::session_end, 'Z', {}},
      {"SoupClientHeartbeat", SoupType::client_heartbeat, 'R', {}},
      {"SoupLogoutRequest", SoupType::logout_request, 'O', {}},
      {"SoupDebug", SoupType::debug, '+', text("hi")}};
  for (const auto& [name, type, letter, payload] : cases) {
    Bytes bytes;
    encode_soup(type, payload, bytes);
    EXPECT_EQ(to_hex(bytes), to_hex(hex(transport_hex(name)))) << name;
    EXPECT_EQ(only_packet(name), (Packet{letter, payload})) << name;
  }
}

TEST(SoupPackets, EncodingAppends) {
  Bytes bytes = hex("aa");
  encode_soup(SoupType::server_heartbeat, bytes);
  EXPECT_EQ(to_hex(bytes), "aa 00 01 48");
}

TEST(SoupPackets, TheLargestPayloadFitsAndOneMoreThrows) {
  Bytes bytes;
  encode_soup(SoupType::sequenced_data, Bytes(0xFFFE), bytes);
  ASSERT_EQ(bytes.size(), 2u + 0xFFFF);
  EXPECT_EQ(to_hex(test::first(bytes, 3)), "ff ff 53");
  SoupParser parser;
  parser.feed(bytes);
  EXPECT_EQ(drain(parser), (std::vector<Packet>{{'S', Bytes(0xFFFE)}}));
  EXPECT_THROW(encode_soup(SoupType::sequenced_data, Bytes(0xFFFF), bytes), std::length_error);
  EXPECT_EQ(bytes.size(), 2u + 0xFFFF) << "a refused packet must leave no trace";
}

TEST(SoupNumber, IsRightJustifiedBehindSpaces) {
  std::array<std::byte, soup_number_size> bytes;
  encode_soup_number(0, bytes);
  EXPECT_EQ(test::copy(bytes), text("                   0"));
  encode_soup_number(18446744073709551615u, bytes);
  EXPECT_EQ(test::copy(bytes), text("18446744073709551615"));
}

TEST(SoupNumber, DecodesOnlyNumbers) {
  const auto number = [](std::string_view characters) {
    return decode_soup_number(std::as_bytes(std::span(characters)).first<soup_number_size>());
  };
  EXPECT_EQ(number("                   0"), 0u);
  EXPECT_EQ(number("                1003"), 1003u);
  EXPECT_EQ(number("00000000000000001003"), 1003u);
  EXPECT_EQ(number("18446744073709551615"), 18446744073709551615u);
  EXPECT_FALSE(number("18446744073709551616")) << "2^64";
  EXPECT_FALSE(number("                    ")) << "blank";
  EXPECT_FALSE(number("1003                ")) << "left-justified";
  EXPECT_FALSE(number("              10 003")) << "space inside";
  EXPECT_FALSE(number("               -1003"));
  EXPECT_FALSE(number("               +1003"));
  EXPECT_FALSE(number("               0x103"));
}

TEST(SoupParser, AnySplitGivesTheSamePackets) {
  Bytes stream;
  encode_soup(LoginAccepted{session_id("S"), 7}, stream);
  encode_soup(SoupType::server_heartbeat, stream);
  encode_soup(SoupType::sequenced_data, hex("01 02 03"), stream);
  encode_soup(SoupType::sequenced_data, Bytes(300, std::byte{0x53}), stream);
  encode_soup(SoupType::session_end, stream);
  SoupParser whole;
  whole.feed(stream);
  const auto expected = drain(whole);
  ASSERT_EQ(expected.size(), 5u);

  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    SoupParser parser;
    parser.feed(std::span(stream).first(cut));
    auto packets = drain(parser);
    parser.feed(std::span(stream).subspan(cut));
    for (auto& packet : drain(parser)) packets.push_back(packet);
    ASSERT_EQ(packets, expected) << "cut at " << cut;
  }

  SoupParser byte_wise;
  std::vector<Packet> packets;
  for (const std::byte& byte : stream) {
    byte_wise.feed({&byte, 1});
    for (auto& packet : drain(byte_wise)) packets.push_back(packet);
  }
  EXPECT_EQ(packets, expected) << "one byte at a time";
  EXPECT_EQ(byte_wise.pending_bytes(), 0u);
}

TEST(SoupParser, PacketsLeftInTheParserSurviveTheNextFeed) {
  SoupParser parser;
  parser.feed(hex("00 01 48 00 02 53 aa 00"));
  SoupPacket packet;
  ASSERT_TRUE(parser.next(packet));
  EXPECT_EQ(packet.type, SoupType::server_heartbeat);
  parser.feed(hex("01 5a"));
  EXPECT_EQ(drain(parser), (std::vector<Packet>{{'S', hex("aa")}, {'Z', {}}}));
}

TEST(SoupParser, LengthZeroIsFinal) {
  SoupParser parser;
  parser.feed(hex("00 01 48 00 00 00 01 48"));
  EXPECT_EQ(drain(parser).size(), 1u) << "what came before counts";
  EXPECT_EQ(parser.error(), SoupParser::Error::zero_length);
  parser.feed(hex("00 01 48"));
  EXPECT_TRUE(drain(parser).empty());
  EXPECT_EQ(parser.error(), SoupParser::Error::zero_length);
}

TEST(SoupParser, LengthAboveTheLimitIsFinalAndSeenAtOnce) {
  SoupParser parser(10);
  parser.feed(hex("00 0a 53 01 02 03 04 05 06 07 08 09 00 0b"));
  EXPECT_EQ(drain(parser).size(), 1u) << "the limit itself is allowed";
  EXPECT_EQ(parser.error(), SoupParser::Error::too_long);
}

TEST(SoupParser, AnUnfinishedPacketIsVisibleAsPending) {
  SoupParser parser;
  parser.feed(hex("00 01 48 00"));
  EXPECT_EQ(drain(parser).size(), 1u);
  EXPECT_EQ(parser.pending_bytes(), 1u);
  parser.feed(hex("05 53 01"));
  EXPECT_TRUE(drain(parser).empty());
  EXPECT_EQ(parser.pending_bytes(), 4u);
  EXPECT_EQ(parser.error(), SoupParser::Error::none);
}

TEST(SoupParser, UnknownTypesComeThroughForTheCallerToIgnore) {
  SoupParser parser;
  parser.feed(hex("00 02 7e 01"));
  EXPECT_EQ(drain(parser), (std::vector<Packet>{{'~', hex("01")}}));
}

}  // namespace
}  // namespace lln::feed
