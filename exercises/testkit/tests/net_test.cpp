// Sockets on ports that the kernel chooses, and a network of the test's own.
#include <lln/testkit/net.hpp>
#include <lln/testkit/one_cpu.hpp>
#include <lln/testkit/testkit.hpp>
#include <lln/testkit/veth.hpp>

#include <arpa/inet.h>
#include <gtest/gtest-spi.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
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

TEST(Loopback, AThreadStaysOnItsCpuAndMayLeaveItAfterwards) {
  cpu_set_t before;
  cpu_set_t inside;
  cpu_set_t after;
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  {
    const OneCpu one_cpu;
    ASSERT_EQ(sched_getaffinity(0, sizeof inside, &inside), 0);
  }
  ASSERT_EQ(sched_getaffinity(0, sizeof after, &after), 0);
  EXPECT_EQ(CPU_COUNT(&inside), 1);
  EXPECT_TRUE(CPU_EQUAL(&before, &after));
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

class Veth : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = why_no_veth_pair(); !why.empty()) GTEST_SKIP() << why;
  }
};

sockaddr_in endpoint(const char* address, std::uint16_t number) {
  sockaddr_in made{};
  made.sin_family = AF_INET;
  made.sin_port = htons(number);
  inet_pton(AF_INET, address, &made.sin_addr);
  return made;
}

Socket bind_to(const char* address) {
  Socket made(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const sockaddr_in at = endpoint(address, 0);
  EXPECT_EQ(bind(made.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at), 0) << strerror(errno);
  return made;
}

Socket member(const char* interface) {
  Socket made = bind_to("239.1.2.3");
  ip_mreqn wanted{};
  wanted.imr_multiaddr = endpoint("239.1.2.3", 0).sin_addr;
  wanted.imr_ifindex = interface == nullptr ? 0 : static_cast<int>(if_nametoindex(interface));
  EXPECT_EQ(setsockopt(made.get(), IPPROTO_IP, IP_ADD_MEMBERSHIP, &wanted, sizeof wanted), 0)
      << strerror(errno);
  const int off = 0;
  EXPECT_EQ(setsockopt(made.get(), IPPROTO_IP, IP_MULTICAST_ALL, &off, sizeof off), 0);
  return made;
}

void send_out_of(const char* interface, const char* text, std::uint16_t number) {
  const Socket from(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ip_mreqn out{};
  out.imr_ifindex = static_cast<int>(if_nametoindex(interface));
  ASSERT_EQ(setsockopt(from.get(), IPPROTO_IP, IP_MULTICAST_IF, &out, sizeof out), 0);
  const sockaddr_in to = endpoint("239.1.2.3", number);
  ASSERT_EQ(sendto(from.get(), text, strlen(text), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to),
            static_cast<ssize_t>(strlen(text)))
      << strerror(errno);
}

std::string next_of(const Socket& at) {
  pollfd one{at.get(), POLLIN, 0};
  if (poll(&one, 1, 8000) != 1) return "nothing";
  char text[16] = {};
  return {text, static_cast<std::size_t>(recv(at.get(), text, sizeof text, 0))};
}

TEST_F(Veth, WhatLeavesOneEndArrivesAtTheOther) {
  in_network_namespace([] {
    add_veth_pair({"near0", "10.77.0.1"}, {"far0", "10.77.0.2"});
    add_veth_pair({"near1", "10.77.1.1"}, {"far1", "10.77.1.2"});
    const Socket first = member("near0");
    send_out_of("far0", "one", port(first));
    EXPECT_EQ(next_of(first), "one");
    const Socket second = member("near1");
    send_out_of("far0", "other pair", port(second));
    send_out_of("far1", "two", port(second));
    EXPECT_EQ(next_of(second), "two");
  });
}

TEST_F(Veth, TheMulticastRouteDecidesForWhoDoesNotSay) {
  in_network_namespace([] {
    add_veth_pair({"near0", "10.77.0.1"}, {"far0", "10.77.0.2"});
    add_veth_pair({"near1", "10.77.1.1"}, {"far1", "10.77.1.2"});
    add_multicast_route("near1");
    const Socket receiver = member(nullptr);
    send_out_of("far0", "zero", port(receiver));
    send_out_of("far1", "one", port(receiver));
    EXPECT_EQ(next_of(receiver), "one");
  });
}

TEST_F(Veth, WhatTheKernelRefusesIsAnError) {
  in_network_namespace([] {
    add_veth_pair({"near0", "10.77.0.1"}, {"far0", "10.77.0.2"});
    EXPECT_THROW(add_veth_pair({"near0", "10.77.0.1"}, {"far9", "10.77.0.2"}), std::system_error);
    EXPECT_THROW(add_multicast_route("none"), std::system_error);
    EXPECT_THROW(add_veth_pair({"near3", "nonsense"}, {"far3", "10.77.0.2"}), std::system_error);
  });
}

}  // namespace
