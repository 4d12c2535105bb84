// The wire format, against bytes written by hand: an encoder and a decoder that are wrong in the same way agree.
#include <lln/app/echo/protocol.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <initializer_list>
#include <set>
#include <string>
#include <vector>

namespace lln::app {
namespace {

std::vector<std::byte> bytes_of(std::initializer_list<int> values) {
  std::vector<std::byte> result;
  for (const int value : values) result.push_back(static_cast<std::byte>(value));
  return result;
}

// A request with id 0x0102030405060708, stamp 0x1112131415161718 and the payload "abc".
const std::vector<std::byte> literal_request =
    bytes_of({'L',  'L',  'N',  'E',  0x01, 0x01, 0x00, 0x03,  // magic, version, type, length
              0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,  // id
              0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18,  // client stamp
              0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,  // server_rx
              0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 'a', 'b', 'c'});  // server_tx, payload
const std::vector<std::byte> literal_response =
    bytes_of({'L',  'L',  'N',  'E',  0x01, 0x02, 0x00, 0x03, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07,
              0x08, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26,
              0x27, 0x28, 0xF1, 0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7, 0xF8, 'a',  'b',  'c'});

const EchoHeader request_header{EchoType::request, 3, 0x0102030405060708, 0x1112131415161718, 0, 0};
const EchoHeader response_header{
    EchoType::response, 3, 0x0102030405060708, 0x1112131415161718, 0x2122232425262728, 0xF1F2F3F4F5F6F7F8};

std::vector<std::byte> with(std::size_t offset, int value) {
  auto changed = literal_request;
  changed[offset] = static_cast<std::byte>(value);
  return changed;
}

EchoReason decode(std::span<const std::byte> bytes) {
  EchoHeader header;
  return decode_echo(bytes, header);
}

TEST(EchoProtocol, WritesTheHeaderByteForByte) {
  std::array<std::byte, echo_header_size> bytes{};
  encode_echo(request_header, bytes);
  EXPECT_EQ(std::memcmp(bytes.data(), literal_request.data(), bytes.size()), 0);
  encode_echo(response_header, bytes);
  EXPECT_EQ(std::memcmp(bytes.data(), literal_response.data(), bytes.size()), 0);
}

TEST(EchoProtocol, ReadsTheHeaderByteForByte) {
  EchoHeader header;
  ASSERT_EQ(decode_echo(literal_request, header), EchoReason::ok);
  EXPECT_EQ(header, request_header);
  EXPECT_EQ(header.message_size(), 43U);
  ASSERT_EQ(decode_echo(literal_response, header), EchoReason::ok);
  EXPECT_EQ(header, response_header);
}

TEST(EchoProtocol, TurnsARequestIntoItsResponseAndChangesNothingElse) {
  auto bytes = literal_request;
  make_echo_response(bytes.data(), 0x2122232425262728, 0xF1F2F3F4F5F6F7F8);
  EXPECT_EQ(bytes, literal_response);
}

TEST(EchoProtocol, AsksForMoreAtEveryPrefixOfAGoodMessage) {
  for (std::size_t size = 0; size < literal_request.size(); ++size) {
    const std::vector<std::byte> prefix(literal_request.begin(),
                                        literal_request.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_EQ(decode(prefix), EchoReason::incomplete) << size << " bytes";
  }
}

TEST(EchoProtocol, KnowsTheLengthAsSoonAsTheHeaderIsThere) {
  EchoHeader header;
  ASSERT_EQ(decode_echo(std::span(literal_request).first(echo_header_size), header), EchoReason::incomplete);
  EXPECT_EQ(header, request_header);
}

TEST(EchoProtocol, NamesWhatIsWrong) {
  EXPECT_EQ(decode(with(0, 'l')), EchoReason::bad_magic);
  EXPECT_EQ(decode(with(3, 'F')), EchoReason::bad_magic);
  EXPECT_EQ(decode(with(4, 0)), EchoReason::bad_version);
  EXPECT_EQ(decode(with(4, 2)), EchoReason::bad_version);
  EXPECT_EQ(decode(with(5, 0)), EchoReason::bad_type);
  EXPECT_EQ(decode(with(5, 4)), EchoReason::bad_type);
  EXPECT_EQ(decode(with(5, 3)), EchoReason::ok) << "a goodbye is a message";
}

TEST(EchoProtocol, RecognizesGarbageByItsFirstWrongByte) {
  // Each of the first bytes made wrong: known as soon as that byte is there, and not before.
  const struct {
    std::size_t offset;
    EchoReason reason;
  } cases[] = {{0, EchoReason::bad_magic}, {1, EchoReason::bad_magic},   {2, EchoReason::bad_magic},
               {3, EchoReason::bad_magic}, {4, EchoReason::bad_version}, {5, EchoReason::bad_type}};
  for (const auto& [offset, reason] : cases) {
    const auto bytes = with(offset, 0xEE);
    EXPECT_EQ(decode(std::span(bytes).first(offset)), EchoReason::incomplete) << offset;
    for (std::size_t size = offset + 1; size <= bytes.size(); ++size)
      EXPECT_EQ(decode(std::span(bytes).first(size)), reason) << offset << " of " << size;
  }
}

TEST(EchoProtocol, RefusesMorePayloadThanAccepted) {
  EchoHeader header;
  EXPECT_EQ(decode_echo(literal_request, header, 3), EchoReason::ok);
  EXPECT_EQ(decode_echo(literal_request, header, 2), EchoReason::too_long);
  EXPECT_EQ(decode_echo(std::span(literal_request).first(8), header, 2), EchoReason::too_long)
      << "before it waits";
  auto longest = with(6, 0xFF);
  longest[7] = std::byte{0xFF};
  EXPECT_EQ(decode(longest), EchoReason::too_long) << "65535 bytes fit no datagram with their header";
  longest[6] = std::byte{echo_max_payload >> 8};
  longest[7] = std::byte{echo_max_payload & 0xFF};
  EXPECT_EQ(decode(longest), EchoReason::incomplete);
}

TEST(EchoProtocol, DecodesOnlyTheFirstOfSeveral) {
  auto two = literal_request;
  two.insert(two.end(), literal_response.begin(), literal_response.end());
  EchoHeader header;
  EXPECT_EQ(decode_echo(two, header), EchoReason::ok);
  EXPECT_EQ(header, request_header);
}

TEST(EchoProtocol, ADatagramIsOneMessageExactly) {
  EchoHeader header;
  EXPECT_EQ(decode_echo_datagram(literal_request, header), EchoReason::ok);
  auto longer = literal_request;
  longer.push_back(std::byte{0});
  EXPECT_EQ(decode_echo_datagram(longer, header), EchoReason::size_mismatch);
  for (std::size_t size = 0; size < literal_request.size(); ++size)
    EXPECT_EQ(decode_echo_datagram(std::span(literal_request).first(size), header), EchoReason::size_mismatch)
        << size;
  EXPECT_EQ(decode_echo_datagram(with(0, 'x'), header), EchoReason::bad_magic);
}

TEST(EchoProtocol, EveryReasonHasANameAndASentence) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < echo_reason_count; ++i) {
    const auto reason = static_cast<EchoReason>(i);
    EXPECT_NE(name_of(reason), "unknown") << i;
    EXPECT_FALSE(explain(reason).empty()) << i;
    names.emplace(name_of(reason));
  }
  EXPECT_EQ(names.size(), echo_reason_count);
  EXPECT_EQ(name_of(EchoReason{200}), "unknown") << "a goodbye of a later version";
}

static_assert([] {
  std::array<std::byte, echo_header_size> bytes{};
  const EchoHeader in{EchoType::goodbye, 7, ~0ULL, 1, 1ULL << 63, 0};
  encode_echo(in, bytes);
  EchoHeader out;
  return decode_echo(bytes, out) == EchoReason::incomplete && in == out;
}());

}  // namespace
}  // namespace lln::app
