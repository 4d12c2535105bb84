#include "test_support.hpp"

#include <lln/exchange/rerequest_server.hpp>
#include <lln/net/udp_socket.hpp>

#include <chrono>

namespace lln::exchange {
namespace {

using namespace std::chrono_literals;
using testing::Bytes;
using testing::number_of;
using testing::numbered;

const feed::SessionId session = feed::session_id("TEST000001");
const net::Endpoint any_port = net::Endpoint::parse("127.0.0.1:0");
constexpr std::int64_t second = 1'000'000'000;

struct RerequestServerTest : ::testing::Test {
  RerequestServerTest() { start(1'000'000); }

  void start(double limit, std::size_t max_datagram = 1472) {
    server.emplace(RerequestServer::Options{any_port, session, max_datagram, limit});
    client.emplace();
    client->bind(any_port);
    client->connect(server->local_endpoint());
    for (std::uint64_t i = log.next(); i <= 1'000; ++i) {
      *log.slot() = numbered(i, 0, 20 + i % 31);
      log.append();
    }
  }

  // Messages 101 to 900 may be served: older ones have left the history, newer ones are not published yet.
  void step(std::int64_t now_ns = 0) { server->step(now_ns, log, 101, 901); }

  void send_request(std::uint64_t sequence, std::uint16_t count, const feed::SessionId& of = session) {
    std::array<std::byte, feed::header_size> bytes{};
    feed::encode_request({of, sequence, count}, bytes);
    ASSERT_TRUE(client->send(bytes));
  }

  // Loopback delivers within send(): a reply is there when step() has returned, and none comes later.
  std::vector<std::uint64_t> reply() {
    std::array<std::byte, 2048> buffer{};
    const auto size = client->receive(buffer);
    if (!size) return {};
    const feed::ValidatedPacket packet = feed::validate(std::span(buffer).first(*size));
    EXPECT_EQ(packet.error, feed::PacketError::none);
    EXPECT_EQ(packet.header.session, session);
    std::vector<std::uint64_t> numbers;
    feed::BlockCursor cursor(packet);
    std::span<const std::byte> message;
    while (cursor.next(message)) {
      numbers.push_back(number_of(message));
      EXPECT_EQ(numbers.back(), packet.header.sequence + numbers.size() - 1);
    }
    return numbers;
  }

  std::vector<std::uint64_t> ask(std::uint64_t sequence, std::uint16_t count) {
    send_request(sequence, count);
    step();
    return reply();
  }

  MessageLog log{1024};
  std::optional<RerequestServer> server;
  std::optional<net::UdpSocket> client;
};

using Numbers = std::vector<std::uint64_t>;

TEST_F(RerequestServerTest, SendsWhatWasAsked) {
  EXPECT_EQ(ask(500, 3), (Numbers{500, 501, 502}));
  EXPECT_EQ(server->counters().served, 1U);
  EXPECT_EQ(server->counters().messages_served, 3U);
  EXPECT_EQ(server->counters().refused(), 0U);
}

TEST_F(RerequestServerTest, FillsOneDatagramAndLeavesTheRest) {
  start(1'000'000, 200);
  const Numbers first = ask(200, 60'000);
  ASSERT_GE(first.size(), 3U);
  ASSERT_LE(first.size(), 9U) << "more than 200 bytes hold";
  EXPECT_EQ(reply(), Numbers{}) << "one request, one datagram";
  EXPECT_EQ(ask(200 + first.size(), 60'000).front(), 200 + first.size());
}

TEST_F(RerequestServerTest, EndsAtTheLastPublishedMessage) {
  EXPECT_EQ(ask(898, 100), (Numbers{898, 899, 900}));
  EXPECT_EQ(ask(900, 1), Numbers{900});
}

TEST_F(RerequestServerTest, SilentAboutTheFuture) {
  EXPECT_EQ(ask(901, 1), Numbers{});
  EXPECT_EQ(server->counters().not_published, 1U);
}

TEST_F(RerequestServerTest, SilentBeyondTheHistory) {
  EXPECT_EQ(ask(100, 10), Numbers{}) << "one message too old";
  EXPECT_EQ(server->counters().too_old, 1U);
  EXPECT_EQ(ask(101, 1), Numbers{101});
}

TEST_F(RerequestServerTest, SilentToOtherSessions) {
  send_request(500, 1, feed::session_id("OTHER"));
  step();
  EXPECT_EQ(reply(), Numbers{});
  EXPECT_EQ(server->counters().other_session, 1U);
}

TEST_F(RerequestServerTest, SilentToRubbish) {
  const Bytes zeros(20);
  for (const std::size_t size : {0UL, 1UL, 19UL}) ASSERT_TRUE(client->send(std::span(zeros).first(size)));
  ASSERT_TRUE(client->send(Bytes(21, std::byte{'x'})));
  ASSERT_TRUE(client->send(Bytes(1400, std::byte{'x'})));
  send_request(500, 0);
  send_request(500, 0xFFFF);
  send_request(0, 1);
  step();
  EXPECT_EQ(reply(), Numbers{});
  EXPECT_EQ(server->counters().malformed, 8U);
  EXPECT_EQ(ask(500, 1), Numbers{500}) << "the next good request is served";
}

TEST_F(RerequestServerTest, SumOfSequenceAndCountMayOverflow) {
  EXPECT_EQ(ask(~std::uint64_t{0}, 0xFFFE), Numbers{});
  EXPECT_EQ(server->counters().not_published, 1U);
}

TEST_F(RerequestServerTest, RateLimitIsATokenBucket) {
  start(20);  // two at once, then one every 50 ms
  for (int i = 0; i < 5; ++i) send_request(500, 1);
  step(10 * second);
  EXPECT_EQ(reply(), Numbers{500});
  EXPECT_EQ(reply(), Numbers{500});
  EXPECT_EQ(reply(), Numbers{}) << "the third was over the limit";
  EXPECT_EQ(server->counters().served, 2U);
  EXPECT_EQ(server->counters().rate_limited, 3U);
  send_request(500, 1);
  step(10 * second + 49'000'000);
  EXPECT_EQ(reply(), Numbers{});
  send_request(500, 1);
  step(10 * second + 51'000'000);
  EXPECT_EQ(reply(), Numbers{500}) << "a token has come back";
}

TEST_F(RerequestServerTest, SilentRequestsTakeNoToken) {
  start(10);
  for (int i = 0; i < 5; ++i) send_request(5, 1);
  send_request(500, 1);
  step(second);
  EXPECT_EQ(reply(), Numbers{500});
}

TEST_F(RerequestServerTest, RepliesToWhoeverAsks) {
  net::UdpSocket other;
  other.bind(any_port);
  other.connect(server->local_endpoint());
  std::array<std::byte, feed::header_size> bytes{};
  feed::encode_request({session, 300, 1}, bytes);
  ASSERT_TRUE(other.send(bytes));
  send_request(500, 1);
  step();
  EXPECT_EQ(reply(), Numbers{500});
  std::array<std::byte, 2048> buffer{};
  EXPECT_TRUE(other.receive(buffer).has_value());
}

TEST_F(RerequestServerTest, BusyPortIsSaid) {
  try {
    RerequestServer second_server({server->local_endpoint(), session, 1472, 100});
    FAIL() << "two servers on one port";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code().value(), EADDRINUSE);
    EXPECT_NE(std::string(error.what()).find(std::to_string(server->local_endpoint().port)),
              std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace lln::exchange
