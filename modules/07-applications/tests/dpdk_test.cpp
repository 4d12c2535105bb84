// The server on DPDK, over an AF_PACKET device at the far end of a cable; its clients are ordinary sockets at the near
// one, and the kernel beside it gets a copy of every frame.
#include "../src/datagram_port.hpp"
#include "echo_client.hpp"

#include <lln/app/echo/dpdk.hpp>
#include <lln/net/test_net.hpp>
#include <lln/net/udp_frame.hpp>

#include <gtest/gtest.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <netinet/in.h>

#include <cstdio>
#include <fstream>
#include <sstream>

namespace lln::app {
namespace {

using namespace lln::app::test;
using Side = net::TestNet::Side;

const net::Endpoint served = net::Endpoint::parse("10.77.0.2:7007");
const net::Endpoint other_port = net::Endpoint::parse("10.77.0.2:7008");

std::optional<Message> receive(net::UdpSocket& socket, std::chrono::milliseconds time = patience) {
  Bytes bytes(2048);
  const auto size = socket.receive(bytes, time);
  if (!size) return std::nullopt;
  bytes.resize(*size);
  const auto messages = split(bytes);
  return messages.size() == 1 ? std::optional(messages[0]) : std::nullopt;
}

// Frames of the near end, made and read by hand.
class Frames {
 public:
  explicit Frames(const net::TestNet& pair) : socket_(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)) {
    at_.sll_family = AF_PACKET;
    at_.sll_protocol = htons(ETH_P_IP);
    at_.sll_ifindex = pair.interface(Side::near).index;
    const timeval time{patience / 1s, 0};
    EXPECT_EQ(::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time), 0);
    EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&at_), sizeof at_), 0);
  }
  // A request; `padding` bytes behind it that belong to no datagram.
  bool send(const net::UdpPath& path, std::uint64_t id, std::size_t padding = 0) {
    const Bytes message = request(id);
    Bytes frame(net::udp_frame_headers + message.size() + padding);
    std::copy(message.begin(), message.end(), frame.begin() + net::udp_frame_headers);
    net::write_udp_headers(frame, path, message.size());
    return ::send(socket_.get(), frame.data(), frame.size(), 0) == static_cast<ssize_t>(frame.size());
  }
  // Of the frame that comes next from there; what others send is passed over.
  std::size_t size_of_next_from(const net::Endpoint& from) {
    for (;;) {
      Bytes frame(2048);
      const ssize_t size = ::recv(socket_.get(), frame.data(), frame.size(), 0);
      if (size < 0) return 0;
      const auto found = net::parse_udp_frame(std::span(frame).first(static_cast<std::size_t>(size)));
      if (found && found->path.from == from) return static_cast<std::size_t>(size);
    }
  }

 private:
  net::FileDescriptor socket_;
  sockaddr_ll at_{};
};

// What the kernel keeps for the sockets of a port of this thread's network namespace, in bytes; empty: there is none.
std::optional<unsigned long> kept_by_the_kernel(std::uint16_t port) {
  std::ifstream sockets("/proc/thread-self/net/udp");
  char wanted[8];
  std::snprintf(wanted, sizeof wanted, ":%04X", port);
  std::string line;
  while (std::getline(sockets, line)) {
    std::istringstream words(line);
    std::string number, local, remote, state, queues;
    words >> number >> local >> remote >> state >> queues;
    if (local.ends_with(wanted)) return std::stoul(queues.substr(queues.find(':') + 1), nullptr, 16);
  }
  return std::nullopt;
}

