// The snapshot client against a real TCP server on loopback. Time is the test's own: time-outs take no time.
#include "tiny_servers.hpp"

#include <lln/handler/glimpse_client.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace lln::handler {
namespace {

using namespace testkit;
using State = GlimpseClient::State;
using Failure = GlimpseClient::Failure;

struct Link {
  explicit Link(std::size_t bytes_per_poll = std::size_t{64} << 10, int backlog = 8)
      : server(backlog),
        client({.server = server.endpoint(),
                .connect_timeout = 1000,
                .login_timeout = 2000,
                .silence_timeout = 3000,
                .heartbeat = 900,
                .bytes_per_poll = bytes_per_poll}) {}

  void connect() {
    client.start(now);
    server.accept();
    ASSERT_TRUE(eventually([&] {
      client.poll(now);
      return client.state() == State::logging_in;
    }));
    login = server.receive(49);
  }
  /// Connected, logged in and let in.
  void let_in() {
    connect();
    server.send(login_accepted());
    ASSERT_TRUE(run_until([&] { return client.state() == State::streaming; }));
  }
  void take() {
    client.poll(now);
    std::span<const std::byte> message;
    while (client.next(message))
      messages.emplace_back(reinterpret_cast<const char*>(message.data()), message.size());
  }
  template <class Condition>
  bool run_until(Condition&& condition) {
    return eventually([&] {
      take();
      return condition();
    });
  }
  bool over() const { return client.state() == State::done || client.state() == State::failed; }
  /// The server sends this, and the client fails for that reason.
  void expect_failure(const Bytes& bytes, Failure failure) {
    connect();
    server.send(bytes);
    ASSERT_TRUE(run_until([&] { return over(); }));
    EXPECT_EQ(client.state(), State::failed);
    EXPECT_EQ(client.failure(), failure) << to_string(client.failure());
    EXPECT_TRUE(eventually([&] { return server.client_gone(); })) << "a failed client closes the connection";
  }

  std::uint64_t now = 1'000'000;
  TinyTcpServer server;
  GlimpseClient client;
  Bytes login;
  std::vector<std::string> messages;
};

TEST(GlimpseClient, WholeSnapshot) {
  Link link;
  link.connect();
  const std::string wanted = std::string("\0\x2fL", 3) + std::string(26, ' ') + std::string(19, ' ') + "1";
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(link.login.data()), link.login.size()), wanted);
  link.server.send(
      joined({login_accepted("    DAY001"), soup(feed::SoupType::server_heartbeat), sequenced("R1"),
              sequenced("A22"), soup(feed::SoupType::debug), soup(static_cast<feed::SoupType>('?')),
              sequenced(""), sequenced("F333"), end_of_snapshot(4711), soup(feed::SoupType::session_end)}));
  ASSERT_TRUE(link.run_until([&] { return link.over(); }));
  EXPECT_EQ(link.client.state(), State::done) << to_string(link.client.failure());
  EXPECT_EQ(link.client.next_sequence(), 4711u);
  EXPECT_EQ(link.client.session(), feed::session_id("    DAY001"));
  EXPECT_EQ(link.messages, (std::vector<std::string>{"R1", "A22", "", "F333"}));
  EXPECT_TRUE(eventually([&] { return link.server.client_gone(); }));
}

TEST(GlimpseClient, EveryByteAlone) {
  Link link;
  link.connect();
  const Bytes stream = joined({login_accepted(), sequenced("R1"), sequenced("A22"), end_of_snapshot(5)});
  for (const std::byte byte : stream) {
    ASSERT_FALSE(link.over());
    link.server.send({&byte, 1});
    link.take();
  }
  ASSERT_TRUE(link.run_until([&] { return link.over(); }));
  EXPECT_EQ(link.client.state(), State::done);
  EXPECT_EQ(link.messages, (std::vector<std::string>{"R1", "A22"}));
}

