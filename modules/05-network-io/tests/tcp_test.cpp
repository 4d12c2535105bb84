// Connecting, accepting, and the settings that both have from the start. On the loopback interface.
#include "stream_test.hpp"

#include <lln/net/tcp_listener.hpp>
#include <lln/net/tcp_stream.hpp>

#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/resource.h>

#include <array>
#include <cerrno>
#include <functional>
#include <system_error>
#include <thread>

namespace lln::net::test {
namespace {

const Endpoint loopback{Ipv4Address::parse("127.0.0.1"), 0};

struct Connection {
  explicit Connection(const TcpOptions& options = {})
      : listener({.local = loopback, .stream = options}),
        client(TcpStream::connect(listener.local_endpoint(), options, patience)),
        server(accepted()) {}

  TcpStream accepted() {
    auto result = listener.accept(patience);
    if (!result) throw std::system_error(listener.last_error(), std::generic_category(), "accept");
    return std::move(*result);
  }

  TcpListener listener;
  TcpStream client;
  TcpStream server;
};

int error_code_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const std::system_error& error) {
    return error.code().value();
  }
  return 0;
}

TEST(Tcp, BothEndsKnowEachOther) {
  Connection connection;
  EXPECT_NE(connection.listener.local_endpoint().port, 0);
  EXPECT_EQ(connection.client.peer_endpoint(), connection.listener.local_endpoint());
  EXPECT_EQ(connection.server.local_endpoint(), connection.listener.local_endpoint());
  EXPECT_EQ(connection.server.peer_endpoint(), connection.client.local_endpoint());
}

TEST(Tcp, BytesGoBothWays) {
  Connection connection;
  std::array<std::byte, 4> buffer;
  ASSERT_EQ(connection.client.send(bytes_of("ping")), 4U);
  ASSERT_TRUE(connection.server.receive_all(buffer, patience));
  EXPECT_EQ(text_of(buffer), "ping");
  ASSERT_EQ(connection.server.send(bytes_of("pong")), 4U);
  ASSERT_TRUE(connection.client.receive_all(buffer, patience));
  EXPECT_EQ(text_of(buffer), "pong");
}

TEST(Tcp, DescriptorsBlockAndAreNotInherited) {
  Connection connection;
  for (const int fd : {connection.client.fd(), connection.server.fd()}) {
    EXPECT_EQ(::fcntl(fd, F_GETFL) & O_NONBLOCK, 0) << "recv(2) on fd() waits";
    EXPECT_EQ(::fcntl(fd, F_GETFD), FD_CLOEXEC);
  }
  EXPECT_EQ(::fcntl(connection.listener.fd(), F_GETFD), FD_CLOEXEC);
}

