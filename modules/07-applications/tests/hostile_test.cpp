// Clients that do what they should not: the server survives, says why it ends them, and the others notice nothing.
#include "echo_client.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <random>

namespace lln::app {
namespace {

using namespace lln::app::test;

class Hostile : public EchoTest {
 protected:
  EchoOptions impatient() const {
    EchoOptions result = options();
    result.stall_timeout = 100ms;
    return result;
  }
  // The one whom nobody may hurt.
  static void expect_served(Client& client, std::uint64_t first, int count = 100) {
    for (int i = 0; i < count; ++i) ASSERT_TRUE(client.echo(first + static_cast<std::uint64_t>(i))) << i;
  }
};

constexpr std::size_t fill_payload = 1000;

Bytes hundred_requests() {
  Bytes requests;
  for (std::uint64_t id = 0; id < 100; ++id) append(requests, request(id, fill_payload));
  return requests;
}

// Requests 0 to 99, over and over, until the server has taken nothing for a while: everything between the two is full.
// Returns how many bytes that were; the last request may be cut.
std::size_t fill(Client& client) {
  const Bytes requests = hundred_requests();
  std::size_t total = 0;
  for (int refused = 0; refused < 20; ++refused) {
    const std::size_t sent = client.socket().send(std::span(requests).subspan(total % requests.size()));
    total += sent;
    if (sent > 0) refused = 0;
    client.socket().wait_writable(1ms);
  }
  return total;
}

// Goes on sending, from wherever fill() came to, until the server ends the connection; nothing is read.
bool sends_until_closed(Client& client, std::size_t total) {
  const Bytes requests = hundred_requests();
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < deadline) {
    const std::size_t sent = client.socket().send(std::span(requests).subspan(total % requests.size()));
    if (sent == 0 && client.socket().last_error() != EAGAIN) return true;
    total += sent;
    client.socket().wait_writable(10ms);
  }
  return false;
}

TEST_P(Hostile, WhoNeverReadsIsEndedAndHoldsNobodyUp) {
  Running running(impatient());
  Client good(running, transport());
  Client bad(running, transport(), 4096);
  ASSERT_TRUE(good.echo(1));
  const std::size_t sent = fill(bad);
  expect_served(good, 100);
  EXPECT_TRUE(sends_until_closed(bad, sent));
  expect_served(good, 300);
  good.socket().abort();
  const EchoReport& report = running.stop();
  EXPECT_EQ(report.ended_by(EchoReason::slow_reader), 1U);
  // One each, however much was sent; io_uring has half of them in the kernel's hands from the start.
  EXPECT_LE(report.most_buffers, backend() == EchoBackend::io_uring ? 6U : 2U);
}

TEST_P(Hostile, WhoReadsLateGetsEverything) {
  Running running(options());
  Client client(running, transport(), 4096);
  const std::size_t sent = fill(client);
  const std::size_t whole = sent / (echo_header_size + fill_payload);
  ASSERT_GT(whole, 100U);
  for (std::size_t i = 0; i < whole; ++i) {
    const auto answer = client.receive();
    ASSERT_TRUE(answer && answer->answers(i % 100)) << i << " of " << whole;
  }
}

TEST_P(Hostile, GarbageGetsAGoodbyeAndTheEnd) {
  Running running(options());
  Client good(running, transport());
  const unsigned seed = std::random_device{}();
  std::mt19937 random(seed);
  for (int round = 0; round < 10; ++round) {
    Client bad(running, transport());
    ASSERT_TRUE(bad.send(request(1)));
    Bytes garbage(1 + random() % 5000);
    for (std::byte& byte : garbage) byte = static_cast<std::byte>(random());
    garbage[0] = std::byte{'!'};
    ASSERT_TRUE(bad.send(garbage)) << "seed " << seed;
    const auto answer = bad.receive();
    ASSERT_TRUE(answer && answer->answers(1)) << "what came before the garbage";
    const auto goodbye = bad.receive();
    ASSERT_TRUE(goodbye && goodbye->is_goodbye(EchoReason::bad_magic)) << "seed " << seed;
    EXPECT_TRUE(bad.at_end());
    expect_served(good, 10, 10);
  }
}

TEST_P(Hostile, HalfARequestIsNotWaitedForForEver) {
  Running running(impatient());
  Client good(running, transport());
  Client bad(running, transport());
  const Bytes whole = request(5, 100);
  ASSERT_TRUE(bad.send(Bytes(whole.begin(), whole.begin() + 60)));
  expect_served(good, 10);
  const auto goodbye = bad.receive();
  ASSERT_TRUE(goodbye);
  EXPECT_TRUE(goodbye->is_goodbye(EchoReason::slow_sender));
  EXPECT_EQ(goodbye->header.id, 5U);
  EXPECT_TRUE(bad.at_end());
  expect_served(good, 200);
}

TEST_P(Hostile, MoreHalfRequestsThanBuffersTakeTheBuffersFromEachOther) {
  EchoOptions few = options();
  few.buffers = 4;
  Running running(few);
  Client good(running, transport());
  ASSERT_TRUE(good.echo(1));
  std::vector<std::unique_ptr<Client>> bad;
  for (std::uint64_t i = 0; i < 12; ++i) {
    bad.push_back(std::make_unique<Client>(running, transport()));
    // A whole one first: its answer says that the server has seen what follows, or will before the next client's.
    Bytes bytes = request(i);
    const Bytes begun = request(i + 100);
    bytes.insert(bytes.end(), begun.begin(), begun.begin() + 41);
    ASSERT_TRUE(bad.back()->send(bytes));
    const auto answer = bad.back()->receive();
    ASSERT_TRUE(answer && answer->answers(i));
    expect_served(good, 1000 + i * 10, 5);
  }
  for (auto& client : bad) client->socket().abort();
  good.socket().abort();
  const EchoReport& report = running.stop();
  EXPECT_GE(report.ended_by(EchoReason::no_buffer), 8U);
  EXPECT_LE(report.most_buffers, 4U);
}

TEST_P(Hostile, WhoVanishesIsForgotten) {
  Running running(options());
  Client good(running, transport());
  for (int round = 0; round < 20; ++round) {
    Client bad(running, transport());
    Bytes asked;
    for (std::uint64_t id = 0; id < 50; ++id) append(asked, request(id, 500));
    asked.resize(asked.size() - 7);
    ASSERT_TRUE(bad.send(asked));
    bad.socket().abort();  // with answers on their way
    expect_served(good, 10, 5);
  }
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (running.server().open_connections() > 1 && std::chrono::steady_clock::now() < deadline) good.echo(1);
  EXPECT_EQ(running.server().open_connections(), 1U);
}

TEST_P(Hostile, WhoOnlyStopsSendingIsLetGo) {
  Running running(options());
  Client good(running, transport());
  Client bad(running, transport());
  bad.socket().shut_down_sending();
  EXPECT_TRUE(bad.at_end());
  expect_served(good, 1);
}

TEST_P(Hostile, AFloodIsServedInTurnsWithTheOthers) {
  Running running(options());
  Client good(running, transport());
  Client bad(running, transport());
  std::atomic<bool> enough{false};
  std::thread flood([&] {
    Bytes requests;
    for (std::uint64_t id = 0; id < 500; ++id) append(requests, request(id));
    Bytes waste(256 * 1024);
    std::size_t at = 0;
    while (!enough.load()) {
      at += bad.socket().send(std::span(requests).subspan(at));
      if (at == requests.size()) at = 0;
      bad.socket().receive(waste);
    }
  });
  expect_served(good, 1, 50);
  enough.store(true);
  flood.join();
}

TEST_P(Hostile, TheIdleAreEndedWhenAskedFor) {
  EchoOptions strict = options();
  strict.idle_timeout = 50ms;
  Running running(strict);
  Client client(running, transport());
  const auto goodbye = client.receive();
  ASSERT_TRUE(goodbye);
  EXPECT_TRUE(goodbye->is_goodbye(EchoReason::idle));
}

// Much from one client and a little from another are there when the server begins: the second does not wait until the
// first is served. The stamps tell.
TEST_P(Hostile, NobodyWaitsUntilAnotherHasHadEverything) {
  const EchoOptions own = options();
  if (transport() == Transport::tcp) return;  // the kernel takes too little of what nobody reads
  EchoServer server(own);
  net::StreamSocket much = connect_unix(own.unix_path);
  net::StreamSocket little = connect_unix(own.unix_path);
  Bytes piece;
  for (std::uint64_t id = 0; id < 30; ++id) append(piece, request(id, fill_payload));
  std::size_t sent = 0;
  while (const std::size_t count = much.send(std::span(piece).subspan(sent % piece.size()))) sent += count;
  ASSERT_TRUE(little.send_all(request(1), patience));
  std::thread thread([&] { server.run(); });
  Bytes answer(request(1).size());
  const bool answered = little.receive_all(answer, patience);
  const std::size_t message_size = echo_header_size + fill_payload;
  Bytes answers(sent / message_size * message_size);
  const bool all_answered = much.receive_all(answers, patience);
  much.abort();
  little.abort();
  server.stop();
  thread.join();
  ASSERT_TRUE(answered && all_answered);
  if (sent < 5 * echo_buffer_size) GTEST_SKIP() << "the kernel took only " << sent << " bytes";
  EXPECT_LT(split(answer).at(0).header.server_tx, split(answers).back().header.server_tx);
}

INSTANTIATE_TEST_SUITE_P(All, Hostile, all_back_ends(), EchoTest::name);

}  // namespace
}  // namespace lln::app
