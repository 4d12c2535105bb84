#include "test_support.hpp"

#include <lln/exchange/glimpse_server.hpp>
#include <lln/feed/glimpse.hpp>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>

namespace lln::exchange {
namespace {

using testing::Bytes;
using testing::copy;

constexpr std::int64_t second = 1'000'000'000;
const feed::SessionId session = feed::session_id("TEST000001");

// A client on a blocking socket: what it reads is parsed into packets.
class Client {
 public:
  explicit Client(const net::Endpoint& server, int receive_buffer = 0)
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_buffer != 0)
      ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    const sockaddr_in address = server.to_sockaddr();
    EXPECT_EQ(::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }

  void send(const Bytes& bytes) {
    EXPECT_EQ(::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  void log_in(std::string_view session_text = "") {
    feed::LoginRequest request;
    request.session = feed::session_id(session_text);
    Bytes bytes;
    feed::encode_soup(request, bytes);
    send(bytes);
  }
  void hang_up() { fd_.reset(); }

  struct Packet {
    feed::SoupType type;
    Bytes payload;
  };
  // Takes what has arrived without waiting. False: the server has closed.
  bool receive() {
    std::array<std::byte, 65536> buffer;
    for (;;) {
      const ssize_t size = ::recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (size == 0) closed = true;
      if (size <= 0) break;
      parser_.feed(std::span(buffer).first(static_cast<std::size_t>(size)));
      feed::SoupPacket packet;
      while (parser_.next(packet)) packets.push_back({packet.type, copy(packet.payload)});
    }
    return !closed;
  }
  std::vector<Bytes> sequenced() const {
    std::vector<Bytes> result;
    for (const Packet& packet : packets)
      if (packet.type == feed::SoupType::sequenced_data) result.push_back(packet.payload);
    return result;
  }
  std::string types() const {
    std::string result;
    for (const Packet& packet : packets) result += static_cast<char>(packet.type);
    return result;
  }

  std::vector<Packet> packets;
  bool closed = false;

 private:
  net::FileDescriptor fd_;
  feed::SoupParser parser_;
};

struct GlimpseServerTest : ::testing::Test {
  GlimpseServerTest() {
    for (const FlowMessage& message : testing::whole_day(testing::small_day(20'000)))
      books.apply(message.message());
    options.local = net::Endpoint::parse("127.0.0.1:0");
    options.session = session;
    server = std::make_unique<GlimpseServer>(options);
  }

  // What the exchange's loop does, and the client reads along, until `done` or the deadline of the test.
  template <class Done>
  ::testing::AssertionResult drive(std::initializer_list<Client*> clients, Done done) {
    for (int i = 0; i < 2'000'000; ++i) {
      server->step(now);
      if (server->wanted()) server->begin(books, 4'711, now);
      if (server->active()) server->pump(now);
      for (Client* const client : clients) client->receive();
      if (done()) return ::testing::AssertionSuccess();
      if (i > 1000) ::sched_yield();
    }
    return ::testing::AssertionFailure() << "did not happen";
  }

  feed::SimpleBooks books;
  GlimpseServer::Options options;
  std::unique_ptr<GlimpseServer> server;
  std::int64_t now = 0;
};

TEST_F(GlimpseServerTest, SnapshotEqualsTheBooks) {
  Client client(server->local_endpoint());
  client.log_in();
  ASSERT_TRUE(drive({&client}, [&] { return client.closed; }));
  const std::string types = client.types();
  ASSERT_GT(types.size(), 5'000U);
  EXPECT_EQ(types.front(), 'A');
  EXPECT_EQ(types.back(), 'Z');
  const auto accepted = feed::decode_login_accepted(client.packets.front().payload);
  ASSERT_TRUE(accepted);
  EXPECT_EQ(feed::text_of(accepted->session), "TEST000001");
  EXPECT_EQ(accepted->sequence, 1U);

  const std::vector<Bytes> received = client.sequenced();
  EXPECT_EQ(received, feed::snapshot_messages(books, 4'711)) << "the same messages as the protocol library's";

  feed::SimpleBooks rebuilt;
  for (std::size_t i = 0; i + 1 < received.size(); ++i) rebuilt.apply(received[i]);
  EXPECT_EQ(rebuilt.digests(), books.digests());
  EXPECT_EQ(feed::decode_end_of_snapshot(received.back()), 4'711U);
  EXPECT_EQ(server->counters().snapshots, 1U);
  EXPECT_EQ(server->counters().dropped, 0U);
}

TEST_F(GlimpseServerTest, SliceAfterSlice) {
  options.slice_bytes = 100;
  server = std::make_unique<GlimpseServer>(options);
  Client client(server->local_endpoint());
  client.log_in();
  ASSERT_TRUE(drive({&client}, [&] { return server->active(); }));
  EXPECT_LT(client.sequenced().size(), 10U) << "one slice only";
  ASSERT_TRUE(drive({&client}, [&] { return client.closed; }));
  EXPECT_EQ(client.sequenced(), feed::snapshot_messages(books, 4'711));
}

TEST_F(GlimpseServerTest, ClientsAreServedOneAfterTheOther) {
  Client first(server->local_endpoint());
  Client second_client(server->local_endpoint());
  first.log_in();
  second_client.log_in("TEST000001");
  ASSERT_TRUE(drive({&first, &second_client}, [&] { return first.closed && second_client.closed; }));
  EXPECT_EQ(first.sequenced(), second_client.sequenced());
  EXPECT_EQ(server->counters().snapshots, 2U);
}

TEST_F(GlimpseServerTest, SessionMayBeLeftPadded) {
  options.session = feed::session_id("ABC");
  server = std::make_unique<GlimpseServer>(options);
  Client client(server->local_endpoint());
  client.log_in("       ABC");
  ASSERT_TRUE(drive({&client}, [&] { return client.closed; }));
  EXPECT_EQ(client.types().front(), 'A');
  EXPECT_EQ(feed::text_of(feed::decode_login_accepted(client.packets.front().payload)->session),
            "       ABC");
}

TEST_F(GlimpseServerTest, OtherSessionIsRejected) {
  Client client(server->local_endpoint());
  client.log_in("YESTERDAY");
  ASSERT_TRUE(drive({&client}, [&] { return client.closed; }));
  ASSERT_EQ(client.types(), "J");
  EXPECT_EQ(client.packets[0].payload, Bytes{std::byte{'S'}});
  EXPECT_EQ(server->counters().rejected_logins, 1U);
}

TEST_F(GlimpseServerTest, RubbishClosesTheConnection) {
  Client zero_length(server->local_endpoint());
  zero_length.send(Bytes(2));
  Client too_long(server->local_endpoint());
  too_long.send(Bytes(2, std::byte{0xFF}));
  Client bad_login(server->local_endpoint());
  bad_login.send({std::byte{0}, std::byte{2}, std::byte{'L'}, std::byte{0}});
  ASSERT_TRUE(drive({&zero_length, &too_long, &bad_login},
                    [&] { return zero_length.closed && too_long.closed && bad_login.closed; }));
  EXPECT_EQ(server->counters().dropped, 3U);
  EXPECT_EQ(server->counters().logins, 0U);
}

TEST_F(GlimpseServerTest, LoginMayComeInPieces) {
  Client client(server->local_endpoint());
  Bytes bytes;
  feed::encode_soup(feed::LoginRequest{}, bytes);
  for (const std::byte byte : bytes) {
    EXPECT_EQ(server->counters().logins, 0U);
    client.send({byte});
    server->step(now);
  }
  ASSERT_TRUE(drive({&client}, [&] { return client.closed; }));
  EXPECT_EQ(server->counters().snapshots, 1U);
}

TEST_F(GlimpseServerTest, SilentClientIsDroppedAfterTheLoginTimeout) {
  Client client(server->local_endpoint());
  ASSERT_TRUE(drive({&client}, [&] { return server->counters().connections == 1; }));
  now = 30 * second - 1;
  server->step(now);
  EXPECT_EQ(server->counters().dropped, 0U);
  now = 30 * second;
  server->step(now);
  EXPECT_EQ(server->counters().dropped, 1U);
  ASSERT_TRUE(drive({&client}, [&] { return client.closed; }));
}

TEST_F(GlimpseServerTest, ClientThatStopsReadingIsDropped) {
  for (int symbol = 0; symbol < 60; ++symbol)  // more than all socket buffers hold
    for (const FlowMessage& message : testing::whole_day(testing::small_day(20'000)))
      if (const char type = testing::type_of(message); type == 'A') {
        FlowMessage copy = message;
        feed::store_be(copy.bytes + 11, static_cast<std::uint64_t>(symbol + 1) << 40 |
                                            feed::load_be<std::uint64_t>(copy.bytes + 11));
        books.apply(copy.message());
      }
  Client client(server->local_endpoint(), 4096);
  client.log_in();
  ASSERT_TRUE(drive({}, [&] { return server->active() && !server->pump(now); })) << "the socket fills up";
  now += 5 * second - 1;
  server->step(now);
  EXPECT_TRUE(server->active());
  now += 2;
  server->step(now);
  EXPECT_FALSE(server->active()) << "the books are free again";
  EXPECT_EQ(server->counters().dropped, 1U);
  EXPECT_EQ(server->counters().snapshots, 0U);
}

TEST_F(GlimpseServerTest, ClientThatHangsUpFreesTheBooks) {
  options.slice_bytes = 100;
  server = std::make_unique<GlimpseServer>(options);
  Client client(server->local_endpoint());
  client.log_in();
  ASSERT_TRUE(drive({&client}, [&] { return server->active(); }));
  client.hang_up();
  ASSERT_TRUE(drive({}, [&] { return server->counters().dropped == 1; }));
  EXPECT_FALSE(server->active());
}

TEST_F(GlimpseServerTest, AbortFreesTheBooks) {
  options.slice_bytes = 100;
  server = std::make_unique<GlimpseServer>(options);
  Client client(server->local_endpoint());
  client.log_in();
  ASSERT_TRUE(drive({&client}, [&] { return server->active(); }));
  server->abort();
  EXPECT_FALSE(server->active());
  ASSERT_TRUE(drive({&client}, [&] { return client.closed; }));
  EXPECT_NE(client.types().back(), 'Z') << "an unfinished snapshot must not look complete";
}

TEST_F(GlimpseServerTest, WaitingClientGetsHeartbeats) {
  Client client(server->local_endpoint());
  client.log_in();
  for (int i = 0; i < 1'000'000 && server->counters().logins == 0; ++i) server->step(now);
  for (int beat = 1; beat <= 3; ++beat) server->step(now += second);
  ASSERT_TRUE(drive({&client}, [&] { return client.closed; }));
  EXPECT_EQ(client.types().substr(0, 4), "AHHH");
}

TEST_F(GlimpseServerTest, BusyPortIsSaid) {
  options.local = server->local_endpoint();
  try {
    GlimpseServer second_server(options);
    FAIL() << "two servers on one port";
  } catch (const std::system_error& error) {
    EXPECT_NE(std::string(error.what()).find(options.local.to_string()), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace lln::exchange