TEST(Tcp, OptionsReachBothEnds) {
  Connection connection({.receive_buffer_bytes = 100'000, .send_buffer_bytes = 50'000, .tos = 0x10});
  Connection plain({.no_delay = false});
  for (const int fd : {connection.client.fd(), connection.server.fd()}) {
    EXPECT_EQ(int_option(fd, IPPROTO_TCP, TCP_NODELAY), 1);
    EXPECT_EQ(int_option(fd, SOL_SOCKET, SO_RCVBUF), 200'000) << "the kernel doubles";
    EXPECT_EQ(int_option(fd, SOL_SOCKET, SO_SNDBUF), 100'000);
    EXPECT_EQ(int_option(fd, IPPROTO_IP, IP_TOS), 0x10);
  }
  for (const int fd : {plain.client.fd(), plain.server.fd()}) {
    EXPECT_EQ(int_option(fd, IPPROTO_TCP, TCP_NODELAY), 0);
    EXPECT_NE(int_option(fd, SOL_SOCKET, SO_RCVBUF), 200'000);
    EXPECT_EQ(int_option(fd, IPPROTO_IP, IP_TOS), 0);
  }
}

TEST(Tcp, CongestionControlIsTheOneAskedFor) {
  const auto of = [](int fd) {
    std::array<char, 16> name{};
    socklen_t size = name.size();
    ::getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name.data(), &size);
    return std::string(name.data());
  };
  Connection connection({.congestion_control = "reno"});  // compiled into every kernel, allowed for everybody
  EXPECT_EQ(of(connection.client.fd()), "reno");
  EXPECT_EQ(of(connection.server.fd()), "reno");
  const std::string text = error_of([] { TcpListener({.stream = {.congestion_control = "no-such"}}); });
  EXPECT_NE(text.find("TCP_CONGESTION no-such on fd "), std::string::npos) << text;
}

TEST(Tcp, BusyPollIsSetOrRefusedByName) {
  try {
    Connection connection({.busy_poll = 50us});
    EXPECT_EQ(int_option(connection.client.fd(), SOL_SOCKET, SO_BUSY_POLL), 50);
    EXPECT_EQ(int_option(connection.server.fd(), SOL_SOCKET, SO_BUSY_POLL), 50);
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code().value(), EPERM) << "older kernels want CAP_NET_ADMIN: " << error.what();
  }
}

TEST(Tcp, NoDelayAndQuickAckCanChangeLater) {
  Connection connection;
  connection.client.set_no_delay(false);
  EXPECT_EQ(int_option(connection.client.fd(), IPPROTO_TCP, TCP_NODELAY), 0);
  connection.client.set_no_delay(true);
  EXPECT_EQ(int_option(connection.client.fd(), IPPROTO_TCP, TCP_NODELAY), 1);
  EXPECT_TRUE(connection.client.set_quick_ack(false));
  EXPECT_EQ(int_option(connection.client.fd(), IPPROTO_TCP, TCP_QUICKACK), 0);
  EXPECT_TRUE(connection.client.set_quick_ack(true));
  EXPECT_EQ(int_option(connection.client.fd(), IPPROTO_TCP, TCP_QUICKACK), 1);
}

TEST(Tcp, RefusedIsThrownWithTheAddress) {
  Endpoint closed;
  {
    const TcpListener listener({.local = loopback});
    closed = listener.local_endpoint();
  }
  EXPECT_EQ(error_code_of([&] { TcpStream::connect(closed); }), ECONNREFUSED);
  const std::string text = error_of([&] { TcpStream::connect(closed); });
  EXPECT_NE(text.find("connect to " + closed.to_string() + " on fd "), std::string::npos) << text;
}

TEST(Tcp, ConnectGivesUpInTimeAlsoUnderSignals) {
  // The queue holds one more than the backlog says; the next handshake is not answered.
  const TcpListener listener({.local = loopback, .backlog = 0});
  const auto first = TcpStream::connect(listener.local_endpoint(), {}, patience);
  const SignalRain rain;
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(error_code_of([&] { TcpStream::connect(listener.local_endpoint(), {}, 30ms); }), ETIMEDOUT);
  EXPECT_GE(std::chrono::steady_clock::now() - before, 30ms);
}

TEST(Tcp, AbortIsAResetForThePeer) {
  Connection connection;
  connection.client.abort();
  std::array<std::byte, 4> buffer;
  EXPECT_FALSE(connection.server.receive(buffer, patience));
  EXPECT_EQ(connection.server.last_error(), ECONNRESET);
}

TEST(TcpListener, NobodyThereIsEagain) {
  TcpListener listener({.local = loopback});
  EXPECT_FALSE(listener.accept());
  EXPECT_EQ(listener.last_error(), EAGAIN);
  EXPECT_FALSE(listener.accept(1ms));
  EXPECT_EQ(listener.last_error(), EAGAIN);
}

TEST(TcpListener, AWaitingAcceptEndsWithTheConnection) {
  TcpListener listener({.local = loopback});
  std::thread other([to = listener.local_endpoint()] { TcpStream::connect(to, {}, patience); });
  EXPECT_TRUE(listener.accept(-1ms));
  EXPECT_EQ(listener.last_error(), 0);
  other.join();
}

TEST(TcpListener, ThePortIsFreeAtOnceThoughConnectionsLinger) {
  Endpoint where;
  {
    Connection connection;
    where = connection.listener.local_endpoint();
    // Who closes first keeps the connection in TIME_WAIT: here the server.
    connection.server.shut_down_sending();
    std::array<std::byte, 1> buffer;
    ASSERT_EQ(connection.client.receive(buffer, patience), 0U);
    connection.client.shut_down_sending();
    ASSERT_EQ(connection.server.receive(buffer, patience), 0U);
  }
  EXPECT_NO_THROW(TcpListener({.local = where}));
}

TEST(TcpListener, ATakenPortIsExplainedUnlessShared) {
  const TcpListener first({.local = loopback});
  const std::string text = error_of([&] { TcpListener({.local = first.local_endpoint()}); });
  EXPECT_NE(text.find("bind to " + first.local_endpoint().to_string()), std::string::npos) << text;
  EXPECT_NE(text.find("another socket holds this port"), std::string::npos) << text;

  const TcpListener shared({.local = loopback, .reuse_port = true});
  EXPECT_NO_THROW(TcpListener({.local = shared.local_endpoint(), .reuse_port = true}));
}

TEST(TcpListener, WithoutDescriptorsTheConnectionStaysInTheQueue) {
  TcpListener listener({.local = loopback});
  const auto client = TcpStream::connect(listener.local_endpoint(), {}, patience);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{0, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto refused = listener.accept();
  const int error = listener.last_error();
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_FALSE(refused);
  EXPECT_EQ(error, EMFILE);
  EXPECT_TRUE(listener.accept(patience));
}

}  // namespace
}  // namespace lln::net::test
