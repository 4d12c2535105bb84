// What needs no network: addresses, ownership of descriptors, the drop counter's arithmetic.
#include <lln/net/detail/drop_counter.hpp>
#include <lln/net/endpoint.hpp>
#include <lln/net/file_descriptor.hpp>

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace lln::net {
namespace {

TEST(Ipv4AddressTest, ParsesAndPrints) {
  EXPECT_EQ(Ipv4Address::parse("127.0.0.1").value, 0x7F000001U);
  EXPECT_EQ(Ipv4Address::parse("239.192.17.1").value, 0xEFC01101U);
  for (const char* text : {"0.0.0.0", "255.255.255.255", "10.20.30.40", "224.0.0.251"}) {
    EXPECT_EQ(Ipv4Address::parse(text).to_string(), text);
  }
}

TEST(Ipv4AddressTest, RefusesEverythingElse) {
  for (const char* text : {"", ".", "1.2.3", "1.2.3.", "1.2.3.4.", "1.2.3.4.5", "256.1.1.1", "1.2.3.400",
                           "01.2.3.4", "-1.2.3.4", "+1.2.3.4", "1 .2.3.4", " 1.2.3.4", "1.2.3.4 ",
                           "0x7f.0.0.1", "localhost", "99999999999.1.1.1", "1..2.3", "1,2,3,4"}) {
    try {
      Ipv4Address::parse(text);
      ADD_FAILURE() << "'" << text << "' was accepted";
    } catch (const std::invalid_argument& error) {
      EXPECT_NE(std::string(error.what()).find("'" + std::string(text) + "'"), std::string::npos)
          << error.what();
    }
  }
}

TEST(Ipv4AddressTest, Kinds) {
  EXPECT_FALSE(Ipv4Address::parse("223.255.255.255").is_multicast());
  EXPECT_TRUE(Ipv4Address::parse("224.0.0.0").is_multicast());
  EXPECT_TRUE(Ipv4Address::parse("239.255.255.255").is_multicast());
  EXPECT_FALSE(Ipv4Address::parse("240.0.0.0").is_multicast());
  EXPECT_TRUE(Ipv4Address::parse("127.255.0.1").is_loopback());
  EXPECT_FALSE(Ipv4Address::parse("128.0.0.1").is_loopback());
  EXPECT_TRUE(Ipv4Address{}.is_any());
  EXPECT_LT(Ipv4Address::parse("1.2.3.4"), Ipv4Address::parse("1.2.4.3"));
}

TEST(EndpointTest, ParsesAndPrints) {
  const Endpoint endpoint = Endpoint::parse("239.192.17.1:31001");
  EXPECT_EQ(endpoint.address.to_string(), "239.192.17.1");
  EXPECT_EQ(endpoint.port, 31001);
  EXPECT_EQ(endpoint.to_string(), "239.192.17.1:31001");
  EXPECT_EQ(Endpoint::parse("1.2.3.4:0").port, 0);
  EXPECT_EQ(Endpoint::parse("1.2.3.4:65535").port, 65535);
}

TEST(EndpointTest, RefusesEverythingElse) {
  for (const char* text : {"", "1.2.3.4", "1.2.3.4:", ":5", "1.2.3.4:65536", "1.2.3.4:-1", "1.2.3.4:5x",
                           "1.2.3:5", "1.2.3.4:05", "1.2.3.4: 5", "1.2.3.4;5", "host:5"}) {
    EXPECT_THROW(Endpoint::parse(text), std::invalid_argument) << "'" << text << "' was accepted";
  }
}

TEST(EndpointTest, SocketAddressIsInNetworkOrder) {
  const sockaddr_in address = Endpoint::parse("1.2.3.4:258").to_sockaddr();
  EXPECT_EQ(address.sin_family, AF_INET);
  EXPECT_EQ(address.sin_port, htons(258));
  EXPECT_EQ(address.sin_addr.s_addr, ::inet_addr("1.2.3.4"));
  EXPECT_EQ(Endpoint::from_sockaddr(address), Endpoint::parse("1.2.3.4:258"));
}

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }
int open_null() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }

TEST(FileDescriptorTest, ClosesOnceAtTheEnd) {
  int number = -1;
  {
    const FileDescriptor fd(open_null());
    number = fd.get();
    EXPECT_TRUE(is_open(number));
  }
  EXPECT_FALSE(is_open(number));
}

TEST(FileDescriptorTest, MoveHandsOver) {
  FileDescriptor first(open_null());
  const int number = first.get();
  FileDescriptor second(std::move(first));
  EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move): that is what is tested
  EXPECT_EQ(second.get(), number);
  FileDescriptor third(open_null());
  const int replaced = third.get();
  third = std::move(second);
  EXPECT_EQ(third.get(), number);
  EXPECT_FALSE(is_open(replaced)) << "what it owned before is closed";
  FileDescriptor& alias = third;
  third = std::move(alias);
  EXPECT_TRUE(is_open(number)) << "assigning to itself keeps it";
}

TEST(FileDescriptorTest, ReleaseAndReset) {
  FileDescriptor fd(open_null());
  const int number = fd.release();
  EXPECT_FALSE(fd);
  EXPECT_TRUE(is_open(number)) << "given away, not closed";
  fd.reset(number);
  fd.reset();
  EXPECT_FALSE(is_open(number));
}

TEST(DropCounterTest, TakesTotalsNotSteps) {
  detail::DropCounter drops;
  for (const std::uint32_t total : {5U, 5U, 9U, 9U}) drops.observe(total);
  EXPECT_EQ(drops.total(), 9U);
}

TEST(DropCounterTest, OlderTotalsOfQueuedDatagramsChangeNothing) {
  detail::DropCounter drops;
  drops.observe(100);  // asked from the kernel
  drops.observe(40);   // told by a datagram queued before
  EXPECT_EQ(drops.total(), 100U);
  drops.observe(101);
  EXPECT_EQ(drops.total(), 101U);
}

TEST(DropCounterTest, GoesOnWhereThirtyTwoBitsEnd) {
  detail::DropCounter drops;
  std::uint64_t expected = 0;
  for (std::uint64_t total = 0; total < (3ULL << 32); total += 1'500'000'000) {
    drops.observe(static_cast<std::uint32_t>(total));
    expected = total;
  }
  EXPECT_EQ(drops.total(), expected);
  drops.observe(static_cast<std::uint32_t>(expected - 10));
  EXPECT_EQ(drops.total(), expected);
}

}  // namespace
}  // namespace lln::net
