// Sockets on ports that the kernel chooses, and a network of the test's own.
#include <lln/testkit/net.hpp>
#include <lln/testkit/testkit.hpp>

#include <arpa/inet.h>
#include <gtest/gtest-spi.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <stdexcept>
#include <string>

namespace {

using namespace lln::testkit;

TEST(Loopback, EverySocketHasItsOwnPort) {
  const Socket first = bind_udp_on_loopback();
  const Socket second = bind_udp_on_loopback();
  EXPECT_NE(port(first), 0);
  EXPECT_NE(port(first), port(second));
}

TEST(Loopback, AConnectedPairTalksBothWays) {
  const auto [near, far] = connected_pair();
  char text[8] = {};
  ASSERT_EQ(write(near.get(), "ping", 4), 4);
  ASSERT_EQ(read(far.get(), text, sizeof text), 4);
  EXPECT_STREQ(text, "ping");
  ASSERT_EQ(write(far.get(), "pong", 4), 4);
  ASSERT_EQ(read(near.get(), text, sizeof text), 4);
  EXPECT_STREQ(text, "pong");
}

TEST(Loopback, AMovedSocketIsClosedOnce) {
  Socket first = bind_udp_on_loopback();
  const int descriptor = first.get();
  Socket second = std::move(first);
  EXPECT_EQ(second.get(), descriptor);
  second.reset();
  EXPECT_EQ(second.get(), -1);
}

class Namespace : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = why_no_network_namespace(); !why.empty()) GTEST_SKIP() << why;
  }
};

TEST_F(Namespace, HasTheLoopbackAndNothingElse) {
  in_network_namespace([] {
    ifaddrs* all = nullptr;
    ASSERT_EQ(getifaddrs(&all), 0);
    int others = 0;
    for (const ifaddrs* one = all; one != nullptr; one = one->ifa_next)
      others += std::strcmp(one->ifa_name, "lo") != 0;
    freeifaddrs(all);
    EXPECT_EQ(others, 0);
    const auto [near, far] = connected_pair();
    EXPECT_EQ(write(near.get(), "x", 1), 1);
    EXPECT_EQ(geteuid(), 0U) << "root in its own namespace";
  });
}

TEST_F(Namespace, PortsAreItsOwn) {
  const Socket outside = listen_on_loopback();
  in_network_namespace([number = port(outside)] {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(number);
    const Socket inside(socket(AF_INET, SOCK_STREAM, 0));
    EXPECT_EQ(connect(inside.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), -1)
        << "nobody listens there in this network";
  });
}

// In a child, so that the failure that is wanted stays there.
TEST_F(Namespace, AFailureInsideFailsTheTest) {
  const pid_t child = fork();
  if (child == 0) {
    in_network_namespace([] { ADD_FAILURE() << "this failure is wanted"; });
    _exit(HasFailure() ? 42 : 0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 42);
}

TEST_F(Namespace, AnotherEndOfTheChildFailsTheTest) {
  EXPECT_NONFATAL_FAILURE(in_network_namespace([] { throw std::runtime_error("this exception is wanted"); }),
                          "An expectation failed in the network namespace");
  EXPECT_NONFATAL_FAILURE(in_network_namespace([] { kill(getpid(), SIGKILL); }), "ended by signal 9");
  EXPECT_NONFATAL_FAILURE(in_network_namespace([] { _exit(5); }), "exit code 5");
}

}  // namespace
