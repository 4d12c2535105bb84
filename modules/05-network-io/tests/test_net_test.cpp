// Each test runs in a child of its own: a plain user's process stays in its namespaces.
#include <lln/net/multicast_receiver.hpp>
#include <lln/net/multicast_sender.hpp>
#include <lln/net/test_net.hpp>
#include <lln/net/udp_socket.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
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

// What a command says, run in the calling thread's namespace.
std::string output_of(const std::string& command) {
  std::string text;
  FILE* const pipe = ::popen(("PATH=/usr/sbin:/usr/bin:/sbin:/bin; " + command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return "popen failed";
  for (int c; (c = std::fgetc(pipe)) != EOF;) text += static_cast<char>(c);
  ::pclose(pipe);
  return text;
}

bool has(const std::string& text, const std::string& words) { return text.find(words) != std::string::npos; }

std::set<int> inherited_descriptors() {
  std::set<int> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int fd = std::stoi(entry.path().filename());
    if ((::fcntl(fd, F_GETFD) & FD_CLOEXEC) == 0) found.insert(fd);
  }
  return found;
}

// The other tests are skipped where why_not() says something: a TestNet that cannot be made must not skip them all.
TEST(TestNetWhyNot, SaysNothingWhereIpMakesACable) {
  const std::string as = ::geteuid() == 0 ? "unshare --net " : "unshare --map-root-user --net ";
  if (const std::string said = output_of(as + "ip link add name one type veth peer name two"); !said.empty())
    GTEST_SKIP() << "unshare(1) and ip(8) cannot either: " << said;
  EXPECT_EQ(TestNet::why_not(), "");
}

TEST(TestNetWhyNot, SaysWhatWasAttempted) {
  EXPECT_EQ("", in_child([]() -> std::string {
              if (::geteuid() != 0 && ::unshare(CLONE_NEWUSER) != 0)
                return "";  // no user namespaces: tried above
              if (::chroot("/dev") != 0 || ::chdir("/") != 0) return "no other root";  // no /proc, no ip(8)
              const std::string why = TestNet::why_not();
              return why.starts_with("No network of our own can be made here: ") ? "" : "'" + why + "'";
            }));
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
  for (const Side to : {Side::far, Side::near}) {
    EXPECT_EQ("", in_child([to]() -> std::string {
                const TestNet net;
                net.enter(to);
                MulticastReceiver receiver(
                    {.group = Endpoint::parse("239.1.2.3:0"), .interface = net.interface(to)});
                net.enter(to == Side::far ? Side::near : Side::far);
                UdpSocket sender;
                const std::array<std::byte, 4> bytes{};
                if (!sender.send_to(bytes, {Ipv4Address::parse("239.1.2.3"), receiver.local_endpoint().port}))
                  return "not sent: no route for the group";
                if (!receiver.wait(patience)) return "not received";
                return receiver.receive().size() == 1 ? "" : "not one datagram";
              }));
  }
}

// What busy polling needs, and what a veth pair does not have by itself.
TEST_F(TestNetTest, NapiIsThereWhenAskedFor) {
  for (const Side to : {Side::far, Side::near}) {
    for (const bool napi : {false, true}) {
      EXPECT_EQ("", in_child([napi, to]() -> std::string {
                  const Side from = to == Side::far ? Side::near : Side::far;
                  const TestNet net(TestNet::Options{.napi = napi});
                  net.enter(to);
                  MulticastReceiver receiver(
                      {.group = Endpoint::parse("239.1.2.3:0"), .interface = net.interface(to)});
                  net.enter(from);
                  MulticastSender sender(
                      {.group = {Ipv4Address::parse("239.1.2.3"), receiver.local_endpoint().port},
                       .interface = net.interface(from)});
                  const std::array<std::byte, 4> bytes{};
                  if (!sender.send(bytes)) return "not sent";
                  if (!receiver.wait(patience)) return "not received";
                  receiver.receive();
                  if ((receiver.napi_id() > 0) != napi)
                    return "NAPI id " + std::to_string(receiver.napi_id());
                  return "";
                }));
    }
  }
}

TEST_F(TestNetTest, NothingComesBetweenTheEnds) {
  EXPECT_EQ("", in_child([]() -> std::string {
              const TestNet net;
              for (const Side side : {Side::near, Side::far}) {
                net.enter(side);
                const std::string device = side == Side::near ? "near0" : "far0";
                const std::string other = side == Side::near ? "10.77.0.2 lladdr 02:00:00:00:00:02 PERMANENT"
                                                             : "10.77.0.1 lladdr 02:00:00:00:00:01 PERMANENT";
                if (const auto text = output_of("ip neighbour show dev " + device); !has(text, other))
                  return "ARP is needed: " + text;
                if (const auto text = output_of("ip -6 address show"); !text.empty())
                  return "IPv6 is on: " + text;
                if (const auto text = output_of("ip link show dev lo"); !has(text, "LOOPBACK,UP"))
                  return "lo is down: " + text;
                if (const auto text = output_of("ip -details link show dev " + device);
                    !has(text, "numtxqueues 1 ") || !has(text, "numrxqueues 1 "))
                  return "more queues than one: " + text;
              }
              return "";
            }));
}

TEST_F(TestNetTest, ProgramsThatAreStartedInheritNothing) {
  EXPECT_EQ("", in_child([]() -> std::string {
              const auto before = inherited_descriptors();
              const TestNet net;
              return inherited_descriptors() == before ? "" : "a descriptor survives exec";
            }));
}

// Each step fails once, for want of a descriptor.
TEST_F(TestNetTest, AfterAFailureTheThreadIsWhereItWas) {
  EXPECT_EQ("", in_child([]() -> std::string {
              const TestNet first;  // a plain user's process moves once
              const auto before = interface_names();
              rlimit all{};
              ::getrlimit(RLIMIT_NOFILE, &all);
              for (rlim_t files = 3; files < 100; ++files) {
                const rlimit few{files, all.rlim_max};
                ::setrlimit(RLIMIT_NOFILE, &few);
                bool made = false;
                try {
                  const TestNet net;
                  made = true;
                } catch (const std::exception&) {
                }
                ::setrlimit(RLIMIT_NOFILE, &all);
                if (interface_names() != before)
                  return "elsewhere after a failure with " + std::to_string(files);
                if (made) return "";
              }
              return "never made";
            }));
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
