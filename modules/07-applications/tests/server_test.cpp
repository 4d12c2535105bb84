// Whole servers, every back end over both kinds of stream: what they answer, and how they end.
#include "../src/acceptor.hpp"
#include "echo_client.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <system_error>

namespace lln::app {
namespace {

using namespace lln::app::test;

class Echo : public EchoTest {};

TEST_P(Echo, AnswersEachRequest) {
  Running running(options());
  {
    Client client(running, transport());
    for (const std::size_t payload : {0UL, 1UL, 24UL, 1000UL, 16UL * 1024})
      EXPECT_TRUE(client.echo(payload + 1, payload)) << payload;
  }
  const EchoReport& report = running.stop();
  EXPECT_EQ(report.accepted, 1U);
  EXPECT_EQ(report.requests, 5U);
  EXPECT_EQ(report.service.count(), 5U);
  EXPECT_EQ(report.bytes, 5 * echo_header_size + 0 + 1 + 24 + 1000 + 16 * 1024);
  EXPECT_EQ(report.ended_by(EchoReason::peer_closed), 1U);
}

TEST_P(Echo, StampsBetweenTheClientsOwn) {
  Running running(options());
  Client client(running, transport());
  const auto now = [] {
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                          std::chrono::system_clock::now().time_since_epoch())
                                          .count());
  };
  const std::uint64_t before = now();
  ASSERT_TRUE(client.send(request(1)));
  const auto answer = client.receive();
  const std::uint64_t after = now();
  ASSERT_TRUE(answer);
  EXPECT_LE(before, answer->header.server_rx);
  EXPECT_LE(answer->header.server_rx, answer->header.server_tx);
  EXPECT_LE(answer->header.server_tx, after);
}

TEST_P(Echo, PipelinedRequestsShareReadsAndWrites) {
  Running running(options());
  Client client(running, transport());
  constexpr std::uint64_t count = 2000;
  Bytes asked;
  for (std::uint64_t id = 1; id <= count; ++id) append(asked, request(id));
  ASSERT_TRUE(client.send(asked));
  for (std::uint64_t id = 1; id <= count; ++id) {
    const auto answer = client.receive();
    ASSERT_TRUE(answer && answer->answers(id)) << id;
  }
  client.socket().abort();
  const EchoReport& report = running.stop();
  EXPECT_EQ(report.requests, count);
  EXPECT_LE(report.writes, count / 10) << "many requests, one write";
}

TEST_P(Echo, ManyClientsEachGetTheirOwn) {
  Running running(options());
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 40; ++i) clients.push_back(std::make_unique<Client>(running, transport()));
  for (std::uint64_t round = 0; round < 5; ++round) {
    for (std::uint64_t i = 0; i < clients.size(); ++i)
      ASSERT_TRUE(clients[i]->send(request(round * 100 + i)));
    for (std::uint64_t i = 0; i < clients.size(); ++i) {
      const auto answer = clients[i]->receive();
      ASSERT_TRUE(answer && answer->answers(round * 100 + i));
    }
  }
  EXPECT_EQ(running.server().open_connections(), clients.size());
  clients.clear();
  const EchoReport& report = running.stop();
  EXPECT_EQ(report.most_open, 40U);
  EXPECT_LE(report.most_buffers, 8U);
}

TEST_P(Echo, HalfClosedGetsAllItsAnswersAndTheEnd) {
  Running running(options());
  Client client(running, transport());
  Bytes asked;
  for (std::uint64_t id = 1; id <= 500; ++id) append(asked, request(id, 200));
  const Bytes begun = request(501);
  asked.insert(asked.end(), begun.begin(), begun.begin() + 30);
  ASSERT_TRUE(client.send(asked));
  client.socket().shut_down_sending();
  for (std::uint64_t id = 1; id <= 500; ++id) {
    const auto answer = client.receive();
    ASSERT_TRUE(answer && answer->answers(id)) << id;
  }
  EXPECT_TRUE(client.at_end());
}

