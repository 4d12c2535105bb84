// Receive stages that go another way than a socket allocate nothing once packets come.
#include "allocation_count.hpp"

#include <lln/handler/uring_receive.hpp>
#include <lln/handler/xdp_receive.hpp>
#include <lln/net/multicast_sender.hpp>
#include <lln/net/test_net.hpp>
#include <lln/net/udp_socket.hpp>

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>
#include <vector>

namespace lln::handler {
namespace {

using Side = net::TestNet::Side;

// Packets of both lines through one receive stage, then more of them while allocations are counted.
template <class Stage>
void expect_no_allocation(const ReceiveOptions& options, net::Interface through, const net::TestNet* net) {
  Stage stage(options);
  stage.start();
  const latency::TscClock clock = latency::TscClock::calibrate(std::chrono::milliseconds{1});
  GapWatch watch(clock);
  watch.start(latency::TscClock::now());
  if (net != nullptr) net->enter(Side::near);
  net::MulticastSender a({.group = options.line_a, .interface = through});
  net::MulticastSender b({.group = options.line_b, .interface = through});
  if (net != nullptr) net->enter(Side::far);
  const std::vector<std::byte> packet(300, std::byte{7});
  std::array<std::size_t, 2> seen{};
  std::uint64_t before = 0;
  for (std::size_t sent = 1; sent <= 200; ++sent) {
    if (sent == 100) before = testkit::allocation_count();
    ASSERT_TRUE(a.send(packet) && b.send(packet));
    while (seen[0] + seen[1] < 2 * sent) {
      stage.poll(watch, [&](const Packet& got) {
        if (got.bytes.size() == packet.size()) ++seen[static_cast<std::size_t>(got.line)];
      });
    }
  }
  EXPECT_EQ(testkit::allocation_count(), before);
  EXPECT_EQ(seen, (std::array<std::size_t, 2>{200, 200}));
  stage.stop();
}

ReceiveOptions two_groups(net::Interface interface) {
  std::random_device device;
  const std::uint32_t group = (239u << 24) | (199u << 16) | (device() & 0xFFFEu);
  net::UdpSocket free;
  free.bind({net::Ipv4Address::parse("127.0.0.1"), 0});
  const std::uint16_t port = free.local_endpoint().port;
  return {.line_a = {{group}, port},
          .line_b = {{group + 1}, port},
          .interface = interface,
          .source = {},
          .busy_poll = {}};
}

TEST(TransportAllocates, NothingByIoUring) {
  if (!testkit::allocations_are_counted()) GTEST_SKIP() << "the sanitizer has its own operator new";
  if (const std::string why = net::UringLoop::why_not(); !why.empty()) GTEST_SKIP() << why;
  const net::Interface lo = net::Interface::loopback();
  expect_no_allocation<UringReceive>(two_groups(lo), lo, nullptr);
}

TEST(TransportAllocates, NothingByXdp) {
  if (!testkit::allocations_are_counted()) GTEST_SKIP() << "the sanitizer has its own operator new";
  if (const std::string why = net::XdpSocket::why_not(); !why.empty()) GTEST_SKIP() << why;
  if (const std::string why = net::TestNet::why_not(); !why.empty()) GTEST_SKIP() << why;
  const net::TestNet net;
  net.enter(Side::far);
  expect_no_allocation<XdpReceive>(two_groups(net.interface(Side::far)), net.interface(Side::near), &net);
  net.leave();
}

}  // namespace
}  // namespace lln::handler
