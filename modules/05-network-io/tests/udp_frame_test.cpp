// Frames built and taken apart, against bytes written by hand and against the kernel's own arithmetic.
#include <lln/net/udp_frame.hpp>

#include <gtest/gtest.h>

#include <initializer_list>
#include <vector>

namespace lln::net {
namespace {

using Bytes = std::vector<std::byte>;

Bytes bytes(std::initializer_list<unsigned> values) {
  Bytes result;
  for (const unsigned value : values) result.push_back(static_cast<std::byte>(value));
  return result;
}

const UdpPath path{{{2, 0, 0, 0, 0, 1}},
                   {{2, 0, 0, 0, 0, 2}},
                   Endpoint::parse("10.77.0.1:4660"),
                   Endpoint::parse("10.77.0.2:31001")};

Bytes frame_of(const Bytes& payload, UdpChecksum checksum = UdpChecksum::computed) {
  Bytes frame(udp_frame_headers + payload.size());
  std::copy(payload.begin(), payload.end(), frame.begin() + udp_frame_headers);
  EXPECT_EQ(write_udp_headers(frame, path, payload.size(), checksum), frame.size());
  return frame;
}

TEST(InternetSum, ExampleOfRfc1071) {
  EXPECT_EQ(internet_sum(bytes({0x00, 0x01, 0xF2, 0x03, 0xF4, 0xF5, 0xF6, 0xF7})), 0xDDF2);
}

TEST(InternetSum, AWholeHeaderSumsToAllOnes) {
  const Bytes header = bytes({0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11,
                              0xB8, 0x61, 0xC0, 0xA8, 0x00, 0x01, 0xC0, 0xA8, 0x00, 0xC7});
  EXPECT_EQ(internet_sum(header), 0xFFFF);
}

TEST(InternetSum, OfAnyLengthIsTheSumOfItsWords) {
  for (std::size_t size = 0; size < 40; ++size) {
    Bytes data;
    std::uint32_t expected = 0x1234;
    for (std::size_t i = 0; i < size; ++i) {
      data.push_back(static_cast<std::byte>(200 + 7 * i));
      expected += std::to_integer<unsigned>(data.back()) << (i % 2 == 0 ? 8 : 0);
    }
    while (expected > 0xFFFF) expected = (expected & 0xFFFF) + (expected >> 16);
    EXPECT_EQ(internet_sum(data, 0x1234), expected) << size << " bytes";
  }
}

TEST(UdpFrame, IsTheseBytes) {
  const Bytes expected = bytes(
      {0x02, 0,    0,    0,    0,  2,    0x02, 0,    0,    0,    0,    1,    0x08, 0x00,  // to, from, IPv4
       0x45, 0,    0,    0x1E, 0,  0,    0x40, 0,    0x40, 0x11, 0x26, 0x33,  // 30 bytes, no fragment, TTL 64, UDP
       10,   77,   0,    1,    10, 77,   0,    2,                             // addresses
       0x12, 0x34, 0x79, 0x19, 0,  0x0A, 0xF7, 0x86, 'h',  'i'});             // ports, length 10, checksum
  EXPECT_EQ(frame_of(bytes({'h', 'i'})), expected);
}

TEST(UdpFrame, ParsesWhatItWrote) {
  for (const std::size_t size : {0U, 1U, 2U, 64U, 1471U, 1472U}) {
    Bytes payload(size, std::byte{0x5A});
    Bytes frame = frame_of(payload);
    const auto parsed = parse_udp_frame(frame);
    ASSERT_TRUE(parsed) << size << " bytes";
    EXPECT_EQ(parsed->path.from, path.from);
    EXPECT_EQ(parsed->path.to, path.to);
    EXPECT_EQ(parsed->path.from_mac, path.from_mac);
    EXPECT_EQ(parsed->path.to_mac, path.to_mac);
    EXPECT_EQ(parsed->payload.size(), size);
    EXPECT_EQ(parsed->payload.data(), frame.data() + udp_frame_headers);
  }
}

TEST(UdpFrame, PaddingIsNoPayload) {
  Bytes frame = frame_of(bytes({'h', 'i'}));
  frame.resize(60, std::byte{0xEE});
  const auto parsed = parse_udp_frame(frame);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->payload.size(), 2U);
}

TEST(UdpFrame, WithoutChecksumHasZeroThere) {
  Bytes frame = frame_of(bytes({'h', 'i'}), UdpChecksum::none);
  EXPECT_EQ(frame[40], std::byte{0});
  EXPECT_EQ(frame[41], std::byte{0});
  EXPECT_TRUE(parse_udp_frame(frame));
}

TEST(UdpFrame, AComputedChecksumIsNeverZero) {
  // The two payload bytes are chosen so that everything sums to all ones, whose complement is 0.
  Bytes frame = frame_of(bytes({0, 0}));
  const unsigned missing = std::to_integer<unsigned>(frame[40]) << 8 | std::to_integer<unsigned>(frame[41]);
  frame = frame_of(bytes({missing >> 8, missing & 0xFF}));
  EXPECT_EQ(frame[40], std::byte{0xFF});
  EXPECT_EQ(frame[41], std::byte{0xFF});
}

TEST(UdpFrame, AReplyGoesTheOtherWayInTheSameMemory) {
  Bytes frame = frame_of(bytes({'p', 'i', 'n', 'g'}));
  const auto request = parse_udp_frame(frame);
  ASSERT_TRUE(request);
  ASSERT_EQ(write_udp_headers(frame, request->path.reversed(), 4), frame.size());
  const auto reply = parse_udp_frame(frame);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->path.from, path.to);
  EXPECT_EQ(reply->path.to_mac, path.from_mac);
}

