// The relay between sockets on the loopback: what comes through is what the seed says.
#include <lln/net/impairment_relay.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <system_error>
#include <thread>

namespace lln::net {
namespace {

using namespace std::chrono_literals;
constexpr auto patience = 20s;
const Endpoint any_port{Ipv4Address{0x7F000001}, 0};

// Runs a relay for as long as it lives.
class RunningRelay {
 public:
  explicit RunningRelay(ImpairmentRelay::Options options, const UdpSocket& server)
      : relay_([&] {
          options.server = server.local_endpoint();
          return options;
        }()),
        thread_([this] { relay_.run(stop_); }) {}
  ~RunningRelay() { end(); }

  Endpoint endpoint() const { return relay_.local_endpoint(); }
  ImpairmentRelay::Report end() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
    return relay_.report();
  }

 private:
  ImpairmentRelay relay_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

class Relay : public ::testing::Test {
 protected:
  Relay() { server_.bind(any_port); }

  static bool send(UdpSocket& socket, std::uint32_t number) {
    return socket.send(std::as_bytes(std::span(&number, 1)));
  }
  static std::uint32_t number_in(std::span<const std::byte> bytes) {
    std::uint32_t number = 0;
    std::memcpy(&number, bytes.data(), std::min(bytes.size(), sizeof number));
    return number;
  }
  UdpSocket client_of(const RunningRelay& relay) {
    UdpSocket client;
    client.bind(any_port);
    client.connect(relay.endpoint());
    return client;
  }

  UdpSocket server_;
  std::array<std::byte, 20'000> buffer_;
};

TEST_F(Relay, CarriesBothWaysAndKeepsClientsApart) {
  RunningRelay relay({}, server_);
  std::array<UdpSocket, 3> clients{client_of(relay), client_of(relay), client_of(relay)};
  for (std::uint32_t i = 0; i < 3; ++i) ASSERT_TRUE(send(clients[i], i));
  for (int i = 0; i < 3; ++i) {
    const auto question = server_.receive_from(buffer_, patience);
    ASSERT_TRUE(question);
    EXPECT_EQ(question->bytes, 4U);
    const std::uint32_t answer = number_in(buffer_) + 100;
    ASSERT_TRUE(server_.send_to(std::as_bytes(std::span(&answer, 1)), question->from));
  }
  for (std::uint32_t i = 0; i < 3; ++i) {
    ASSERT_TRUE(clients[i].receive(buffer_, patience));
    EXPECT_EQ(number_in(buffer_), i + 100);
  }
  const auto report = relay.end();
  EXPECT_EQ(report.clients, 3U);
  EXPECT_EQ(report.forward.sent, 3U);
  EXPECT_EQ(report.backward.sent, 3U);
  EXPECT_EQ(report.backward.lateness_ns.count(), 3U);
}

TEST_F(Relay, LosesAndDoublesExactlyWhatTheSeedSays) {
  const Impairment::Options bad{.seed = 11, .loss = 0.2, .duplicate = 0.1};
  constexpr std::uint32_t count = 300;
  std::vector<std::uint32_t> expected;
  Impairment oracle(bad);
  for (std::uint32_t i = 0; i < count; ++i) expected.insert(expected.end(), oracle.decide({}, 0).copies, i);

  RunningRelay relay({.forward = bad}, server_);
  UdpSocket client = client_of(relay);
  std::vector<std::uint32_t> came;
  for (std::uint32_t i = 0; i < count; ++i) {
    ASSERT_TRUE(send(client, i));
    // Never more under way than any socket buffer holds.
    while (came.size() < expected.size() && expected[came.size()] + 30 < i) {
      ASSERT_TRUE(server_.receive(buffer_, patience));
      came.push_back(number_in(buffer_));
    }
  }
  while (came.size() < expected.size() && server_.receive(buffer_, patience))
    came.push_back(number_in(buffer_));
  EXPECT_EQ(came, expected);
  EXPECT_FALSE(server_.receive(buffer_)) << "and nothing more";
  const auto report = relay.end();
  EXPECT_EQ(report.forward.fates.lost, oracle.counters().lost);
  EXPECT_EQ(report.forward.sent, expected.size());
}

TEST_F(Relay, DelaysEachWay) {
  RunningRelay relay({.forward = {.delay = 20ms}, .backward = {.delay = 30ms}}, server_);
  UdpSocket client = client_of(relay);
  const auto start = std::chrono::steady_clock::now();
  ASSERT_TRUE(send(client, 1));
  const auto question = server_.receive_from(buffer_, patience);
  ASSERT_TRUE(question);
  EXPECT_GE(std::chrono::steady_clock::now() - start, 20ms);
  ASSERT_TRUE(server_.send_to({}, question->from));
  ASSERT_TRUE(client.receive(buffer_, patience));
  EXPECT_GE(std::chrono::steady_clock::now() - start, 50ms);
}

TEST_F(Relay, CountsWhatItDoesNotCarry) {
  RunningRelay relay({.max_clients = 1, .max_datagram = 100}, server_);
  UdpSocket first = client_of(relay);
  UdpSocket second = client_of(relay);
  ASSERT_TRUE(first.send(std::span(buffer_).first(100)));
  ASSERT_TRUE(server_.receive(buffer_, patience)) << "the first client has its place";
  ASSERT_TRUE(first.send(std::span(buffer_).first(101)));
  ASSERT_TRUE(first.send(buffer_));
  ASSERT_TRUE(send(second, 1));
  ASSERT_TRUE(send(first, 2));
  ASSERT_EQ(server_.receive(buffer_, patience), 4U) << "after all of the others";
  EXPECT_EQ(number_in(buffer_), 2U);
  const auto report = relay.end();
  EXPECT_EQ(report.forward.too_long, 2U);
  EXPECT_EQ(report.not_served, 1U);
}

TEST_F(Relay, OutlivesAServerThatIsNotThere) {
  RunningRelay relay({}, server_);
  UdpSocket client = client_of(relay);
  const Endpoint place = server_.local_endpoint();
  server_ = UdpSocket();
  for (std::uint32_t i = 0; i < 3; ++i) ASSERT_TRUE(send(client, i));
  try {
    server_.bind(place);
  } catch (const std::system_error& error) {
    GTEST_SKIP() << "somebody took the port meanwhile: " << error.what();
  }
  std::optional<std::size_t> received;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!received && std::chrono::steady_clock::now() < deadline) {
    ASSERT_TRUE(send(client, 7));
    received = server_.receive(buffer_, 10ms);
  }
  EXPECT_TRUE(received);
}

TEST(RelayOptions, AreChecked) {
  EXPECT_THROW(ImpairmentRelay({}), std::invalid_argument) << "no server";
  EXPECT_THROW(ImpairmentRelay({.server = any_port}), std::invalid_argument);
  EXPECT_THROW(ImpairmentRelay({.server = {Ipv4Address{0x7F000001}, 9}, .forward = {.loss = 2}}),
               std::invalid_argument);
}

}  // namespace
}  // namespace lln::net