// One test: DPDK starts once a process.
TEST(EchoDpdk, AnswersFramesForItsAddressAndLeavesTheOthersAlone) {
  if (const std::string why = net::TestNet::why_not(); !why.empty()) GTEST_SKIP() << why;
  const net::TestNet pair;
  pair.enter(Side::far);
  net::DpdkRuntime dpdk;
  EchoOptions options{
      .tcp = net::Endpoint::parse("10.77.0.2:0"), .udp = served, .backend = EchoBackend::spin};
  options.buffers = 8;
  options.max_payload = 1400;
  use_dpdk(options, dpdk, "net_af_packet0,iface=far0");
  net::UdpSocket beside;  // the kernel's own
  beside.bind(other_port);
  std::optional<Running> running(std::in_place, options);
  EXPECT_EQ(running->server().udp(), served);
  pair.enter(Side::near);

  net::UdpSocket socket;
  socket.connect(served);
  for (std::uint64_t id = 1; id <= 50; ++id) {
    ASSERT_TRUE(socket.send(request(id, id * 28)));
    const auto answer = receive(socket);
    ASSERT_TRUE(answer && answer->answers(id)) << id << ": " << std::strerror(socket.last_error());
    EXPECT_LE(answer->header.server_rx, answer->header.server_tx);
  }
  {
    Client stream(*running, Transport::tcp);
    EXPECT_TRUE(stream.echo(51)) << "streams go by the kernel's sockets";
  }

  ASSERT_TRUE(socket.send(Bytes(100, std::byte{'x'})));
  ASSERT_TRUE(socket.send(request(52, 1401)));
  ASSERT_TRUE(socket.send(message(EchoType::response, 53, 24)));
  net::UdpSocket to_kernel;
  to_kernel.connect(other_port);
  ASSERT_TRUE(to_kernel.send(request(54)));
  Frames frames(pair);
  const net::UdpPath to_all{{net::TestNet::mac(Side::near)},
                            {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
                            socket.local_endpoint(),
                            served};
  ASSERT_TRUE(frames.send(to_all, 55));
  net::UdpPath elsewhere = to_all;
  elsewhere.to_mac = {net::TestNet::mac(Side::far)};
  elsewhere.to.address = net::Ipv4Address::parse("10.77.0.3");
  ASSERT_TRUE(frames.send(elsewhere, 56));

  // What comes last is answered next, and nothing else: no answer by the kernel, no "port unreachable".
  for (std::uint64_t id = 57; id <= 60; ++id) ASSERT_TRUE(socket.send(request(id)));
  for (std::uint64_t id = 57; id <= 60; ++id) {
    const auto answer = receive(socket);
    ASSERT_TRUE(answer && answer->answers(id)) << std::strerror(socket.last_error());
  }
  Bytes bytes(2048);
  EXPECT_TRUE(beside.receive(bytes, patience)) << "the kernel has what is the kernel's";
  EXPECT_FALSE(receive(to_kernel, 0ms));
  EXPECT_FALSE(receive(socket, 0ms));
  EXPECT_EQ(socket.last_error(), EAGAIN);

  net::UdpPath padded = elsewhere;
  padded.to = served;
  Frames answers(pair);
  ASSERT_TRUE(frames.send(padded, 61, 100));
  EXPECT_EQ(answers.size_of_next_from(served), net::udp_frame_headers + request(61).size());
  EXPECT_TRUE(receive(socket)) << "it had this socket's address";

  pair.enter(Side::far);
  EXPECT_EQ(kept_by_the_kernel(served.port), 0U) << "its copies are thrown away";
  EXPECT_TRUE(kept_by_the_kernel(other_port.port));
  pair.leave();
  const EchoReport report = running->stop();
  running.reset();
  EXPECT_EQ(report.requests, 56U) << "55 datagrams, one on the stream";
  EXPECT_EQ(report.refused_by(EchoReason::bad_magic), 1U);
  EXPECT_EQ(report.refused_by(EchoReason::too_long), 1U);
  EXPECT_EQ(report.refused_by(EchoReason::not_a_request), 1U);
  EXPECT_EQ(report.refused_by(EchoReason::size_mismatch), 0U) << "of others nothing is counted";
  EXPECT_EQ(report.unsent, 0U);
  ASSERT_EQ(report.notes.size(), 1U);
  EXPECT_EQ(report.notes[0], "DPDK on net_af_packet0,iface=far0");

  // The port, the device and the name are free again. What is refused is no frame on the way back.
  pair.enter(Side::far);
  options.tcp.reset();
  {
    EchoServer again(options);
    pair.enter(Side::near);
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(socket.send(Bytes(100, std::byte{'x'})));
    again.stop();
    const EchoReport refused = again.run();
    EXPECT_EQ(refused.refused_by(EchoReason::bad_magic), 3U);
    EXPECT_EQ(refused.writes, 0U);
    EXPECT_EQ(refused.unsent, 0U);
  }
  pair.enter(Side::far);
  // What arrived before the end is answered.
  std::optional<EchoServer> last(std::in_place, options);
  EXPECT_THROW(net::UdpSocket().bind(served), std::system_error) << "it is taken while it is served";
  pair.enter(Side::near);
  for (std::uint64_t id = 1; id <= 100; ++id) ASSERT_TRUE(socket.send(request(id)));
  last->stop();
  EXPECT_EQ(last->run().requests, 100U);
  for (std::uint64_t id = 1; id <= 100; ++id) {
    const auto answer = receive(socket);
    ASSERT_TRUE(answer && answer->answers(id)) << id;
  }
  last.reset();
  pair.enter(Side::far);
  options.udp = net::Endpoint::parse("10.77.0.9:7007");
  EXPECT_NO_THROW(EchoServer{options}) << "an address that the kernel does not have";
  use_dpdk(options, dpdk, "net_af_packet0,iface=nowhere0");
  EXPECT_THROW(EchoServer{options}, std::runtime_error);
  pair.leave();
}

TEST(EchoDpdk, SaysWhatItNeeds) {
  EchoOptions options{.udp = served, .backend = EchoBackend::spin};
  const auto refusal = [&options] {
    try {
      const EchoServer server(options);
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  options.datagram_port = [](const EchoOptions&, EchoReport&) -> std::unique_ptr<detail::DatagramPort> {
    throw std::logic_error("nobody gets this far");
  };
  options.backend = EchoBackend::epoll;
  EXPECT_NE(refusal().find("spin"), std::string::npos) << refusal();
  options.backend = EchoBackend::spin;
  options.stamps = EchoStamps::kernel;
  EXPECT_NE(refusal().find("around the kernel"), std::string::npos) << refusal();
  options.stamps = EchoStamps::program;
  options.xdp_interface = "far0";
  EXPECT_NE(refusal().find("AF_XDP"), std::string::npos) << refusal();
  options.xdp_interface = "";
  for (const char* const wrong : {"0.0.0.0:7007", "10.77.0.2:0"}) {
    options.udp = net::Endpoint::parse(wrong);
    EXPECT_NE(refusal().find("one address and port"), std::string::npos) << refusal();
  }
  options.udp.reset();
  options.tcp = net::Endpoint::parse("127.0.0.1:0");
  EXPECT_NE(refusal().find("one address and port"), std::string::npos) << refusal();
}

}  // namespace
}  // namespace lln::app