TEST(UdpFrame, RefusesWhatIsNotAWholeUdpDatagram) {
  const Bytes good = frame_of(bytes({1, 2, 3, 4}));
  struct Change {
    const char* what;
    std::size_t at;
    unsigned value;
    bool header_checksum_follows;
  };
  for (const Change& change :
       {Change{"another Ethernet type", 13, 0x06, false}, Change{"IPv6", 14, 0x65, true},
        Change{"IP options", 14, 0x46, true}, Change{"TCP", 23, 6, true},
        Change{"more fragments", 20, 0x20, true}, Change{"a later fragment", 21, 0x01, true},
        Change{"a wrong header checksum", 24, 0x55, false}, Change{"longer than the frame", 17, 0x21, true},
        Change{"UDP shorter than its header", 39, 7, false}, Change{"UDP longer than IP", 39, 13, false}}) {
    Bytes frame = good;
    frame[change.at] = static_cast<std::byte>(change.value);
    if (change.header_checksum_follows) {
      frame[24] = frame[25] = std::byte{0};
      const unsigned sum = 0xFFFFU ^ internet_sum(std::span(frame).subspan(14, 20));
      frame[24] = static_cast<std::byte>(sum >> 8);
      frame[25] = static_cast<std::byte>(sum);
    }
    EXPECT_FALSE(parse_udp_frame(frame)) << change.what;
  }
  for (std::size_t size = 0; size < good.size(); ++size) {
    Bytes part(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(parse_udp_frame(part)) << size << " bytes of it";
  }
}

TEST(UdpFrame, RefusesWhatDoesNotFit) {
  Bytes frame(udp_frame_headers + 10);
  EXPECT_EQ(write_udp_headers(frame, path, 11), 0U);
  EXPECT_EQ(frame, Bytes(frame.size())) << "nothing written";
  Bytes huge(70'000);
  EXPECT_EQ(write_udp_headers(huge, path, 65'508), 0U);
  EXPECT_EQ(write_udp_headers(huge, path, 65'507), udp_frame_headers + 65'507);
}

TEST(MacAddress, PrintsAndRefusesInterfacesWithoutOne) {
  EXPECT_EQ(path.to_mac.to_string(), "02:00:00:00:00:02");
  EXPECT_THROW(MacAddress::of(Interface::loopback()), std::system_error);
}

}  // namespace
}  // namespace lln::net
