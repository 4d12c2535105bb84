// What the kernel says about a socket, and what the receiver sees. Loopback, and a veth pair with NAPI where one can be had.
#include <lln/testkit/net.hpp>
#include <lln/testkit/testkit.hpp>
#include <lln/testkit/veth.hpp>

#include <arpa/inet.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sockets.hpp>
#include <sys/ioctl.h>
#include <udp_tuning.hpp>

#include <functional>

namespace lln::exercise {
namespace tuning_test {
namespace {

using testkit::Story;

// ---- buffer ----

void expect_what_the_kernel_says(Story& story, const Socket& socket, const Granted& granted, int wish) {
  const int kernel = option(socket.get(), SOL_SOCKET, SO_RCVBUF);
  story.expect(granted.receive_buffer)
      .equals(kernel / 2)
      .named("granted, where getsockopt says " + std::to_string(kernel))
      .units("bytes");
  story.expect(granted.all).equals(kernel / 2 >= wish).named("granted in full");
}

TEST(Buffer, IsWhatWasAskedFor) {
  Story story("a receive buffer of 100000 bytes");
  story.notes(notes_on_udp).think("what does getsockopt say behind a setsockopt of 1000?");
  const Socket socket = bind_udp_on_loopback();
  const Granted granted = tune(socket.get(), {.receive_buffer = 100'000});
  story.expect(granted.receive_buffer).equals(100'000).named("granted").units("bytes");
  expect_what_the_kernel_says(story, socket, granted, 100'000);
  story.step("nothing more is wished");
  const Granted again = tune(socket.get(), {});
  story.expect(again.receive_buffer).equals(100'000).named("granted").units("bytes");
}

TEST(Buffer, MoreThanTheCap) {
  Story story("a receive buffer of 512 MiB");
  story.notes(notes_on_udp).think("who may have more than net.core.rmem_max, and by which option?");
  constexpr int wish = 512 << 20;
  const Socket probe = bind_udp_on_loopback();
  const bool may = ::setsockopt(probe.get(), SOL_SOCKET, SO_RCVBUFFORCE, &wish, sizeof wish) == 0;
  const Socket socket = bind_udp_on_loopback();
  const Granted granted = tune(socket.get(), {.receive_buffer = wish});
  if (may)
    story.expect(granted.receive_buffer).equals(wish).named("granted, to a process that may").units("bytes");
  expect_what_the_kernel_says(story, socket, granted, wish);
}

// ---- marks ----

TEST(Marks, AreSeenByTheReceiver) {
  Story story("sent with DSCP 46, 0 and 63");
  story.notes(notes_on_udp).think("the byte in the header has 8 bits: which six are the mark?");
  const Socket from = bind_udp_on_loopback();
  const Socket to = bind_udp_on_loopback();
  Receiver receiver(to.get());
  for (const unsigned dscp : {46U, 0U, 63U}) {
    story.step("DSCP " + std::to_string(dscp));
    static_cast<void>(tune(from.get(), {.dscp = dscp}));
    story.expect(option(from.get(), IPPROTO_IP, IP_TOS))
        .equals(static_cast<int>(dscp) << 2)
        .named("IP_TOS, as getsockopt says");
    if (!story.ok()) return;
    send_to(from, address_of(to), "marked");
    story.expect(arrived(to)).is_true().named("an arrival");
    const Got got = receive(receiver);
    story.expect(got.text).equals("marked").named("what came");
    if (got.datagram) story.expect(got.datagram->dscp).equals(dscp).named("its DSCP");
  }
  story.step("sent with DSCP 46 and a bit of congestion");
  const int tos = 46 << 2 | 1;
  ::setsockopt(from.get(), IPPROTO_IP, IP_TOS, &tos, sizeof tos);
  send_to(from, address_of(to), "congested");
  story.expect(arrived(to)).is_true().named("an arrival");
  const Got got = receive(receiver);
  story.expect(got.text).equals("congested").named("what came");
  if (got.datagram) story.expect(got.datagram->dscp).equals(46U).named("its DSCP");
}

std::string refusal(const std::function<void()>& attempt) {
  try {
    attempt();
  } catch (const std::system_error& error) {
    return std::to_string(error.code().value()) + ' ' + error.what();
  }
  return "none";
}

TEST(Marks, AreRefusedByName) {
  Story story("DSCP 64; options on a descriptor that is none");
  story.notes(notes_on_udp);
  const Socket socket = bind_udp_on_loopback();
  const auto expect = [&story](const std::string& was, int error, const char* option) {
    story.expect(was.starts_with(std::to_string(error) + ' '))
        .is_true()
        .named("errno " + std::to_string(error) + " in: " + was);
    story.expect(was.find(option) != std::string::npos).is_true().named(std::string(option) + " in: " + was);
  };
  expect(refusal([&] { static_cast<void>(tune(socket.get(), {.dscp = 64})); }), EINVAL, "IP_TOS");
  story.step("descriptor -1");
  expect(refusal([] { static_cast<void>(tune(-1, {.receive_buffer = 1})); }), EBADF, "SO_RCVBUF");
  expect(refusal([] { static_cast<void>(tune(-1, {.dscp = 1})); }), EBADF, "IP_TOS");
  expect(refusal([] { static_cast<void>(tune(-1, {.busy_poll = std::chrono::microseconds(50)})); }), EBADF,
         "SO_BUSY_POLL");
  expect(refusal([] { const Receiver none(-1); }), EBADF, "SO_RXQ_OVFL");
}

// ---- busy-poll ----

constexpr Wish polling{.busy_poll = std::chrono::microseconds(50)};

bool may_busy_poll() {
  const Socket probe = bind_udp_on_loopback();
  const int time = 50;
  return ::setsockopt(probe.get(), SOL_SOCKET, SO_BUSY_POLL, &time, sizeof time) == 0;
}

TEST(BusyPoll, IsAcceptedAndDoesNothing) {
  if (!may_busy_poll()) GTEST_SKIP() << "this kernel does not let this process set SO_BUSY_POLL";
  Story story("50 us of busy polling on the loopback, which has no NAPI");
  story.notes(notes_on_udp).think("which number says through which queue the last packet came?");
  const Socket from = bind_udp_on_loopback();
  const Socket to = bind_udp_on_loopback();
  static_cast<void>(tune(to.get(), polling));
  story.expect(option(to.get(), SOL_SOCKET, SO_BUSY_POLL))
      .equals(50)
      .named("SO_BUSY_POLL, as getsockopt says")
      .units("us");
  send_to(from, address_of(to), "hello");
  story.expect(arrived(to)).is_true().named("an arrival");
  story.expect(busy_polls(to.get())).is_false().named("busy_polls");
}

void set_feature(const char* interface, unsigned command, unsigned value) {
  const Socket any = bind_udp_on_loopback();
  ifreq request{};
  ethtool_value wanted{command, value};
  std::strncpy(request.ifr_name, interface, sizeof request.ifr_name - 1);
  request.ifr_data = reinterpret_cast<char*>(&wanted);
  ::ioctl(any.get(), SIOCETHTOOL, &request);  // whether it helped is seen by the NAPI id
}

Socket bound(const char* interface, const char* address) {
  Socket made(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in here{};
  here.sin_family = AF_INET;
  ::inet_pton(AF_INET, address, &here.sin_addr);
  if (::setsockopt(made.get(), SOL_SOCKET, SO_BINDTODEVICE, interface,
                   static_cast<socklen_t>(std::strlen(interface))) != 0 ||
      ::bind(made.get(), reinterpret_cast<const sockaddr*>(&here), sizeof here) != 0)
    throw std::system_error(errno, std::generic_category(), std::string("a socket on ") + interface);
  return made;
}

TEST(BusyPoll, IsRealWhereThereIsNapi) {
  if (const std::string why = testkit::why_no_veth_pair(); !why.empty()) GTEST_SKIP() << why;
  if (!may_busy_poll()) GTEST_SKIP() << "this kernel does not let this process set SO_BUSY_POLL";
  testkit::in_network_namespace([] {
    Story story("the same on a veth interface with GRO, which has NAPI");
    story.notes(notes_on_udp);
    testkit::add_veth_pair({"near0", "10.77.0.1"}, {"far0", "10.77.0.2"});
    set_feature("near0", ETHTOOL_STSO, 0);
    set_feature("far0", ETHTOOL_SGRO, 1);
    const Socket from = bound("near0", "10.77.0.1");
    const Socket to = bound("far0", "10.77.0.2");
    send_to(from, address_of(to), "hello");
    story.expect(arrived(to)).is_true().named("an arrival");
    if (option(to.get(), SOL_SOCKET, SO_INCOMING_NAPI_ID) == 0) return;  // a kernel whose veth has none
    story.expect(busy_polls(to.get())).is_false().named("busy_polls, which nobody asked for");
    static_cast<void>(tune(to.get(), polling));
    story.expect(busy_polls(to.get())).is_true().named("busy_polls");
  });
}

}  // namespace
}  // namespace tuning_test
}  // namespace lln::exercise
