// Connections against a small server of the test, which answers as its script says.
#include "campaign.hpp"
#include "port.hpp"
#include "scripted_server.hpp"

#include <lln/app/load_generator.hpp>

#include <gtest/gtest.h>

#include <atomic>

namespace {

using namespace lln::app;
using namespace lln::echo_client;
using namespace lln::echo_client::test;
using lln::latency::Histogram;
using lln::latency::OpenLoopLoad;
using lln::latency::TscClock;
using lln::latency::TscLoadClock;

struct Outcome {
  LoadOutcome load;
  std::string error;
  Histogram latency;
  Histogram server;
};

// `requests` in a closed loop; blocking, so that no test needs a processor for itself.
Outcome closed(const ServerAddress& address, PortOptions options, std::uint64_t requests, std::size_t slots) {
  Outcome outcome;
  options.block = true;
  TscLoadClock clock(TscClock::calibrate(std::chrono::milliseconds(2)));
  Port port(address, options, outcome.server);
  outcome.load = run_closed_loop({.slots = slots, .requests = requests}, {.give_up_ns = 20'000'000'000},
                                 clock, port, outcome.latency);
  outcome.error = port.error();
  return outcome;
}

using Kind = ServerAddress::Kind;

TEST(ServerAddress, ReadsAllKinds) {
  EXPECT_EQ(ServerAddress::parse("tcp:127.0.0.1:7000").endpoint.port, 7000);
  EXPECT_EQ(ServerAddress::parse("udp:10.0.0.1:1").kind, Kind::udp);
  EXPECT_EQ(ServerAddress::parse("unix:/run/echo:1").path, "/run/echo:1");
  for (const char* wrong :
       {"", "tcp", "tcp:", "tcp:127.0.0.1", "tcp:127.0.0.1:0", "sctp:127.0.0.1:1", "unix:", "unix:@"})
    EXPECT_THROW(ServerAddress::parse(wrong), std::invalid_argument) << wrong;
  EXPECT_THROW(ServerAddress::parse("unix:" + std::string(108, 'x')), std::invalid_argument);
}

TEST(EchoConnection, EveryAnswerIsFoundWhateverItComesIn) {
  for (const Kind kind : {Kind::tcp, Kind::unix_stream}) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{39}, std::size_t{65}, ~std::size_t{0}}) {
      Server server(kind, echo(64, piece));
      const auto outcome = closed(server.address(), {}, 200, 16);
      EXPECT_EQ(outcome.error, "");
      EXPECT_EQ(outcome.load.answered, 200U);
      EXPECT_EQ(outcome.load.unexpected, 0U);
      EXPECT_EQ(outcome.latency.count(), 200U);
      EXPECT_EQ(outcome.server.value_at_percentile(50), 250U) << "what the server's stamps say";
    }
  }
}

TEST(EchoConnection, SeveralConnectionsShareTheLoad) {
  std::atomic<int> busy{0};
  Server server(
      Kind::tcp,
      [&busy](int fd) {
        Bytes message(100);
        for (bool first = true; read_all(fd, message); first = false) {
          busy += first ? 1 : 0;
          make_echo_response(message.data(), 0, 0);
          write_all(fd, message);
        }
      },
      3);
  const auto outcome =
      closed(server.address(), {.connections = 3, .connection = {.message_size = 100}}, 300, 12);
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.load.answered, 300U);
  EXPECT_EQ(busy, 3);
}

