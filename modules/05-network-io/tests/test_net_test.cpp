// Each test runs in a child of its own: a plain user's process stays in its namespaces.
#include <lln/net/multicast_receiver.hpp>
#include <lln/net/multicast_sender.hpp>
#include <lln/net/test_net.hpp>
#include <lln/net/udp_socket.hpp>

#include <gtest/gtest.h>
#include <net/if.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <functional>
#include <set>
#include <string>

namespace lln::net {
namespace {

using namespace std::chrono_literals;
using Side = TestNet::Side;

constexpr auto patience = 20s;

std::set<std::string> interface_names() {
  std::set<std::string> names;
  for (const Interface& interface : Interface::all()) names.insert(interface.name);
  return names;
}

// Empty, or what went wrong.
std::string in_child(const std::function<std::string()>& body) {
  int ends[2];
  if (::pipe(ends) != 0) return "pipe failed";
  const pid_t child = ::fork();
  if (child == 0) {
    std::string text;
    try {
      text = body();
    } catch (const std::exception& error) {
      text = error.what();
    }
    ::_exit(::write(ends[1], text.data(), text.size()) < 0);
  }
  ::close(ends[1]);
  char text[512] = {};
  const ssize_t size = ::read(ends[0], text, sizeof text - 1);
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (size < 0 || status != 0) return "the child died";
  return text;
}

class TestNetTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = TestNet::why_not(); !why.empty()) GTEST_SKIP() << why;
  }
};

// A cable that has just been plugged in drops what is sent: the constructor waits for it.
TEST_F(TestNetTest, CarriesFromTheFirstDatagramOn) {
  EXPECT_EQ("", in_child([]() -> std::string {
              for (int i = 0; i < 5; ++i) {
                const TestNet net;
                net.enter(Side::far);
                UdpSocket far;
                far.bind({TestNet::address(Side::far), 0});
                net.enter(Side::near);
                UdpSocket near;
                near.bind({TestNet::address(Side::near), 0});
                const std::array<std::byte, 1> bytes{};
                if (!near.send_to(bytes, far.local_endpoint()) || !far.send_to(bytes, near.local_endpoint()))
                  return "not sent";
                std::array<std::byte, 4> buffer{};
                if (!far.receive(buffer, patience)) return "lost on the way to far";
                if (!near.receive(buffer, patience)) return "lost on the way to near";
                net.leave();
              }
              return "";
            }));
}

TEST_F(TestNetTest, ADatagramCrossesTheCable) {
  EXPECT_EQ("", in_child([]() -> std::string {
              const TestNet net;
              net.enter(Side::far);
              UdpSocket receiver;
              receiver.bind({TestNet::address(Side::far), 0});
              net.enter(Side::near);
              UdpSocket sender;
              const std::array<std::byte, 3> bytes{std::byte{1}, std::byte{2}, std::byte{3}};
              if (!sender.send_to(bytes, receiver.local_endpoint())) return "not sent";
              std::array<std::byte, 16> buffer{};
              const auto received = receiver.receive_from(buffer, patience);
              if (!received) return "not received";
              if (received->bytes != 3) return "cut";
              if (received->from.address != TestNet::address(Side::near))
                return "from " + received->from.to_string();
              return "";
            }));
}

TEST_F(TestNetTest, MulticastNeedsNoInterfaceSaid) {
  EXPECT_EQ("", in_child([]() -> std::string {
              const TestNet net;
              net.enter(Side::far);
              MulticastReceiver receiver(
                  {.group = Endpoint::parse("239.1.2.3:0"), .interface = net.interface(Side::far)});
              net.enter(Side::near);
              UdpSocket sender;
              const std::array<std::byte, 4> bytes{};
              if (!sender.send_to(bytes, {Ipv4Address::parse("239.1.2.3"), receiver.local_endpoint().port}))
                return "not sent: no route for the group";
              if (!receiver.wait(patience)) return "not received";
              return receiver.receive().size() == 1 ? "" : "not one datagram";
            }));
}

// What busy polling needs, and what a veth pair does not have by itself.
TEST_F(TestNetTest, NapiIsThereWhenAskedFor) {
  for (const bool napi : {false, true}) {
    EXPECT_EQ(
        "", in_child([napi]() -> std::string {
          const TestNet net(TestNet::Options{.napi = napi});
          net.enter(Side::far);
          MulticastReceiver receiver(
              {.group = Endpoint::parse("239.1.2.3:0"), .interface = net.interface(Side::far)});
          net.enter(Side::near);
          MulticastSender sender({.group = {Ipv4Address::parse("239.1.2.3"), receiver.local_endpoint().port},
                                  .interface = net.interface(Side::near)});
          const std::array<std::byte, 4> bytes{};
          if (!sender.send(bytes)) return "not sent";
          if (!receiver.wait(patience)) return "not received";
          receiver.receive();
          if ((receiver.napi_id() > 0) != napi) return "NAPI id " + std::to_string(receiver.napi_id());
          return "";
        }));
  }
}

TEST_F(TestNetTest, TheMachinesOwnNetworkIsAsBefore) {
  const auto before = interface_names();
  EXPECT_EQ("", in_child([before]() -> std::string {
              const bool root = ::geteuid() == 0;
              const TestNet net;
              if (root && interface_names() != before) return "root's thread is elsewhere";
              if (!root && interface_names() != std::set<std::string>{"lo"})
                return "the user sees more than lo";
              net.enter(Side::near);
              if (interface_names() != std::set<std::string>{"lo", "near0"})
                return "near is not lo and near0";
              net.enter(Side::far);
              if (interface_names() != std::set<std::string>{"lo", "far0"}) return "far is not lo and far0";
              net.leave();
              if (root && interface_names() != before) return "root's thread did not get back";
              return "";
            }));
  EXPECT_EQ(interface_names(), before);
}

TEST_F(TestNetTest, OneProcessMayHaveSeveral) {
  EXPECT_EQ("", in_child([]() -> std::string {
              const TestNet first;
              const TestNet second;
              first.enter(Side::far);
              UdpSocket receiver;
              receiver.bind({TestNet::address(Side::far), 0});
              second.enter(Side::near);
              UdpSocket sender;
              const std::array<std::byte, 1> bytes{};
              sender.send_to(bytes, receiver.local_endpoint());
              std::array<std::byte, 16> buffer{};
              if (receiver.receive_from(buffer, 50ms)) return "the cables are one";
              first.enter(Side::near);
              UdpSocket right;
              right.send_to(bytes, receiver.local_endpoint());
              return receiver.receive_from(buffer, patience) ? "" : "the first cable is cut";
            }));
}

}  // namespace
}  // namespace lln::net
