#include <lln/handler/packet_receive.hpp>
#include <lln/net/multicast_sender.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <string>
#include <vector>

namespace lln::handler {
namespace {

using namespace std::chrono_literals;
using latency::TscClock;

net::Ipv4Address random_group() {
  std::random_device device;
  return {(239u << 24) | (196u << 16) | (device() & 0xFFFEu)};
}

class PacketReceiveTest : public ::testing::Test {
 protected:
  PacketReceiveTest() {
    watch.start(TscClock::now());
    receive.emplace(PacketReceive::Options{.line_a = {group, 0},
                                           .line_b = {{group.value + 1}, 0},
                                           .interface = net::Interface::loopback(),
                                           .source = {},
                                           .busy_poll = {},
                                           .batch = 4});
  }
  void send(Line line, const std::string& text) {
    const net::Endpoint to = receive->receiver(line).local_endpoint();
    net::MulticastSender sender({.group = to, .interface = net::Interface::loopback()});
    ASSERT_TRUE(sender.send(std::as_bytes(std::span(text))));
  }
  // Until `count` packets of the line have come.
  std::vector<std::string> take(Line line, std::size_t count) {
    std::vector<std::string> texts;
    while (texts.size() < count) {
      receive->poll(line, watch, [&](const Packet& packet) {
        EXPECT_EQ(packet.line, line);
        texts.emplace_back(reinterpret_cast<const char*>(packet.bytes.data()), packet.bytes.size());
        stamps.push_back(packet.stamp);
      });
    }
    return texts;
  }

  TscClock clock = TscClock::calibrate(1ms);
  GapWatch watch{clock};
  net::Ipv4Address group = random_group();
  std::optional<PacketReceive> receive;
  std::vector<PacketStamp> stamps;
};

TEST_F(PacketReceiveTest, EachLineBringsItsOwn) {
  send(Line::a, "on a");
  send(Line::b, "on b");
  EXPECT_EQ(take(Line::a, 1), std::vector<std::string>{"on a"});
  EXPECT_EQ(take(Line::b, 1), std::vector<std::string>{"on b"});
}

TEST_F(PacketReceiveTest, NothingThereIsNothing) {
  EXPECT_EQ(receive->poll(Line::a, watch, [](const Packet&) { FAIL() << "from nowhere"; }), 0u);
}

TEST_F(PacketReceiveTest, BatchesKeepTheOrder) {
  std::vector<std::string> sent;
  for (int i = 0; i < 11; ++i) {
    sent.push_back("packet " + std::to_string(i));
    send(Line::a, sent.back());
  }
  EXPECT_EQ(take(Line::a, sent.size()), sent);
}

TEST_F(PacketReceiveTest, StampsAreInOrderAndUnstampedPacketsAreCounted) {
  std::uint64_t last = TscClock::now();
  std::uint64_t unstamped = 0;
  // The kernel switches its stamps on in the background: the first packets have none.
  do {
    send(Line::a, "x");
    take(Line::a, 1);
    EXPECT_GE(stamps.back().user_rx_ticks, last);
    last = stamps.back().user_rx_ticks;
    if (stamps.back().kernel_rx_ns == 0) ++unstamped;
  } while (stamps.back().kernel_rx_ns == 0);
  EXPECT_EQ(receive->unstamped(Line::a), unstamped);
}

TEST_F(PacketReceiveTest, PacketsBehindAGapAreMarked) {
  send(Line::a, "x");
  watch.own_work_until(TscClock::now() - clock.to_ticks(1ms));  // as if away for a millisecond
  take(Line::a, 1);
  EXPECT_TRUE(stamps[0].disturbed);
}

TEST_F(PacketReceiveTest, ErrorsNameTheLine) {
  try {
    PacketReceive wrong({.line_a = {group, 0},
                         .line_b = {net::Ipv4Address::parse("10.0.0.1"), 0},
                         .interface = net::Interface::loopback(),
                         .source = {},
                         .busy_poll = {}});
    FAIL() << "10.0.0.1 is no group";
  } catch (const std::exception& error) {
    EXPECT_NE(std::string(error.what()).find("line B"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace lln::handler
