// The server on AF_XDP: requests through a veth pair, answered in their frames, beside the socket of the same port.
#include "echo_client.hpp"

#include <lln/net/test_net.hpp>

#include <gtest/gtest.h>

namespace lln::app {
namespace {

using namespace lln::app::test;

class EchoXdp : public ::testing::TestWithParam<EchoBackend> {};

TEST_P(EchoXdp, AnswersFramesAsItAnswersDatagrams) {
  if (const std::string why = why_not(GetParam()); !why.empty()) GTEST_SKIP() << why;
  if (const std::string why = why_not_xdp(); !why.empty()) GTEST_SKIP() << why;
  if (const std::string why = net::TestNet::why_not(); !why.empty()) GTEST_SKIP() << why;
  net::TestNet pair(net::TestNet::Options{});
  EchoOptions options;
  options.backend = GetParam();
  options.buffers = 8;
  options.udp =
      net::Endpoint::parse("127.0.0.1:7007");  // so that no socket would answer what comes to 10.77.0.2
  options.xdp_interface = "far0";
  pair.enter(net::TestNet::Side::far);
  Running running(options);
  pair.enter(net::TestNet::Side::near);
  {
    net::UdpSocket socket;
    socket.connect(net::Endpoint::parse("10.77.0.2:7007"));
    for (std::uint64_t id = 1; id <= 50; ++id) {
      ASSERT_TRUE(socket.send(request(id, id * 20)));
      Bytes bytes(2048);
      const auto size = socket.receive(bytes, patience);
      ASSERT_TRUE(size) << id;
      bytes.resize(*size);
      const auto messages = split(bytes);
      ASSERT_TRUE(messages.size() == 1 && messages[0].answers(id)) << id;
    }
    ASSERT_TRUE(socket.send(Bytes(100, std::byte{'x'})));
    ASSERT_TRUE(socket.send(request(51)));
    Bytes bytes(2048);
    ASSERT_TRUE(socket.receive(bytes, patience));
  }
  pair.leave();
  const EchoReport& report = running.stop();
  EXPECT_EQ(report.requests, 51U);
  EXPECT_EQ(report.refused_by(EchoReason::bad_magic), 1U);
  ASSERT_EQ(report.notes.size(), 1U);
  EXPECT_TRUE(report.notes[0].starts_with("AF_XDP on far0")) << report.notes[0];
}

INSTANTIATE_TEST_SUITE_P(All, EchoXdp,
                         ::testing::Values(EchoBackend::epoll, EchoBackend::spin, EchoBackend::io_uring),
                         [](const auto& test) { return std::string(name_of(test.param)); });

}  // namespace
}  // namespace lln::app
