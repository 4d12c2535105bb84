// When datagrams came and answers went, by the kernel: that it is said which stamps there are, that they are real and in
// order, and that no answer has another one's.
#include "../src/udp_stamps.hpp"
#include "echo_client.hpp"

#include <gtest/gtest.h>
#include <time.h>

#include <stdexcept>
#include <system_error>

namespace lln::app {
namespace {

using namespace lln::app::test;

// An answer that the kernel counted and did not send.
TEST(EchoUdpStamps, IdsBeginAgainAfterAnAnswerThatWasNotSent) {
  net::UdpSocket server;
  server.bind(net::Endpoint::parse("127.0.0.1:0"));
  net::UdpSocket client;
  client.connect(server.local_endpoint());
  EchoOptions options;
  options.stamps = EchoStamps::kernel;
  options.departures = true;
  detail::UdpStamps stamps(options, server.fd());
  const auto answer = [] {
    const auto now = static_cast<std::uint64_t>(net::realtime_ns());
    return message(EchoType::response, 1, 24, now, now);
  };
  const net::Endpoint to = client.local_endpoint();
  const Bytes counted = answer();
  ASSERT_TRUE(server.send_to(counted, to));
  stamps.answered(counted, true, false);
  for (int i = 0; i < 3; ++i) {
    const Bytes sent = answer();
    ASSERT_TRUE(server.send_to(sent, to));
    stamps.answered(sent, true, true);
  }
  const Bytes to_unstamped = answer();
  ASSERT_TRUE(server.send_to(to_unstamped, to));
  stamps.answered(to_unstamped, false, true);
  EchoReport report;
  stamps.finish(report);
  ASSERT_TRUE(report.departures);
  EXPECT_EQ(report.departures->out.count(), 3U)
      << report.departures->unstamped << " unstamped, " << report.departures->backwards << " backwards";
  EXPECT_EQ(report.departures->unstamped, 1U) << "its request had no stamp";
}

// Datagrams of a Unix socket have none.
TEST(EchoUdpStamps, ADatagramWithoutAStampIsCounted) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends), 0);
  const net::FileDescriptor server(ends[0]);
  const net::FileDescriptor client(ends[1]);
  EchoOptions options;
  options.stamps = EchoStamps::kernel;
  detail::UdpStamps stamps(options, server.get());
  const Bytes asked = request(1);
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(::send(client.get(), asked.data(), asked.size(), 0), static_cast<ssize_t>(asked.size()));
    Bytes bytes(2048);
    sockaddr_in from;
    std::uint64_t rx = 7;
    EXPECT_EQ(stamps.receive(bytes, from, rx), static_cast<ssize_t>(asked.size()));
    EXPECT_EQ(rx, 7U) << "left as it was";
  }
  EchoReport report;
  stamps.finish(report);
  EXPECT_EQ(report.unstamped, 3U);
  EXPECT_FALSE(report.departures);
}

// The kernel switches stamping on in the background, and off with the last socket that wants it.
class StampingIsOn {
 public:
  StampingIsOn() {
    receiver_.bind(net::Endpoint::parse("127.0.0.1:0"));
    net::UdpSocket sender;
    sender.connect(receiver_.local_endpoint());
    net::Timestamping stamps(receiver_.fd(), {.receive = true});
    const auto deadline = std::chrono::steady_clock::now() + patience;
    bool on = false;
    while (!on && std::chrono::steady_clock::now() < deadline) {
      Bytes bytes(16);
      if (!sender.send(bytes) || !receiver_.wait(patience)) continue;
      const auto received = stamps.receive(bytes);
      on = received && received->kernel_ns != 0;
    }
    EXPECT_TRUE(on);
  }

 private:
  net::UdpSocket receiver_;
};

class EchoServerStamps : public ::testing::TestWithParam<EchoBackend> {
 protected:
  void SetUp() override {
    if (const std::string why = why_not(GetParam()); !why.empty()) GTEST_SKIP() << why;
    options_.backend = GetParam();
    options_.udp = net::Endpoint::parse("127.0.0.1:0");
    options_.buffers = 8;
    options_.stamps = EchoStamps::kernel;
  }
  // Sends a request and waits for its answer.
  static std::optional<EchoHeader> ask(net::UdpSocket& socket, std::uint64_t id) {
    Bytes bytes(2048);
    if (!socket.send(request(id)) || !socket.receive(bytes, patience)) return std::nullopt;
    EchoHeader header;
    decode_echo(bytes, header);
    return header;
  }
  EchoOptions options_;
};

TEST_P(EchoServerStamps, DeparturesAreRealAndInOrder) {
  options_.departures = true;
  const StampingIsOn keeper;
  const auto began = static_cast<std::uint64_t>(net::realtime_ns());
  Running running(options_);
  net::UdpSocket socket;
  socket.connect(*running.server().udp());
  constexpr std::uint64_t asked = 200;
  for (std::uint64_t id = 1; id <= asked; ++id) {
    const auto header = ask(socket, id);
    ASSERT_TRUE(header && header->id == id);
    EXPECT_LE(began, header->server_rx);
    EXPECT_LE(header->server_rx, header->server_tx);
  }
  const EchoReport& report = running.stop();
  ASSERT_TRUE(report.departures);
  const EchoDepartures& found = *report.departures;
  EXPECT_EQ(found.out.count() + found.unstamped + found.backwards, asked) << "each in one place";
  EXPECT_EQ(found.through.count(), found.out.count());
  EXPECT_GE(found.unstamped, report.unstamped);
  EXPECT_GE(found.out.count(), asked / 2)
      << found.unstamped << " unstamped, " << found.backwards << " backwards";
  EXPECT_GT(found.out.min(), 0U);
  EXPECT_GT(found.through.min(), found.out.min()) << "a request waits before it is answered";
  EXPECT_LE(found.through.max(), static_cast<std::uint64_t>(net::realtime_ns()) - began);
}