TEST(EchoConnection, MoreThanASocketHolds) {
  Server server(Kind::unix_stream, echo(60'000));
  const auto outcome =
      closed(server.address(), {.connection = {.message_size = 60'000, .room_messages = 64}}, 128, 64);
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.load.answered, 128U);
}

TEST(EchoConnection, Datagrams) {
  Server server(Kind::udp, [](int fd) {
    Bytes message(65'536);
    for (int i = 0; i < 50; ++i) {
      sockaddr_in from{};
      socklen_t length = sizeof from;
      const ssize_t n =
          ::recvfrom(fd, message.data(), message.size(), 0, reinterpret_cast<sockaddr*>(&from), &length);
      ASSERT_EQ(n, 64);
      make_echo_response(message.data(), 0, 7);
      ::sendto(fd, message.data(), 64, 0, reinterpret_cast<sockaddr*>(&from), length);
    }
  });
  const auto outcome = closed(server.address(), {}, 50, 4);
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(outcome.load.answered, 50U);
}

TEST(EchoConnection, AServerThatKnowsNoProtocolIsRaw) {
  Server server(Kind::tcp, echo(64, ~std::size_t{0}, true), 2);
  const auto raw = closed(server.address(), {.connection = {.raw = true}}, 10, 1);
  EXPECT_EQ(raw.error, "");
  EXPECT_EQ(raw.server.count(), 0U) << "what it does not say is no time";
  EXPECT_NE(closed(server.address(), {}, 10, 1).error.find("--raw"), std::string::npos);
}

TEST(EchoConnection, SaysWhyItEnded) {
  Server closes(Kind::tcp, [](int fd) {
    Bytes message(64);
    read_all(fd, message);
  });
  EXPECT_EQ(closed(closes.address(), {}, 10, 1).error.find("the server closed"), 0U);

  Server half(Kind::unix_stream, [](int fd) {
    Bytes message(64);
    read_all(fd, message);
    make_echo_response(message.data(), 0, 0);
    message.resize(50);
    write_all(fd, message);
  });
  EXPECT_EQ(closed(half.address(), {}, 10, 1).error,
            "the server closed the connection in the middle of an answer");

  Server says_goodbye(Kind::unix_stream, [](int fd) {
    Bytes message(64);
    read_all(fd, message);
    encode_echo({.type = EchoType::goodbye, .length = 1},
                std::span<std::byte, echo_header_size>(message.data(), echo_header_size));
    message[echo_header_size] = static_cast<std::byte>(EchoReason::server_full);
    message.resize(echo_header_size + 1);
    write_all(fd, message);
  });
  const auto goodbye = closed(says_goodbye.address(), {}, 10, 1);
  EXPECT_EQ(goodbye.error, "the server said goodbye: " + std::string(explain(EchoReason::server_full)));
  EXPECT_EQ(goodbye.load.lost, 1U);

  Server garbage(Kind::tcp, [](int fd) { write_all(fd, Bytes(64)); });
  EXPECT_NE(closed(garbage.address(), {}, 10, 1).error.find("what came is no answer"), std::string::npos);

  Server shorter(Kind::tcp, [](int fd) {
    Bytes message(64);
    read_all(fd, message);
    make_echo_response(message.data(), 0, 0);
    lln::app::detail::store_be<std::uint16_t>(message.data() + echo_offset::length, 4);
    write_all(fd, message);
  });
  EXPECT_EQ(closed(shorter.address(), {}, 10, 1).error, "the answer has 44 bytes, the request 64");
}

// Answers three at a time: who sends the next one after an answer only waits for ever.
TEST(EchoCampaign, KeepsThePipelineFullAndLeavesTheWarmUpOut) {
  Server server(Kind::unix_stream, [](int fd) {
    Bytes messages(3 * 64);
    while (read_all(fd, messages)) {
      for (std::size_t i = 0; i < 3; ++i) make_echo_response(messages.data() + 64 * i, 1'000, 1'250);
      write_all(fd, messages);
    }
  });
  Campaign campaign;
  campaign.server = server.address();
  campaign.port.block = true;
  campaign.pipeline = 3;
  campaign.seconds = 0.01;
  campaign.warm_up_seconds = 0.01;
  const std::atomic<bool> never{false};
  const auto results = run(campaign, never);
  ASSERT_EQ(results.size(), 1U);
  EXPECT_EQ(results[0].error, "");
  EXPECT_EQ(results[0].outcome.lost, 0U);
  EXPECT_GE(results[0].outcome.answered, 3U);
  EXPECT_EQ(results[0].server.count(), results[0].outcome.answered);
}

TEST(EchoCampaign, ASweepEndsWithTheServerAndSaysWhy) {
  Server server(Kind::unix_stream, [](int fd) {
    Bytes message(64);
    read_all(fd, message);
  });
  Campaign campaign;
  campaign.server = server.address();
  campaign.port.block = true;
  campaign.rates = {1000, 2000};
  campaign.seconds = 0.01;
  const std::atomic<bool> never{false};
  const auto results = run(campaign, never);
  ASSERT_EQ(results.size(), 1U);
  EXPECT_EQ(results[0].error.find("the server closed"), 0U) << results[0].error;
}

TEST(EchoConnection, RefusesWhatCannotBe) {
  Histogram server;
  ServerAddress nobody;
  nobody.kind = Kind::unix_stream;
  nobody.path = "@lln-nobody-listens-here";
  try {
    Port port(nobody, {}, server);
    ADD_FAILURE() << "connected";
  } catch (const std::system_error& error) {
    EXPECT_NE(std::string(error.what()).find("connecting to unix:@lln-nobody"), std::string::npos)
        << error.what();
  }
  EXPECT_THROW(Connection(nobody, {.message_size = 39}), std::invalid_argument);
}

TEST(EchoConnection, OpenLoopOverARealSocket) {
  Server server(Kind::tcp, echo(64));
  Histogram latency;
  Histogram service;
  Histogram server_times;
  TscLoadClock clock(TscClock::calibrate(std::chrono::milliseconds(2)));
  Port port(server.address(), {.block = true}, server_times);
  const OpenLoopLoad schedule({.per_second = 20'000, .requests = 400});
  const auto outcome = run_open_loop(schedule, {.give_up_ns = 20'000'000'000}, clock, port, latency, service);
  EXPECT_EQ(port.error(), "");
  EXPECT_EQ(outcome.answered, 400U);
  EXPECT_EQ(latency.count(), 400U);
  EXPECT_GE(outcome.duration_ns, schedule.due_ns(399)) << "nothing is sent before it is due";
}

}  // namespace
