#include "test_support.hpp"

#include <lln/exchange/pcap_writer.hpp>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace lln::exchange {
namespace {

using testing::Bytes;

struct PcapWriterTest : ::testing::Test {
  ~PcapWriterTest() override { std::filesystem::remove(path); }

  std::vector<unsigned> content() const {
    std::ifstream file(path, std::ios::binary);
    std::vector<unsigned> result;
    for (std::istreambuf_iterator<char> it(file), end; it != end; ++it)
      result.push_back(static_cast<unsigned char>(*it));
    return result;
  }

  std::filesystem::path path = std::filesystem::temp_directory_path() /
                               ("lln_pcap_" + std::to_string(::getpid()) + "_" +
                                ::testing::UnitTest::GetInstance()->current_test_info()->name());
  net::Endpoint from = net::Endpoint::parse("10.0.0.1:4660");
  net::Endpoint to = net::Endpoint::parse("239.192.17.1:31001");
};

TEST_F(PcapWriterTest, EveryByteOfAPacket) {
  const Bytes payload{std::byte{0x01}, std::byte{0x02}, std::byte{0x03}};
  PcapWriter writer(path);
  writer.write(1'735'810'200'000'000'789, from, to, payload);
  writer.close();
  EXPECT_EQ(writer.packets(), 1U);
  const std::vector<unsigned> expected{0xa1, 0xb2, 0x3c, 0x4d, 0,    2,    0,    4,    0,  0,
                                       0,    0,    0,    0,    0,    0,    0,    1,    0,  13,
                                       0,    0,    0,    1,  // file: ns, 2.4, Ethernet
                                       0x67, 0x76, 0x5c, 0x98, 0,    0,    0x03, 0x15, 0,  0,
                                       0,    45,   0,    0,    0,    45,  // record: s, ns, 45 bytes
                                       0x01, 0x00, 0x5e, 0x40, 0x11, 0x01, 0x02, 0x00, 10, 0,
                                       0,    1,    0x08, 0x00,  // to the group's MAC
                                       0x45, 0,    0,    31,   0,    0,    0x40, 0,    1,  17,
                                       0x6f, 0x0c, 10,   0,    0,    1,    239,  192,  17, 1,  // IPv4
                                       0x12, 0x34, 0x79, 0x19, 0,    11,   0x65, 0xc6,         // UDP
                                       1,    2,    3};
  EXPECT_EQ(content(), expected);
}

// Summing a correct header, checksum included, gives all ones (RFC 1071).
TEST_F(PcapWriterTest, ChecksumsHoldForManyPayloads) {
  Random random(testing::seed());
  PcapWriter writer(path);
  std::vector<std::size_t> sizes{0, 1, 2, 1471, 1472, 65'507};
  for (const std::size_t size : sizes) {
    Bytes payload(size);
    for (std::byte& byte : payload) byte = static_cast<std::byte>(random.below(256));
    writer.write(0, from, to, payload);
  }
  writer.close();
  const std::vector<unsigned> bytes = content();
  const auto word_sum = [&](std::size_t begin, std::size_t end) {
    std::uint64_t sum = 0;
    for (std::size_t i = begin; i < end; ++i) sum += (i - begin) % 2 == 0 ? bytes[i] << 8 : bytes[i];
    return sum;
  };
  const auto fold = [](std::uint64_t sum) {
    while (sum >> 16) sum = (sum & 0xFFFF) + (sum >> 16);
    return sum;
  };
  std::size_t at = 24;
  for (const std::size_t size : sizes) {
    const std::size_t ip = at + 16 + 14;
    const std::size_t udp = ip + 20;
    EXPECT_EQ(fold(word_sum(ip, udp)), 0xFFFFU) << "IP, payload of " << size;
    const std::uint64_t pseudo = word_sum(ip + 12, udp) + 17 + 8 + size;
    EXPECT_EQ(fold(pseudo + word_sum(udp, udp + 8 + size)), 0xFFFFU) << "UDP, payload of " << size;
    at = udp + 8 + size;
  }
  EXPECT_EQ(at, bytes.size());
}

TEST_F(PcapWriterTest, RefusesWhatNoDatagramHolds) {
  PcapWriter writer(path);
  EXPECT_THROW(writer.write(0, from, to, Bytes(65'508)), std::invalid_argument);
}

TEST_F(PcapWriterTest, SaysWhichFileCannotBeWritten) {
  try {
    PcapWriter writer("/nonexistent/day.pcap");
    FAIL();
  } catch (const std::system_error& error) {
    EXPECT_NE(std::string(error.what()).find("/nonexistent/day.pcap"), std::string::npos) << error.what();
  }
}

TEST_F(PcapWriterTest, FullDiskIsAnError) {
  if (::access("/dev/full", W_OK) != 0) GTEST_SKIP() << "there is no /dev/full here";
  PcapWriter writer("/dev/full");
  EXPECT_THROW(
      {
        for (int i = 0; i < 2'000; ++i) writer.write(0, from, to, Bytes(1'472));
        writer.close();
      },
      std::system_error);
}

}  // namespace
}  // namespace lln::exchange
