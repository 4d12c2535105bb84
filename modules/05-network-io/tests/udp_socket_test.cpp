// Unicast on the loopback interface.
#include "test_support.hpp"

#include <lln/net/udp_socket.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <array>
#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>

namespace lln::net::test {
namespace {

const Endpoint any_port{Ipv4Address::parse("127.0.0.1"), 0};

TEST(UdpSocket, PortZeroGetsAFreePort) {
  UdpSocket socket;
  socket.bind(any_port);
  EXPECT_EQ(socket.local_endpoint().address, any_port.address);
  EXPECT_NE(socket.local_endpoint().port, 0);
}

TEST(UdpSocket, SendToAndReceiveFromNameTheSender) {
  UdpSocket sender;
  UdpSocket receiver;
  sender.bind(any_port);
  receiver.bind(any_port);
  ASSERT_TRUE(sender.send_to(bytes_of("hello"), receiver.local_endpoint()));
  std::array<std::byte, 100> buffer;
  const auto received = receiver.receive_from(buffer, patience);
  ASSERT_TRUE(received) << std::generic_category().message(receiver.last_error());
  EXPECT_EQ(text_of(std::span(buffer).first(received->bytes)), "hello");
  EXPECT_EQ(received->from.to_string(), sender.local_endpoint().to_string());
  EXPECT_FALSE(received->truncated);
}

TEST(UdpSocket, ConnectedTalksToItsPeerOnly) {
  UdpSocket server;
  UdpSocket client;
  UdpSocket stranger;
  server.bind(any_port);
  client.connect(server.local_endpoint());
  ASSERT_TRUE(client.send(bytes_of("question")));
  std::array<std::byte, 100> buffer;
  const auto question = server.receive_from(buffer, patience);
  ASSERT_TRUE(question);
  ASSERT_TRUE(stranger.send_to(bytes_of("nonsense"), client.local_endpoint()));
  ASSERT_TRUE(server.send_to(bytes_of("answer"), question->from));
  const auto answer = client.receive(buffer, patience);
  ASSERT_TRUE(answer);
  EXPECT_EQ(text_of(std::span(buffer).first(*answer)), "answer");
}

TEST(UdpSocket, NothingThereIsEagain) {
  UdpSocket socket;
  socket.bind(any_port);
  std::array<std::byte, 10> buffer;
  EXPECT_FALSE(socket.receive(buffer));
  EXPECT_EQ(socket.last_error(), EAGAIN);
  EXPECT_FALSE(socket.receive_from(buffer, 1ms));
  EXPECT_EQ(socket.last_error(), EAGAIN);
  EXPECT_FALSE(socket.wait(0ms));
}

TEST(UdpSocket, ABlockedReceiveEndsWithTheDatagram) {
  UdpSocket receiver;
  receiver.bind(any_port);
  std::thread other([to = receiver.local_endpoint()] {
    UdpSocket sender;
    sender.send_to(bytes_of("late"), to);
  });
  std::array<std::byte, 10> buffer;
  const auto size = receiver.receive(buffer, -1ms);
  other.join();
  ASSERT_TRUE(size);
  EXPECT_EQ(*size, 4U);
}

TEST(UdpSocket, WaitGoesOnAfterASignal) {
  UdpSocket socket;
  socket.bind(any_port);
  const SignalRain rain;
  const auto before = std::chrono::steady_clock::now();
  EXPECT_FALSE(socket.wait(20ms));
  const auto waited = std::chrono::steady_clock::now() - before;
  EXPECT_GE(waited, 20ms) << "a signal must not end the wait";
}

TEST(UdpSocket, LongAndEmptyDatagrams) {
  UdpSocket sender;
  UdpSocket receiver;
  receiver.bind(any_port);
  ASSERT_TRUE(sender.send_to(bytes_of("12345"), receiver.local_endpoint()));
  ASSERT_TRUE(sender.send_to({}, receiver.local_endpoint()));
  std::array<std::byte, 4> buffer;
  const auto cut = receiver.receive_from(buffer, patience);
  ASSERT_TRUE(cut);
  EXPECT_TRUE(cut->truncated);
  EXPECT_EQ(cut->bytes, 4U);
  const auto empty = receiver.receive(buffer, patience);
  ASSERT_TRUE(empty) << "an empty datagram is a datagram";
  EXPECT_EQ(*empty, 0U);
}

TEST(UdpSocket, RefusedIsReportedAndNotFatal) {
  UdpSocket client;
  client.bind(any_port);
  Endpoint closed;
  {
    UdpSocket server;
    server.bind(any_port);
    closed = server.local_endpoint();
    client.connect(closed);
  }
  ASSERT_TRUE(client.send(bytes_of("anybody there?")));
  ASSERT_TRUE(client.wait(patience)) << "the ICMP error wakes the waiting thread";
  std::array<std::byte, 10> buffer;
  EXPECT_FALSE(client.receive(buffer));
  EXPECT_EQ(client.last_error(), ECONNREFUSED);

  UdpSocket server;
  server.bind(closed);
  ASSERT_TRUE(client.send(bytes_of("again")));
  EXPECT_TRUE(server.receive(buffer, patience));
}

TEST(UdpSocket, OptionsReachTheKernel) {
  UdpSocket socket;
  const int receive_buffer = socket.set_receive_buffer(100'000);
  EXPECT_EQ(receive_buffer, int_option(socket.fd(), SOL_SOCKET, SO_RCVBUF));
  EXPECT_GE(receive_buffer, 100'000);
  const int send_buffer = socket.set_send_buffer(50'000);
  EXPECT_EQ(send_buffer, int_option(socket.fd(), SOL_SOCKET, SO_SNDBUF));
  EXPECT_GE(send_buffer, 50'000);
  socket.set_tos(0xB8);
  EXPECT_EQ(int_option(socket.fd(), IPPROTO_IP, IP_TOS), 0xB8);
  socket.set_reuse_address(true);
  socket.set_reuse_port(true);
  EXPECT_EQ(int_option(socket.fd(), SOL_SOCKET, SO_REUSEADDR), 1);
  EXPECT_EQ(int_option(socket.fd(), SOL_SOCKET, SO_REUSEPORT), 1);
  try {
    socket.set_busy_poll(50us);
    EXPECT_EQ(int_option(socket.fd(), SOL_SOCKET, SO_BUSY_POLL), 50);
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code().value(), EPERM) << "older kernels want CAP_NET_ADMIN: " << error.what();
  }
}

TEST(UdpSocket, AskingForMoreBufferThanAllowedTellsTheGrant) {
  UdpSocket socket;
  constexpr int absurd = 1 << 30;
  const int granted = socket.set_receive_buffer(absurd);
  EXPECT_EQ(granted, int_option(socket.fd(), SOL_SOCKET, SO_RCVBUF)) << "the kernel's figure, not ours";
}

TEST(UdpSocket, ErrorsNameWhatWasAttempted) {
  UdpSocket socket;
  EXPECT_THROW(socket.set_tos(256), std::invalid_argument);
  EXPECT_THROW(socket.set_busy_poll(-1us), std::invalid_argument);
  const FileDescriptor no_socket(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  ASSERT_GE(::dup2(no_socket.get(), socket.fd()), 0);
  const auto expect = [&](const char* attempt, auto body) {
    try {
      body();
      ADD_FAILURE() << attempt << ": nothing thrown";
    } catch (const std::system_error& error) {
      EXPECT_EQ(error.code().value(), ENOTSOCK);
      const std::string wanted = attempt + std::string(" on fd ") + std::to_string(socket.fd());
      EXPECT_NE(std::string(error.what()).find(wanted), std::string::npos)
          << "'" << wanted << "' is missing in: " << error.what();
    }
  };
  expect("SO_BUSY_POLL 50us", [&] { socket.set_busy_poll(50us); });
  expect("IP_TOS 16", [&] { socket.set_tos(16); });
  expect("SO_RCVBUF 4096 bytes", [&] { socket.set_receive_buffer(4096); });
  expect("SO_REUSEADDR on", [&] { socket.set_reuse_address(true); });
  expect("bind to 127.0.0.1:0", [&] { socket.bind(any_port); });
  expect("connect to 127.0.0.1:9", [&] { socket.connect(Endpoint::parse("127.0.0.1:9")); });
}

TEST(UdpSocket, ATakenPortIsExplained) {
  UdpSocket first;
  first.bind(any_port);
  UdpSocket second;
  try {
    second.bind(first.local_endpoint());
    FAIL() << "two exclusive sockets on one port";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code().value(), EADDRINUSE);
    const std::string text = error.what();
    EXPECT_NE(text.find("bind to " + first.local_endpoint().to_string()), std::string::npos) << text;
    EXPECT_NE(text.find("another socket holds this port"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace lln::net::test
