// Which frames an XdpSocket asks for, and their stamps. Needs root; label root.
#include "xdp_test.hpp"

#include <lln/net/multicast_sender.hpp>
#include <lln/net/timestamping.hpp>

#include <cerrno>

namespace lln::net::test {
namespace {

using XdpDestinations = XdpTest;

// Two groups may share a port: the address decides with it.
TEST_F(XdpDestinations, DestinationsAreAddressAndPort) {
  const Endpoint line_a{Ipv4Address::parse("239.7.0.1"), 7001};
  const Endpoint line_b{Ipv4Address::parse("239.7.0.2"), 7001};
  const Endpoint other_port{line_a.address, 7002};
  const Endpoint other_group{Ipv4Address::parse("239.7.0.3"), 7001};
  for (const bool stamps : {false, true}) {
    XdpSocket::Options wanted{.interface = "far0"};
    wanted.destinations = {line_a, line_b};
    wanted.stamps = stamps;
    XdpSocket socket(wanted);
    const std::int64_t before = realtime_ns();
    net_->enter(Side::near);
    for (const Endpoint& to : {other_port, line_b, other_group, line_a}) {
      MulticastSender({.group = to, .interface = net_->interface(Side::near)}).send(payload(1, 30));
    }
    net_->enter(Side::far);
    std::vector<Endpoint> seen;
    while (seen.size() < 2 && socket.wait(patience)) {
      for (const XdpFrame& frame : socket.receive()) {
        seen.push_back(parse_udp_frame(frame.bytes)->path.to);
        if (stamps) {
          EXPECT_GE(frame.kernel_ns, before);
          EXPECT_LE(frame.kernel_ns, realtime_ns());
        } else {
          EXPECT_EQ(frame.kernel_ns, 0);
        }
      }
    }
    EXPECT_EQ(seen, (std::vector<Endpoint>{line_b, line_a}));
  }
}

TEST_F(XdpDestinations, OneSenderOnly) {
  XdpSocket::Options wanted{.interface = "far0"};
  wanted.destinations = {far_end};
  wanted.source = TestNet::address(Side::near);
  {
    XdpSocket socket(wanted);
    ASSERT_TRUE(near_->send(payload(1, 30)));
    ASSERT_TRUE(socket.wait(patience));
    EXPECT_EQ(socket.receive().size(), 1U);
  }
  wanted.source = Ipv4Address::parse("10.77.0.9");
  XdpSocket nobody(wanted);
  ASSERT_TRUE(near_->send(payload(1, 30)));
  // It went the ordinary way, where nobody listens.
  EXPECT_FALSE(received_near());
  EXPECT_EQ(near_->last_error(), ECONNREFUSED);
  EXPECT_EQ(nobody.receive().size(), 0U);
}

TEST_F(XdpDestinations, TooManyDestinationsAreRefused) {
  XdpSocket::Options wanted{.interface = "far0"};
  wanted.destinations.assign(17, far_end);
  EXPECT_THROW(XdpSocket{wanted}, std::invalid_argument);
}

}  // namespace
}  // namespace lln::net::test
