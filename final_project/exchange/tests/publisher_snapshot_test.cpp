// Snapshots that are taken while the day goes on: over a real TCP connection, in simulated time, in one thread.
#include "test_support.hpp"

#include <lln/exchange/publisher.hpp>
#include <lln/feed/glimpse.hpp>

#include <sys/socket.h>

#include <functional>

namespace lln::exchange {
namespace {

using testing::Bytes;
using testing::copy;
using testing::small_day;
using testing::whole_day;

// Calls back with every packet that leaves.
struct HookSink final : DatagramSink {
  void send(std::span<const std::byte> datagram, std::int64_t) override {
    ++packets;
    if (hook) hook(datagram);
  }
  std::uint64_t packets = 0;
  std::function<void(std::span<const std::byte>)> hook;
};

class Client {
 public:
  explicit Client(const net::Endpoint& server, int receive_buffer)
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    const sockaddr_in address = server.to_sockaddr();
    EXPECT_EQ(::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    Bytes login;
    feed::encode_soup(feed::LoginRequest{}, login);
    EXPECT_EQ(::send(fd_.get(), login.data(), login.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(login.size()));
  }

  void receive() {
    std::array<std::byte, 16'384> buffer;
    for (ssize_t size = 0; (size = ::recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT)) > 0;) {
      parser_.feed(std::span(buffer).first(static_cast<std::size_t>(size)));
      feed::SoupPacket packet;
      while (parser_.next(packet))
        if (packet.type == feed::SoupType::sequenced_data) messages.push_back(copy(packet.payload));
    }
  }
  std::optional<std::uint64_t> next_sequence() const {
    return messages.empty() ? std::nullopt : feed::decode_end_of_snapshot(messages.back());
  }

  std::vector<Bytes> messages;

 private:
  net::FileDescriptor fd_;
  feed::SoupParser parser_;
};

struct PublisherSnapshotTest : ::testing::Test {
  PublisherSnapshotTest() {
    options.session = feed::session_id("TEST000001");
    options.history = options.work_ahead = 50'000;
    GlimpseServer::Options glimpse_options;
    glimpse_options.local = net::Endpoint::parse("127.0.0.1:0");
    glimpse_options.session = options.session;
    glimpse_options.slice_bytes = 2'000;
    glimpse.emplace(glimpse_options);
  }

  void publish(const FlowOptions& flow) {
    FlowGenerator source(flow);
    publisher.emplace(options, source, line_a, line_b, nullptr, &*glimpse, nullptr);
    publisher->fill(stop);
    publisher->run(clock, stop);
    publisher->end(clock, stop);
  }

  std::atomic<bool> stop{false};
  PublisherOptions options;
  HookSink a;
  HookSink b;
  Line line_a{{}, 1, 10, a};
  Line line_b{{}, 1, 11, b};
  VirtualClock clock;
  std::optional<GlimpseServer> glimpse;
  std::optional<Publisher> publisher;
};

TEST_F(PublisherSnapshotTest, SnapshotAndTheRestOfTheDayGiveTheFinalBooks) {
  const FlowOptions flow = small_day(100'000);
  std::optional<Client> client;
  a.hook = [&](std::span<const std::byte>) {
    if (a.packets == 2'000) client.emplace(glimpse->local_endpoint(), 1 << 20);
    if (client) client->receive();
  };
  publish(flow);
  client->receive();
  const auto next = client->next_sequence();
  ASSERT_TRUE(next) << "the snapshot must have ended";
  EXPECT_GT(*next, 5'000U) << "taken in the middle of the day";
  EXPECT_LT(*next, 99'000U);
  feed::SimpleBooks books;
  for (std::size_t i = 0; i + 1 < client->messages.size(); ++i) books.apply(client->messages[i]);
  const auto day = whole_day(flow);
  for (std::size_t i = *next - 1; i < day.size(); ++i) books.apply(day[i].message());
  EXPECT_EQ(books.counters().unknown_reference + books.counters().duplicate_reference, 0U);
  EXPECT_EQ(books.digests(), publisher->books().digests());
}

TEST_F(PublisherSnapshotTest, ClientThatStopsReadingDoesNotStopTheDay) {
  FlowOptions flow = small_day(200'000);
  flow.live_orders = 80'000;  // a snapshot that no socket buffer holds
  options.history = 5'000;
  options.work_ahead = 5'000;
  std::optional<Client> client;
  a.hook = [&](std::span<const std::byte>) {
    if (a.packets == 10'000) client.emplace(glimpse->local_endpoint(), 4'096);
  };
  publish(flow);
  EXPECT_EQ(publisher->counters().messages, 200'000U);
  EXPECT_EQ(publisher->counters().snapshots_given_up, 1U);
  EXPECT_EQ(glimpse->counters().snapshots, 0U);
  feed::SimpleBooks expected;
  for (const FlowMessage& message : whole_day(flow)) expected.apply(message.message());
  EXPECT_EQ(publisher->books().digests(), expected.digests());
}

TEST_F(PublisherSnapshotTest, SnapshotAfterTheLastMessageIsServed) {
  options.end_ns = 10'000'000'000;
  std::optional<Client> client;
  a.hook = [&](std::span<const std::byte> packet) {
    if (!client && feed::validate(packet).header.is_end_of_session())
      client.emplace(glimpse->local_endpoint(), 1 << 20);
    if (client) client->receive();
  };
  publish(small_day(20'000));
  client->receive();
  EXPECT_EQ(client->next_sequence(), 20'001U);
}

}  // namespace
}  // namespace lln::exchange
