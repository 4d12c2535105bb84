// An XdpSocket at the far end of a cable, an ordinary socket at the near one. Needs root; label root.
#include "xdp_test.hpp"

#include <lln/net/tcp_listener.hpp>
#include <lln/net/tcp_stream.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <thread>

namespace lln::net::test {
namespace {

class XdpSocketTest : public XdpTest {
 protected:
  static XdpSocket::Options options(XdpMode mode = XdpMode::generic) {
    return {.interface = "far0", .port = far_end.port, .mode = mode};
  }

  // Waits for frames and sends each back; how many.
  static std::size_t echo(XdpSocket& socket) {
    if (!socket.wait(patience)) return 0;
    std::size_t count = 0;
    for (XdpFrame& frame : socket.receive()) {
      const auto request = parse_udp_frame(frame.bytes);
      EXPECT_TRUE(request);
      if (!request) continue;
      EXPECT_EQ(request->path.to, far_end);
      write_udp_headers(frame.bytes, request->path.reversed(), request->payload.size());
      EXPECT_TRUE(socket.send_back(frame));
      EXPECT_FALSE(socket.send_back(frame)) << "gone once";
      ++count;
    }
    EXPECT_EQ(socket.flush(), 0);
    return count;
  }

  void expect_round_trips(XdpSocket& socket, int count) {
    for (int i = 0; i < count; ++i) {
      const Bytes message = payload(static_cast<std::uint64_t>(i), static_cast<std::size_t>(i) * 97 % 1473);
      ASSERT_TRUE(near_->send(message)) << near_->last_error();
      ASSERT_EQ(echo(socket), 1U) << "message " << i;
      ASSERT_EQ(received_near(), message) << "message " << i;
    }
  }

  UdpPath path_to_near() const {
    return {{TestNet::mac(Side::far)}, {TestNet::mac(Side::near)}, far_end, near_->local_endpoint()};
  }

