#include "handler_testkit.hpp"

#include <lln/handler/reference_handler.hpp>
#include <lln/net/multicast_sender.hpp>
#include <lln/net/udp_socket.hpp>

#include <gtest/gtest.h>

#include <random>
#include <thread>

namespace lln::handler {
namespace {

using testkit::Bytes;

// A long gap timer: the other line's copy always comes, but its sender may be off its core for a while.
const ReferenceHandler::Tuning tuning{.capacity = {.orders = 10'000, .levels = 1'000, .symbols = 100},
                                      .batch = 8,
                                      .ring_slots = 16,
                                      .gap_timer = std::chrono::seconds{30}};

// The handler's port is chosen before it is made: one that was free a moment ago.
std::uint16_t free_port() {
  net::UdpSocket socket;
  socket.bind({net::Ipv4Address::parse("127.0.0.1"), 0});
  return socket.local_endpoint().port;
}

app::HandlerConfig config(int threads) {
  std::random_device device;
  const std::uint32_t group = (239u << 24) | (197u << 16) | (device() & 0xFFFEu);
  app::HandlerConfig result;
  result.line_a = {{group}, free_port()};
  result.line_b = {{group + 1}, free_port()};
  result.interface = net::Interface::loopback();
  result.threads = threads;
  return result;
}

class ReferenceHandlerTest : public ::testing::TestWithParam<int> {};

TEST_P(ReferenceHandlerTest, ADayOverTheLoopback) {
  const app::HandlerConfig where = config(GetParam());
  ReferenceHandler handler(where, tuning);
  const auto messages = testkit::small_day(5'000);
  const auto packets = testkit::packed(messages);
  std::thread exchange([&] {
    net::MulticastSender a({.group = where.line_a, .interface = where.interface});
    net::MulticastSender b({.group = where.line_b, .interface = where.interface});
    for (std::size_t i = 0; i < packets.size(); ++i) {
      if (i % 7 != 3) a.send(packets[i]);  // each line loses some, never both the same
      if (i % 7 != 5) b.send(packets[i]);
      while (handler.status().packets + 400 < 2 * i)
        std::this_thread::yield();  // never more than a buffer holds
    }
  });
  const std::atomic<bool> stop{false};
  handler.run(stop);
  exchange.join();

  const app::HandlerReport report = handler.report();
  EXPECT_TRUE(report.ended);
  EXPECT_EQ(report.messages, messages.size());
  EXPECT_EQ(report.unrecovered, 0u);
  EXPECT_EQ(report.invalid_packets, 0u);
  EXPECT_EQ(report.lines[0].first + report.lines[1].first, messages.size());
  EXPECT_GT(report.lines[1].packets, packets.size() / 2) << "what came on line B is counted there";
  EXPECT_EQ(handler.digests(), testkit::digests_of(messages));
  for (const app::Series& series : report.series) {
    if (series.name != app::series_kernel_rx_to_book) continue;
    EXPECT_EQ(series.histogram.count(), messages.size());
  }
}

TEST_P(ReferenceHandlerTest, StopsWhenAsked) {
  ReferenceHandler handler(config(GetParam()), tuning);
  const std::atomic<bool> stop{true};
  handler.run(stop);
  EXPECT_FALSE(handler.report().ended);
  EXPECT_EQ(handler.report().packets, 0u);
}

INSTANTIATE_TEST_SUITE_P(Threads, ReferenceHandlerTest, ::testing::Values(1, 2));

}  // namespace
}  // namespace lln::handler