TEST_P(Echo, OneConnectionMoreGetsAGoodbye) {
  EchoOptions few = options();
  few.max_connections = 2;
  Running running(few);
  Client first(running, transport());
  Client second(running, transport());
  ASSERT_TRUE(first.echo(1) && second.echo(1));
  {
    Client third(running, transport());
    const auto goodbye = third.receive();
    ASSERT_TRUE(goodbye);
    EXPECT_TRUE(goodbye->is_goodbye(EchoReason::server_full));
    EXPECT_TRUE(third.at_end());
  }
  ASSERT_TRUE(first.echo(2) && second.echo(2));
  first.socket().abort();
  // Once the server has noticed, there is room again.
  const auto deadline = std::chrono::steady_clock::now() + patience;
  bool room = false;
  while (!room && std::chrono::steady_clock::now() < deadline) {
    Client next(running, transport());
    room = next.send(request(3)) && next.receive().value_or(Message{}).answers(3);
  }
  EXPECT_TRUE(room);
}

TEST_P(Echo, StopAnswersWhatHasArrivedAndSaysGoodbye) {
  Running running(options());
  Client idle(running, transport());
  Client busy(running, transport());
  Client begun(running, transport());
  ASSERT_TRUE(idle.echo(1) && busy.echo(1) && begun.echo(1));
  Bytes asked;
  for (std::uint64_t id = 1; id <= 300; ++id) append(asked, request(id));
  ASSERT_TRUE(busy.send(asked));
  const Bytes part = request(9);
  ASSERT_TRUE(begun.send(Bytes(part.begin(), part.begin() + 45)));
  // Everything above is in the server's sockets now: it arrived before the end was asked for.
  running.server().stop();
  for (std::uint64_t id = 1; id <= 300; ++id) {
    const auto answer = busy.receive();
    ASSERT_TRUE(answer && answer->answers(id)) << id;
  }
  for (Client* const client : {&idle, &busy, &begun}) {
    const auto goodbye = client->receive();
    ASSERT_TRUE(goodbye);
    EXPECT_TRUE(goodbye->is_goodbye(EchoReason::shutting_down));
    EXPECT_TRUE(client->at_end());
    client->socket().shut_down_sending();
  }
  const EchoReport& report = running.wait();
  EXPECT_EQ(report.ended_by(EchoReason::shutting_down), 3U);
  EXPECT_EQ(report.requests, 303U);
  EXPECT_EQ(report.cut_off, 0U);
}

TEST_P(Echo, StopServesConnectionsThatNobodyAcceptedYet) {
  const EchoOptions own = options();
  EchoServer unstarted(own);
  net::StreamSocket socket = transport() == Transport::tcp
                                 ? net::StreamSocket(net::TcpStream::connect(*unstarted.tcp()))
                                 : connect_unix(own.unix_path);
  ASSERT_TRUE(socket.send_all(request(1), patience));
  unstarted.stop();
  std::thread thread([&] { unstarted.run(); });
  Bytes answer(request(1).size());
  EXPECT_TRUE(socket.receive_all(answer, patience));
  EXPECT_TRUE(split(answer).at(0).answers(1));
  socket.abort();
  thread.join();
}

TEST_P(Echo, StopTakesBoundedTime) {
  EchoOptions quick = options();
  quick.drain = 200ms;
  Running running(quick);
  Client stubborn(running, transport());  // never ends by itself, never reads
  ASSERT_TRUE(stubborn.echo(1));
  const EchoReport& report = running.stop();
  EXPECT_EQ(report.cut_off, 1U);
  EXPECT_GE(report.drained_in, 200ms);
}

INSTANTIATE_TEST_SUITE_P(All, Echo, all_back_ends(), EchoTest::name);

TEST(EchoUnixSocket, TheFileOfAKilledServerIsTakenAndNoOther) {
  const std::string path = testing::TempDir() + "lln-echo-" + std::to_string(::getpid()) + ".sock";
  {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    const net::FileDescriptor killed(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::bind(killed.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  {
    const detail::UnixListener successor(path);
    EXPECT_THROW(detail::UnixListener{path}, std::system_error) << "it lives";
    EXPECT_EQ(::access(path.c_str(), F_OK), 0);
  }
  std::ofstream(path) << "a letter";
  EXPECT_THROW(detail::UnixListener{path}, std::system_error);
  EXPECT_EQ(::unlink(path.c_str()), 0) << "the letter is gone";
}

}  // namespace
}  // namespace lln::app
