// The same day through each transport: io_uring over the loopback interface, AF_XDP and busy polling over a cable.
#include "handler_testkit.hpp"

#include <lln/handler/reference_handler.hpp>
#include <lln/net/multicast_sender.hpp>
#include <lln/net/test_net.hpp>
#include <lln/net/udp_socket.hpp>

#include <gtest/gtest.h>

#include <random>
#include <stdexcept>
#include <string>
#include <thread>

namespace lln::handler {
namespace {

using app::Transport;
using testkit::Bytes;
using Side = net::TestNet::Side;

const ReferenceHandler::Tuning tuning{.capacity = {.orders = 10'000, .levels = 1'000, .symbols = 100},
                                      .batch = 8,
                                      .ring_slots = 16,
                                      .gap_timer = std::chrono::seconds{30}};

std::uint16_t free_port() {
  net::UdpSocket socket;
  socket.bind({net::Ipv4Address::parse("127.0.0.1"), 0});
  return socket.local_endpoint().port;
}

app::HandlerConfig config(Transport transport, int threads) {
  std::random_device device;
  const std::uint32_t group = (239u << 24) | (198u << 16) | (device() & 0xFFFEu);
  app::HandlerConfig result;
  result.line_a = {{group}, free_port()};
  result.line_b = {{group + 1}, result.line_a.port};  // only the group tells the lines apart
  result.interface = net::Interface::loopback();
  result.transport = transport;
  result.threads = threads;
  return result;
}

// A long one in between has to come in fragments where the cable is short, which only the kernel's stack can read.
std::vector<Bytes> day_packets(const std::vector<Bytes>& messages, std::size_t long_one) {
  auto packets = testkit::packed(messages);
  if (long_one != 0) packets[long_one].insert(packets[long_one].end(), 1'500, std::byte{0});
  return packets;
}

void send_day(const app::HandlerConfig& where, net::Interface through, const std::vector<Bytes>& packets,
              const ReferenceHandler& handler) {
  net::MulticastSender a({.group = where.line_a, .interface = through});
  net::MulticastSender b({.group = where.line_b, .interface = through});
  for (std::size_t i = 0; i < packets.size(); ++i) {
    if (i % 7 != 3) a.send(packets[i]);  // each line loses some, never both the same
    if (i % 7 != 5) b.send(packets[i]);
    while (handler.status().packets + 400 < 2 * i) std::this_thread::yield();
  }
}

void expect_the_day(const ReferenceHandler& handler, const std::vector<Bytes>& messages) {
  const app::HandlerReport report = handler.report();
  EXPECT_TRUE(report.ended);
  EXPECT_EQ(report.messages, messages.size());
  EXPECT_EQ(report.unrecovered, 0u);
  EXPECT_EQ(report.lines[0].first + report.lines[1].first, messages.size());
  EXPECT_GT(report.lines[1].packets, 300u) << "what came on line B is counted there";
  EXPECT_EQ(handler.digests(), testkit::digests_of(messages));
}

std::uint64_t more(const app::HandlerReport& report, const std::string& name) {
  for (const app::Count& count : report.more) {
    if (count.name == name) return count.value;
  }
  throw std::out_of_range(name);
}

class TransportTest : public ::testing::TestWithParam<int> {
 protected:
  // The far end of a cable is the handler's, the near one the exchange's.
  app::HandlerReport day_over_the_cable(Transport transport, std::size_t long_one = 0) {
    const net::TestNet net(net::TestNet::Options{.napi = transport == Transport::busy_poll});
    net.enter(Side::far);
    app::HandlerConfig where = config(transport, GetParam());
    where.interface = net.interface(Side::far);
    const auto messages = testkit::small_day(5'000);
    const auto packets = day_packets(messages, long_one);
    app::HandlerReport report;
    {
      ReferenceHandler handler(where, tuning);
      std::thread exchange([&] {
        net.enter(Side::near);
        send_day(where, net.interface(Side::near), packets, handler);
      });
      const std::atomic<bool> stop{false};
      handler.run(stop);
      exchange.join();
      expect_the_day(handler, messages);
      report = handler.report();
    }
    net.leave();
    return report;
  }
};

TEST_P(TransportTest, IoUring) {
  if (const std::string why = net::UringLoop::why_not(); !why.empty()) GTEST_SKIP() << why;
  const app::HandlerConfig where = config(Transport::io_uring, GetParam());
  ReferenceHandler handler(where, tuning);
  const auto messages = testkit::small_day(5'000);
  const auto packets = day_packets(messages, 0);
  std::thread exchange([&] { send_day(where, where.interface, packets, handler); });
  const std::atomic<bool> stop{false};
  handler.run(stop);
  exchange.join();
  expect_the_day(handler, messages);
  EXPECT_EQ(more(handler.report(), "receive_errors"), 0u);
}

TEST_P(TransportTest, Xdp) {
  if (const std::string why = net::XdpSocket::why_not(); !why.empty()) GTEST_SKIP() << why;
  if (const std::string why = net::TestNet::why_not(); !why.empty()) GTEST_SKIP() << why;
  for (const Transport transport : {Transport::xdp, Transport::xdp_generic}) {
    const app::HandlerReport report = day_over_the_cable(transport);
    EXPECT_EQ(more(report, "xdp_malformed"), 0u);
    EXPECT_EQ(more(report, "xdp_passed"), 0u) << "all of it came by the ring";
    EXPECT_EQ(report.lines[0].unstamped + report.lines[1].unstamped, 0u)
        << "the XDP program stamps from the first on";
  }
}

TEST_P(TransportTest, WhatXdpCannotReadComesByTheSockets) {
  if (const std::string why = net::XdpSocket::why_not(); !why.empty()) GTEST_SKIP() << why;
  if (const std::string why = net::TestNet::why_not(); !why.empty()) GTEST_SKIP() << why;
  const app::HandlerReport report = day_over_the_cable(Transport::xdp_generic, 100);
  EXPECT_EQ(more(report, "xdp_passed"), 2u) << "packet 100, in fragments, on both lines";
}

TEST_P(TransportTest, BusyPollingOverACableWithNapi) {
  if (const std::string why = net::TestNet::why_not(); !why.empty()) GTEST_SKIP() << why;
  const app::HandlerReport report = day_over_the_cable(Transport::busy_poll);
  for (const app::SetupStep& step : report.setup) {
    if (step.name == "busy polling") {
      EXPECT_TRUE(step.ok) << step.detail;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Threads, TransportTest, ::testing::Values(1, 2));

TEST(TransportRefused, BusyPollingOfNoDevice) {
  try {
    const ReferenceHandler handler(config(Transport::busy_poll, 1), tuning);
    FAIL() << "the loopback interface has no queue";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("transport busy-poll: lo is no device"), std::string::npos)
        << error.what();
  }
}

TEST(TransportRefused, XdpWithoutTheRight) {
  const std::string why = net::XdpSocket::why_not();
  if (why.empty()) GTEST_SKIP() << "this process may load XDP programs";
  try {
    const ReferenceHandler handler(config(Transport::xdp, 1), tuning);
    FAIL() << why;
  } catch (const std::exception& error) {
    EXPECT_NE(std::string(error.what()).find(why), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace lln::handler