TEST(GlimpseClient, BoundedWorkAPoll) {
  Link link(1000);
  link.let_in();
  const Bytes one = sequenced(std::string(98, 'A'));  // 101 bytes
  Bytes all;
  for (int i = 0; i < 300; ++i) all.insert(all.end(), one.begin(), one.end());
  link.server.send(all);
  link.server.send(end_of_snapshot(1));
  while (!link.over()) {
    const std::size_t before = link.messages.size();
    link.take();
    ASSERT_LE(link.messages.size() - before, 10u) << "1000 bytes a poll, and what was left of one message";
  }
  EXPECT_EQ(link.messages.size(), 300u);
}

TEST(GlimpseClient, LargestMessages) {
  Link link(100);
  link.let_in();
  const std::string large(0xFFFF - 1, 'x');
  const Bytes stream = joined({sequenced(large), sequenced("A"), sequenced(large), end_of_snapshot(2)});
  std::size_t sent = 0;
  ASSERT_TRUE(link.run_until([&] {
    sent += link.server.send_some(std::span(stream).subspan(sent));
    return link.over();
  }));
  EXPECT_EQ(link.messages, (std::vector<std::string>{large, "A", large}));
}

TEST(GlimpseClient, MessagesBeforeTheCutAreHandedOut) {
  Link link;
  link.let_in();
  link.server.send(
      joined({sequenced("A1"), sequenced("A2"), Bytes{std::byte{0}, std::byte{9}, std::byte{'S'}}}));
  link.server.close();
  ASSERT_TRUE(link.run_until([&] { return link.over(); }));
  EXPECT_EQ(link.messages, (std::vector<std::string>{"A1", "A2"}));
  EXPECT_EQ(link.client.failure(), Failure::cut_off);
}

TEST(GlimpseClient, RefusedThenTakenAgain) {
  Link link;
  TinyTcpServer gone;
  gone.stop_listening();
  GlimpseClient client({.server = gone.endpoint(), .connect_timeout = 10, .login_timeout = 10});
  client.start(5);
  EXPECT_TRUE(eventually([&] {
    client.poll(5);
    return client.state() == State::failed;
  }));
  EXPECT_EQ(client.failure(), Failure::connect);

  link.let_in();
  link.server.close();
  ASSERT_TRUE(link.run_until([&] { return link.over(); }));
  link.messages.clear();
  link.let_in();
  link.server.send(joined({sequenced("A"), end_of_snapshot(3)}));
  ASSERT_TRUE(link.run_until([&] { return link.over(); }));
  EXPECT_EQ(link.client.state(), State::done) << "nothing of the first attempt is left";
  EXPECT_EQ(link.messages, (std::vector<std::string>{"A"}));
}

TEST(GlimpseClient, ConnectTimeOut) {
  // A listener whose queue is full does not answer; how many it takes is the kernel's business.
  TinyTcpServer server(0);
  std::vector<std::unique_ptr<GlimpseClient>> clients;
  GlimpseClient* stuck = nullptr;
  for (int i = 0; i < 64 && stuck == nullptr; ++i) {
    clients.push_back(std::make_unique<GlimpseClient>(GlimpseClient::Options{
        .server = server.endpoint(), .connect_timeout = 100, .login_timeout = 1'000'000}));
    clients.back()->start(0);
    if (clients.back()->state() == State::connecting) clients.back()->poll(0);
    if (clients.back()->state() == State::connecting) stuck = clients.back().get();
  }
  if (stuck == nullptr) GTEST_SKIP() << "this kernel completes every connection on loopback";
  stuck->poll(99);
  if (stuck->state() != State::connecting) GTEST_SKIP() << "this kernel was only slow to connect";
  stuck->poll(100);
  EXPECT_EQ(stuck->state(), State::failed);
  EXPECT_EQ(stuck->failure(), Failure::timeout);
}

TEST(GlimpseClient, NoAnswerToTheLogin) {
  Link link;
  link.connect();
  link.now += 1999;
  link.take();
  EXPECT_EQ(link.client.state(), State::logging_in);
  link.now += 1;
  link.take();
  EXPECT_EQ(link.client.state(), State::failed);
  EXPECT_EQ(link.client.failure(), Failure::timeout);
}

