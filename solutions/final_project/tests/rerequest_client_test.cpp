#include "tiny_servers.hpp"

#include <lln/handler/rerequest_client.hpp>
#include <lln/net/udp_socket.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstring>
#include <optional>

namespace lln::handler {
namespace {

using namespace testkit;
using namespace std::chrono_literals;

struct Server {
  explicit Server(const net::Endpoint& at = any_loopback_port) { socket.bind(at); }
  net::Endpoint endpoint() const { return socket.local_endpoint(); }
  Bytes receive(net::Endpoint* from = nullptr) {
    Bytes bytes(2000);
    const auto received = socket.receive_from(bytes, 10s);
    bytes.resize(received ? received->bytes : 0);
    if (received && from != nullptr) *from = received->from;
    return bytes;
  }
  net::UdpSocket socket;
};

Bytes wait_for_reply(RerequestClient& client) {
  Bytes reply;
  EXPECT_TRUE(eventually([&] {
    const auto bytes = client.receive();
    reply.assign(bytes.begin(), bytes.end());
    return !reply.empty();
  }));
  return reply;
}

TEST(RerequestClient, RequestsAsTheSpecificationSays) {
  Server server;
  RerequestClient client(server.endpoint());
  EXPECT_TRUE(client.request(feed::session_id("000010059B"), 1001, 2));
  const unsigned char wanted[] = {0x30, 0x30, 0x30, 0x30, 0x31, 0x30, 0x30, 0x35, 0x39, 0x42,
                                  0,    0,    0,    0,    0,    0,    0x03, 0xE9, 0,    2};
  const Bytes got = server.receive();
  ASSERT_EQ(got.size(), sizeof wanted);
  EXPECT_EQ(std::memcmp(got.data(), wanted, sizeof wanted), 0);
}

TEST(RerequestClient, TakesRepliesOfItsServerOnly) {
  Server server;
  Server stranger;
  RerequestClient client(server.endpoint());
  EXPECT_TRUE(client.receive().empty());
  ASSERT_TRUE(client.request(feed::session_id("S"), 1, 9));
  net::Endpoint from;
  server.receive(&from);
  ASSERT_TRUE(stranger.socket.send_to(packet(1, 3), from));
  ASSERT_TRUE(server.socket.send_to(packet(5, 8), from));
  ASSERT_TRUE(server.socket.send_to({}, from));
  const Bytes large(60'000, std::byte{7});
  ASSERT_TRUE(server.socket.send_to(large, from));
  EXPECT_EQ(wait_for_reply(client), packet(5, 8));
  EXPECT_EQ(wait_for_reply(client), large);
  EXPECT_TRUE(client.receive().empty());
}

TEST(RerequestClient, AServerThatGoesAndComesBack) {
  std::optional<Server> server(std::in_place);
  const net::Endpoint address = server->endpoint();
  RerequestClient client(address);
  server.reset();
  ASSERT_TRUE(client.request(feed::session_id("S"), 1, 1))
      << "the first one leaves before anybody can refuse it";
  EXPECT_TRUE(eventually([&] {
    EXPECT_TRUE(client.receive().empty());
    return client.refused() == 1;
  }));
  client.request(feed::session_id("S"), 1, 1);  // refused again; reported by whichever call comes next
  EXPECT_TRUE(eventually([&] {
    client.request(feed::session_id("S"), 1, 1);
    return client.refused() >= 2;
  }));
  server.emplace(address);
  EXPECT_TRUE(eventually([&] {
    (void)client.request(feed::session_id("S"), 7, 1);
    Bytes bytes(100);
    return server->socket.receive(bytes).has_value();
  }));
}

TEST(RerequestClient, AnAddressThatCannotBe) {
  EXPECT_THROW(RerequestClient({net::Ipv4Address{0xFFFFFFFF}, 9}), std::system_error);
}

}  // namespace
}  // namespace lln::handler