TEST_P(EchoServerStamps, HardwareThatIsNotThereIsSaidAndTheKernelsTaken) {
  options_.stamps = EchoStamps::hardware;
  options_.udp = net::Endpoint::parse("0.0.0.0:0");
  options_.interface = net::Interface::loopback().name;
  const StampingIsOn keeper;
  const std::string said = EchoServer(options_).stamps();
  EXPECT_TRUE(said.starts_with("software, by the kernel; " + options_.interface)) << said;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  bool stamped = false;
  while (!stamped && std::chrono::steady_clock::now() < deadline) {
    EchoServer server(options_);
    net::UdpSocket socket;
    socket.connect({net::Ipv4Address::parse("127.0.0.1"), server.udp()->port});
    ASSERT_TRUE(socket.send(request(1)));
    const auto sent_by = static_cast<std::uint64_t>(net::realtime_ns());
    server.stop();
    const EchoReport report = server.run();
    ASSERT_EQ(report.notes.size(), 1U);
    EXPECT_EQ(report.notes[0], "time stamps: " + said);
    EXPECT_FALSE(report.departures);
    Bytes bytes(2048);
    EchoHeader header;
    ASSERT_TRUE(socket.receive(bytes, patience));
    decode_echo(bytes, header);
    stamped = header.server_rx <= sent_by;
    EXPECT_EQ(report.unstamped, stamped ? 0U : 1U);
  }
  EXPECT_TRUE(stamped) << "received when it was read, not when it came";
}

INSTANTIATE_TEST_SUITE_P(All, EchoServerStamps,
                         ::testing::Values(EchoBackend::epoll, EchoBackend::spin, EchoBackend::io_uring),
                         [](const auto& test) { return std::string(name_of(test.param)); });

// A stamp that waits ends every poll: who does not fetch it never sleeps again.
TEST(EchoServerSentStamps, DoNotKeepAnIdleServerAwake) {
  const auto busy_ms = [] {
    timespec time;
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return time.tv_sec * 1'000 + time.tv_nsec / 1'000'000;
  };
  for (const EchoBackend backend : {EchoBackend::epoll, EchoBackend::io_uring}) {
    if (!why_not(backend).empty()) continue;
    EchoOptions options{.udp = net::Endpoint::parse("127.0.0.1:0"), .backend = backend};
    options.stamps = EchoStamps::kernel;
    options.departures = true;
    Running running(options);
    net::UdpSocket socket;
    socket.connect(*running.server().udp());
    Bytes bytes(2048);
    ASSERT_TRUE(socket.send(request(1)) && socket.receive(bytes, patience));
    const auto before = busy_ms();
    EXPECT_FALSE(socket.wait(300ms)) << "nothing comes";
    EXPECT_LT(busy_ms() - before, 100) << name_of(backend);
    const EchoReport& report = running.stop();
    ASSERT_TRUE(report.departures);
    EXPECT_GE(report.departures->unstamped, report.unstamped) << "the first may have come without a stamp";
  }
}

class EchoStampOptions : public ::testing::Test {
 protected:
  std::string refusal() const {
    try {
      const EchoServer server(options_);
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "";
  }
  EchoOptions options_{.udp = net::Endpoint::parse("127.0.0.1:0")};
};

TEST_F(EchoStampOptions, TheInterfaceIsThatOfTheAddressOrIsNamed) {
  options_.stamps = EchoStamps::hardware;
  EXPECT_NE(EchoServer(options_).stamps().find(net::Interface::loopback().name), std::string::npos);
  options_.udp = net::Endpoint::parse("0.0.0.0:0");
  EXPECT_NE(refusal().find("--interface"), std::string::npos) << refusal();
  options_.stamps = EchoStamps::kernel;
  EXPECT_EQ(refusal(), "") << "the kernel stamps on all interfaces";
  options_.stamps = EchoStamps::hardware;
  options_.interface = "nowhere0";
  EXPECT_THROW(EchoServer{options_}, std::system_error);
}

TEST_F(EchoStampOptions, WhatCannotBeStampedIsRefused) {
  options_.departures = true;
  EXPECT_NE(refusal().find("receive stamp"), std::string::npos) << refusal();
  options_.stamps = EchoStamps::kernel;
  EXPECT_EQ(refusal(), "");
  options_.tcp = net::Endpoint::parse("127.0.0.1:0");
  EXPECT_NE(EchoServer(options_).stamps().find("streams: by the program's clock"), std::string::npos);
  options_.udp.reset();
  EXPECT_NE(refusal().find("only datagrams"), std::string::npos) << refusal();
  options_.udp = net::Endpoint::parse("127.0.0.1:0");
  options_.xdp_interface = "lo";
  EXPECT_NE(refusal().find("around the kernel"), std::string::npos) << refusal();
}

TEST_F(EchoStampOptions, NoneAreMentionedUnlessAskedFor) {
  EchoServer server(options_);
  EXPECT_EQ(server.stamps(), "");
  server.stop();
  const EchoReport report = server.run();
  EXPECT_TRUE(report.notes.empty());
  EXPECT_FALSE(report.departures);
}

}  // namespace
}  // namespace lln::app