TEST(GlimpseClient, TrickledLoginAnswerDoesNotHoldUsForEver) {
  Link link;
  link.connect();
  link.server.send(Bytes{std::byte{0}, std::byte{31}});
  link.now += 1999;
  link.take();
  const std::byte byte{'A'};
  link.server.send({&byte, 1});
  EXPECT_TRUE(eventually([&] {
    link.now += 1;
    link.take();
    return link.over();
  }));
  EXPECT_EQ(link.client.failure(), Failure::timeout);
}

TEST(GlimpseClient, SilenceInTheMiddle) {
  Link link;
  link.let_in();
  link.now += 2500;
  link.server.send(soup(feed::SoupType::server_heartbeat));
  link.server.send(sequenced("A"));
  ASSERT_TRUE(link.run_until([&] { return !link.messages.empty(); }));
  link.now += 2999;
  link.take();
  EXPECT_EQ(link.client.state(), State::streaming) << "the heartbeat was a sign of life";
  link.now += 1;
  link.take();
  EXPECT_EQ(link.client.failure(), Failure::timeout);
}

TEST(GlimpseClient, SendsHeartbeats) {
  Link link;
  link.let_in();
  link.now += 899;
  link.take();
  link.now += 1;
  link.take();
  link.take();
  link.now += 900;
  link.take();
  const Bytes got = link.server.receive(6);
  const Bytes one{std::byte{0}, std::byte{1}, std::byte{'R'}};
  EXPECT_EQ(got, joined({one, one}));
}

TEST(GlimpseClient, ConnectionReset) {
  Link link;
  link.let_in();
  link.server.reset_connection();
  ASSERT_TRUE(link.run_until([&] { return link.over(); }));
  EXPECT_EQ(link.client.failure(), Failure::cut_off);
}

TEST(GlimpseClient, Rejected) {
  Bytes bytes;
  feed::encode_soup(feed::LoginRejected{'S'}, bytes);
  Link().expect_failure(bytes, Failure::rejected);
}

TEST(GlimpseClient, Garbage) {
  Link().expect_failure(Bytes(64), Failure::protocol);
  Link().expect_failure(sequenced("A"), Failure::protocol);      // before the login
  Link().expect_failure(end_of_snapshot(3), Failure::protocol);  // likewise
  Link().expect_failure(joined({login_accepted(), login_accepted()}), Failure::protocol);
  Link().expect_failure(soup(feed::SoupType::login_accepted, Bytes(29)), Failure::protocol);  // too short
  Link().expect_failure(soup(feed::SoupType::login_accepted, Bytes(30)), Failure::protocol);  // no number
  Link().expect_failure(joined({login_accepted(), end_of_snapshot(0)}),
                        Failure::protocol);                                                 // no such message
  Link().expect_failure(joined({login_accepted(), sequenced("G 12")}), Failure::protocol);  // too short
  Link().expect_failure(joined({login_accepted(), sequenced("G" + std::string(20, ' '))}), Failure::protocol);
  Link().expect_failure(joined({login_accepted(), Bytes(2)}), Failure::protocol);  // length 0
  Link().expect_failure(joined({login_accepted(), soup(feed::SoupType::session_end)}), Failure::cut_off);
  Bytes rejected;
  feed::encode_soup(feed::LoginRejected{'A'}, rejected);
  Link().expect_failure(joined({login_accepted(), rejected}), Failure::protocol);  // too late
}

TEST(GlimpseClient, CancelLeavesNothingBehind) {
  Link link;
  link.let_in();
  link.client.cancel();
  EXPECT_EQ(link.client.state(), State::idle);
  EXPECT_TRUE(eventually([&] { return link.server.client_gone(); }));
  link.take();
  EXPECT_EQ(link.client.state(), State::idle);
}

}  // namespace
}  // namespace lln::handler