  // Into memory that the socket lends; false: none left.
  bool queue(XdpSocket& socket, const Bytes& bytes) const {
    const auto frame = socket.loan();
    if (frame.empty()) return false;
    std::copy(bytes.begin(), bytes.end(), frame.begin() + udp_frame_headers);
    socket.commit(write_udp_headers(frame, path_to_near(), bytes.size()));
    return true;
  }
};

TEST_F(XdpSocketTest, EchoesInBothModes) {
  for (const XdpMode mode : {XdpMode::generic, XdpMode::native}) {
    XdpSocket socket(options(mode));
    EXPECT_EQ(socket.got().mode, mode);
    EXPECT_FALSE(socket.got().zero_copy);
    expect_round_trips(socket, 200);
    EXPECT_EQ(socket.statistics().dropped, 0U);
    EXPECT_EQ(socket.statistics().invalid_sends, 0U);
  }
}

TEST_F(XdpSocketTest, MemoryComesBackForEver) {
  auto few = options();
  few.frames = 64;
  XdpSocket socket(few);
  expect_round_trips(socket, 1000);
}

TEST_F(XdpSocketTest, ZeroCopyThatIsRefusedIsACopyAndSaysSo) {
  auto wanted = options(XdpMode::native);
  wanted.zero_copy = true;
  XdpSocket socket(wanted);
  if (socket.got().zero_copy) GTEST_SKIP() << "veth has learned it";
  expect_round_trips(socket, 20);
}

TEST_F(XdpSocketTest, TakesItsPortOnlyAndWholeDatagramsOnly) {
  XdpSocket socket(options());
  UdpSocket other;
  other.bind({TestNet::address(Side::far), 7001});
  UdpSocket same_port;
  same_port.bind(far_end);
  ASSERT_TRUE(near_->send_to(payload(1, 10), {TestNet::address(Side::far), 7001}));
  Bytes buffer(8192);
  EXPECT_EQ(other.receive(buffer, patience), 10U) << "another port is the kernel's";
  ASSERT_TRUE(near_->send(payload(2, 4000)));
  EXPECT_EQ(same_port.receive(buffer, patience), 4000U) << "fragments are the kernel's";
  EXPECT_TRUE(socket.receive().empty());
  ASSERT_TRUE(near_->send(payload(3, 10)));
  EXPECT_EQ(echo(socket), 1U);
  EXPECT_FALSE(same_port.receive(buffer)) << "what the program redirects, no socket sees";
}

TEST_F(XdpSocketTest, OtherProtocolsPass) {
  XdpSocket socket(options());
  TcpListener listener({.local = far_end});
  net_->enter(Side::near);
  TcpStream stream = TcpStream::connect(far_end);
  EXPECT_TRUE(stream.fd() >= 0);
  EXPECT_TRUE(socket.receive().empty());
}

TEST_F(XdpSocketTest, SendsMoreThanTheKernelTakesAtOnce) {
  XdpSocket socket(options());
  for (std::uint64_t i = 0; i < 100; ++i) ASSERT_TRUE(queue(socket, payload(i, 40)));
  EXPECT_EQ(socket.flush(), 0);
  for (std::uint64_t i = 0; i < 100; ++i) ASSERT_EQ(received_near(), payload(i, 40)) << i;
}

TEST_F(XdpSocketTest, LendsUntilNothingIsLeftAndGoesOnAfterAFlush) {
  auto few = options();
  few.frames = 64;
  XdpSocket socket(few);
  std::uint64_t queued = 0;
  while (queue(socket, payload(queued, 40))) ++queued;
  EXPECT_EQ(queued, 32U) << "half of the memory is for receiving";
  EXPECT_EQ(socket.flush(), 0);
  for (std::uint64_t i = 0; i < queued; ++i) ASSERT_EQ(received_near(), payload(i, 40));
  ASSERT_TRUE(queue(socket, payload(99, 40)));
  EXPECT_EQ(socket.flush(), 0);
  EXPECT_EQ(received_near(), payload(99, 40));
}

TEST_F(XdpSocketTest, ALoanThatIsNotCommittedIsTheSameAgain) {
  XdpSocket socket(options());
  const auto first = socket.loan();
  EXPECT_EQ(first.size(), XdpSocket::frame_size);
  EXPECT_EQ(socket.loan().data(), first.data());
  socket.commit(write_udp_headers(first, path_to_near(), 0));
  EXPECT_NE(socket.loan().data(), first.data());
}

TEST_F(XdpSocketTest, AFloodIsCountedAndHarmless) {
  auto few = options();
  few.frames = 64;
  XdpSocket socket(few);
  for (std::uint64_t i = 0; i < 100; ++i) ASSERT_TRUE(near_->send(payload(i, 40)));
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (socket.statistics().dropped < 100 - 32 && std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();  // a busy machine delivers later
  EXPECT_EQ(socket.statistics().dropped, 100U - 32U);
  EXPECT_EQ(socket.statistics().no_memory, 100U - 32U);
  std::uint64_t next = 0;
  for (auto frames = socket.receive(); !frames.empty(); frames = socket.receive()) {
    for (const XdpFrame& frame : frames) {
      const auto parsed = parse_udp_frame(frame.bytes);
      ASSERT_TRUE(parsed);
      const Bytes expected = payload(next++, 40);
      EXPECT_TRUE(
          std::equal(expected.begin(), expected.end(), parsed->payload.begin(), parsed->payload.end()));
    }
  }
  EXPECT_EQ(next, 32U) << "the oldest ones";
  expect_round_trips(socket, 50);
}

TEST_F(XdpSocketTest, OneProgramAnInterfaceAndNoneAfterwards) {
  {
    XdpSocket first(options());
    EXPECT_NE(program_on(net_->interface(Side::far)), 0U);
    try {
      const XdpSocket second(options());
      ADD_FAILURE() << "two sockets on one queue";
    } catch (const std::system_error& error) {
      EXPECT_NE(std::string(error.what()).find("which has one"), std::string::npos) << error.what();
    }
    XdpSocket moved(std::move(first));
    expect_round_trips(moved, 5);
  }
  EXPECT_EQ(program_on(net_->interface(Side::far)), 0U);
  XdpSocket again(options());
  expect_round_trips(again, 5);
}

TEST_F(XdpSocketTest, SaysWhatItCannotDo) {
  const auto error_of = [](const XdpSocket::Options& wrong) -> std::string {
    try {
      const XdpSocket socket(wrong);
    } catch (const std::exception& error) {
      return error.what();
    }
    return {};
  };
  auto wrong = options(XdpMode::native);
  wrong.interface = "lo";
  EXPECT_NE(error_of(wrong).find("native mode) to lo, whose driver runs none"), std::string::npos)
      << error_of(wrong);
  wrong = options();
  wrong.interface = "nowhere0";
  EXPECT_NE(error_of(wrong).find("nowhere0"), std::string::npos) << error_of(wrong);
  wrong = options();
  wrong.queue = 7;
  EXPECT_NE(error_of(wrong).find("queue 7 of far0"), std::string::npos) << error_of(wrong);
  wrong = options();
  wrong.frames = 100;
  EXPECT_NE(error_of(wrong).find("power of two"), std::string::npos) << error_of(wrong);
}

TEST_F(XdpSocketTest, AKilledProcessLeavesNoProgram) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const XdpSocket socket(options());
    if (::write(ready[1], "x", 1) == 1) ::pause();
    ::_exit(1);
  }
  ::close(ready[1]);
  char byte;
  const bool started = ::read(ready[0], &byte, 1) == 1;
  ::close(ready[0]);
  EXPECT_TRUE(started);
  EXPECT_EQ(program_on(net_->interface(Side::far)) != 0, started);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  // The kernel takes links apart a little after the process.
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (program_on(net_->interface(Side::far)) != 0 && std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  EXPECT_EQ(program_on(net_->interface(Side::far)), 0U);
}

TEST(XdpSocketAsPlainUser, SaysWhatIsMissing) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::geteuid() == 0 && ::setresuid(65534, 65534, 65534) != 0) ::_exit(1);
    const std::string why = XdpSocket::why_not();
    ::_exit(::write(ends[1], why.data(), why.size()) < 0);
  }
  ::close(ends[1]);
  std::array<char, 256> text{};
  EXPECT_GT(::read(ends[0], text.data(), text.size() - 1), 0) << "a plain user has no XDP";
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  EXPECT_NE(std::string(text.data()).find("AF_XDP"), std::string::npos) << text.data();
}

}  // namespace
}  // namespace lln::net::test
