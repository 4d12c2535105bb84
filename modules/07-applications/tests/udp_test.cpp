// The server's UDP side: one datagram, one answer; and what gets none.
#include "echo_client.hpp"

#include <gtest/gtest.h>

namespace lln::app {
namespace {

using namespace lln::app::test;

class EchoUdp : public ::testing::TestWithParam<EchoBackend> {
 protected:
  void SetUp() override {
    if (const std::string why = why_not(GetParam()); !why.empty()) GTEST_SKIP() << why;
    options_.backend = GetParam();
    options_.udp = net::Endpoint::parse("127.0.0.1:0");
    options_.max_payload = 2000;
    options_.buffers = 8;
  }
  static net::UdpSocket connect(Running& running) {
    net::UdpSocket socket;
    socket.connect(*running.server().udp());
    return socket;
  }
  static std::optional<Message> receive(net::UdpSocket& socket) {
    Bytes bytes(65536);
    const auto size = socket.receive(bytes, patience);
    if (!size) return std::nullopt;
    bytes.resize(*size);
    const auto messages = split(bytes);
    return messages.size() == 1 ? std::optional(messages[0]) : std::nullopt;
  }
  EchoOptions options_;
};

TEST_P(EchoUdp, AnswersEachDatagramToItsSender) {
  Running running(options_);
  net::UdpSocket one = connect(running);
  net::UdpSocket two = connect(running);
  for (std::uint64_t id = 1; id <= 20; ++id) {
    ASSERT_TRUE(one.send(request(id)));
    ASSERT_TRUE(two.send(request(id + 100, 2000)));
    const auto first = receive(one);
    const auto second = receive(two);
    ASSERT_TRUE(first && first->answers(id));
    ASSERT_TRUE(second && second->answers(id + 100));
    EXPECT_EQ(second->header.length, 2000);
  }
  EXPECT_EQ(running.stop().requests, 40U);
}

TEST_P(EchoUdp, WhatIsNoRequestGetsNoAnswer) {
  Running running(options_);
  net::UdpSocket socket = connect(running);
  const auto send = [&](const Bytes& bytes) { ASSERT_TRUE(socket.send(bytes)); };
  send(Bytes{});
  send(Bytes(500, std::byte{'x'}));
  send(message(EchoType::response, 1, 24));  // of another server, perhaps
  Bytes longer = request(2);
  longer.push_back(std::byte{0});
  send(longer);
  send(request(3, 2001));
  send(request(4));
  const auto answer = receive(socket);
  ASSERT_TRUE(answer && answer->answers(4)) << "the first to be answered";
  const EchoReport& report = running.stop();
  EXPECT_EQ(report.requests, 1U);
  EXPECT_EQ(report.refused_by(EchoReason::bad_magic), 1U);
  EXPECT_EQ(report.refused_by(EchoReason::not_a_request), 1U);
  EXPECT_EQ(report.refused_by(EchoReason::size_mismatch), 2U) << "the empty one and the longer one";
  EXPECT_EQ(report.refused_by(EchoReason::too_long), 1U);
}

TEST_P(EchoUdp, StopAnswersWhatHasArrived) {
  EchoServer server(options_);
  net::UdpSocket socket;
  socket.connect(*server.udp());
  for (std::uint64_t id = 1; id <= 200; ++id) ASSERT_TRUE(socket.send(request(id)));
  server.stop();
  EXPECT_EQ(server.run().requests, 200U);
}

TEST_P(EchoUdp, AClientThatIsGoneDoesNotStopTheOthers) {
  Running running(options_);
  net::UdpSocket good = connect(running);
  for (std::uint64_t id = 1; id <= 20; ++id) {
    net::UdpSocket gone = connect(running);
    ASSERT_TRUE(gone.send(request(id)));
    { const net::UdpSocket closed = std::move(gone); }
    ASSERT_TRUE(good.send(request(id)));
    const auto answer = receive(good);
    ASSERT_TRUE(answer && answer->answers(id));
  }
}

TEST_P(EchoUdp, KernelStampsComeFromBeforeTheRead) {
  options_.stamps = EchoStamps::kernel;
  // The kernel switches stamping on in the background, and off with the last socket that wants it: this one stays,
  // and the first tries may have no stamp.
  const EchoServer keeper(options_);
  const auto deadline = std::chrono::steady_clock::now() + patience;
  bool stamped = false;
  while (!stamped && std::chrono::steady_clock::now() < deadline) {
    EchoServer server(options_);
    net::UdpSocket socket;
    socket.connect(*server.udp());
    ASSERT_TRUE(socket.send(request(1)));
    const auto sent_by =
        static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch() / 1ns);
    server.stop();
    server.run();
    const auto answer = receive(socket);
    ASSERT_TRUE(answer && answer->answers(1));
    EXPECT_LE(answer->header.server_rx, answer->header.server_tx);
    stamped = answer->header.server_rx <= sent_by;
  }
  EXPECT_TRUE(stamped) << "received when it was read, not when it came";
}

TEST_P(EchoUdp, StreamsAndDatagramsInOneServer) {
  options_.tcp = net::Endpoint::parse("127.0.0.1:0");
  options_.unix_path = unique_name();
  options_.threads = 2;
  Running running(options_);
  net::UdpSocket socket = connect(running);
  for (std::uint64_t id = 1; id <= 6; ++id) {
    Client tcp(running, Transport::tcp);
    Client unix_stream(running, Transport::unix_stream);
    EXPECT_TRUE(tcp.echo(id));
    EXPECT_TRUE(unix_stream.echo(id));
    ASSERT_TRUE(socket.send(request(id)));
    const auto answer = receive(socket);
    EXPECT_TRUE(answer && answer->answers(id));
  }
  const EchoReport& report = running.stop();
  EXPECT_EQ(report.requests, 18U);
  EXPECT_EQ(report.accepted, 12U);
}

INSTANTIATE_TEST_SUITE_P(All, EchoUdp,
                         ::testing::Values(EchoBackend::epoll, EchoBackend::spin, EchoBackend::io_uring),
                         [](const auto& test) {
                           std::string name(name_of(test.param));
                           for (char& c : name) c = c == '-' ? '_' : c;
                           return name;
                         });

}  // namespace
}  // namespace lln::app
