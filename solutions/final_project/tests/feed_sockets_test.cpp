// FeedSession with its real clients, on loopback; and what it may not do: allocate.
#include "allocation_count.hpp"
#include "tiny_servers.hpp"

#include <lln/handler/feed_session.hpp>
#include <lln/net/udp_socket.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <memory>

namespace lln::handler {
namespace {

using namespace testkit;
using namespace std::chrono_literals;

/// Counts only: the journal would allocate.
struct CountingSink {
  void on_messages(const BlockRun& run, const PacketStamp&) noexcept {
    in_order = in_order && run.first_sequence == next;
    next = run.first_sequence + run.count;
  }
  void on_unrecovered(std::uint64_t, std::uint64_t end) noexcept { next = end; }
  void on_end_of_session(std::uint64_t) noexcept {}
  void on_session_change(const feed::SessionId&, const feed::SessionId&) noexcept { next = 1; }
  void on_snapshot_begin() noexcept {}
  void on_snapshot_message(std::span<const std::byte>) noexcept { ++snapshot_messages; }
  void on_snapshot_end(std::uint64_t n) noexcept { next = n; }
  std::uint64_t next = 1;
  std::uint64_t snapshot_messages = 0;
  bool in_order = true;
};

struct Venue {
  explicit Venue(std::uint64_t threshold) {
    requests.bind(any_loopback_port);
    FeedConfig config;
    config.window = {.bytes = std::size_t{1} << 20, .messages = 1 << 14};
    config.rerequest = requests.local_endpoint();
    config.glimpse = snapshots.endpoint();
    config.snapshot_threshold = threshold;
    config.request_timeout = 10ms;
    config.request_attempts = 1000;  // a busy machine is no lost feed
    config.connect_timeout = config.login_timeout = config.silence_timeout = 60s;
    session = std::make_unique<FeedSession<CountingSink>>(config, clock, sink);
  }

  void on(Line line, const Bytes& bytes) {
    const std::size_t before = allocation_count();
    const std::uint64_t now = latency::TscClock::now();
    session->on_packet({bytes, line, {0, now, false}}, now);
    allocations += allocation_count() - before;
  }
  void poll() {
    const std::size_t before = allocation_count();
    session->poll(latency::TscClock::now());
    allocations += allocation_count() - before;
  }
  void answer_requests() {
    Bytes bytes(100);
    while (const auto received = requests.receive_from(bytes)) {
      const auto request = feed::decode_request(std::span(bytes).first(received->bytes));
      ASSERT_TRUE(request.has_value());
      ASSERT_EQ(request->session, feed::session_id(default_session));
      const std::uint64_t end = request->sequence + std::min<std::uint64_t>(request->count, 30);
      EXPECT_TRUE(requests.send_to(packet(request->sequence, end), received->from));
    }
  }

  latency::TscClock clock = latency::TscClock::calibrate(10ms);
  net::UdpSocket requests;
  TinyTcpServer snapshots;
  CountingSink sink;
  std::unique_ptr<FeedSession<CountingSink>> session;
  std::size_t allocations = 0;
};

TEST(FeedSockets, RecoversByRerequest) {
  Venue venue(1'000'000);
  venue.on(Line::a, packet(1, 10));
  venue.on(Line::b, packet(210, 215));
  venue.on(Line::a, end_packet(220));
  EXPECT_TRUE(eventually([&] {
    venue.poll();
    venue.answer_requests();
    return venue.session->ended();
  }));
  EXPECT_TRUE(venue.sink.in_order);
  EXPECT_EQ(venue.sink.next, 220u);
  EXPECT_EQ(venue.session->counters().recovered_by_rerequest, 205u);
  EXPECT_EQ(venue.session->state(), FeedState::ended);
  EXPECT_EQ(venue.allocations, 0u);
}

TEST(FeedSockets, RecoversBySnapshot) {
  Venue venue(10);
  venue.on(Line::a, packet(1, 10));
  venue.on(Line::b, packet(210, 215));
  EXPECT_TRUE(eventually([&] {
    venue.poll();
    return venue.snapshots.client_waits();
  }));
  EXPECT_EQ(venue.session->state(), FeedState::snapshot);
  venue.snapshots.accept();
  for (std::uint64_t s = 215; s < 400; s += 5) {
    venue.on(Line::a, packet(s, s + 5));
    venue.on(Line::b, packet(s, s + 5));
    venue.poll();
  }
  venue.snapshots.send(
      joined({login_accepted(), sequenced("S"), sequenced("R"), sequenced("A"), end_of_snapshot(250)}));
  EXPECT_TRUE(eventually([&] {
    venue.poll();
    return venue.sink.next == 400;
  }));
  EXPECT_EQ(venue.sink.snapshot_messages, 3u);
  EXPECT_EQ(venue.session->counters().recovered_by_snapshot, 200u);
  EXPECT_EQ(venue.session->state(), FeedState::live);
  EXPECT_EQ(venue.allocations, 0u);
  if (!allocations_are_counted())
    GTEST_SKIP() << "allocations are not counted under AddressSanitizer; all else passed";
}

TEST(FeedSockets, SetUpErrorsAreThrown) {
  CountingSink sink;
  FeedConfig config;
  config.window = {.bytes = 0, .messages = 0};
  config.rerequest = net::Endpoint{net::Ipv4Address{0xFFFFFFFF}, 9};
  EXPECT_THROW(FeedSession<CountingSink>(config, latency::TscClock::calibrate(10ms), sink),
               std::system_error);
}

}  // namespace
}  // namespace lln::handler
