// What the tests send, what a neighbour hears, what the receiver under test gets.
#pragma once

#include <lln/testkit/net.hpp>
#include <lln/testkit/one_cpu.hpp>
#include <lln/testkit/patience.hpp>
#include <lln/testkit/testkit.hpp>

#include <group_receiver.hpp>
#include <poll.h>

#include <array>
#include <source_location>
#include <string>
#include <string_view>

namespace lln::exercise::test {

using lln::testkit::OneCpu;
using lln::testkit::Patience;
using lln::testkit::Socket;
using lln::testkit::Story;

inline constexpr const char* notes = "modules/05-network-io/README.md#multicast";
inline constexpr std::uint32_t group_a = 0xEFC01101;  // 239.192.17.1
inline constexpr std::uint32_t group_b = 0xEFC01102;
inline constexpr std::uint32_t group_c = 0xEFC01103;
inline constexpr std::uint32_t host_1 = 0x7F000001;  // 127.0.0.1
inline constexpr std::uint32_t host_2 = 0x7F000002;

inline unsigned index_of(const char* interface) { return ::if_nametoindex(interface); }

inline sockaddr_in endpoint(std::uint32_t address, std::uint16_t port) {
  sockaddr_in made{};
  made.sin_family = AF_INET;
  made.sin_port = htons(port);
  made.sin_addr.s_addr = htonl(address);
  return made;
}

inline std::uint16_t port_of(int fd) {
  sockaddr_in local{};
  socklen_t length = sizeof local;
  return ::getsockname(fd, reinterpret_cast<sockaddr*>(&local), &length) == 0 ? ntohs(local.sin_port) : 0;
}

inline void check(bool holds, const char* what) {
  if (!holds) throw std::system_error(errno, std::generic_category(), what);
}

// A datagram from the address, out of the interface. The address 0 leaves it to the kernel.
inline void send(std::uint32_t from, const char* interface, std::uint32_t to, std::uint16_t port,
                 std::string_view text) {
  const Socket sender(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const sockaddr_in source = endpoint(from, 0);
  check(::bind(sender.get(), reinterpret_cast<const sockaddr*>(&source), sizeof source) == 0,
        "bind a sender");
  ip_mreqn out{};
  out.imr_ifindex = static_cast<int>(index_of(interface));
  check(::setsockopt(sender.get(), IPPROTO_IP, IP_MULTICAST_IF, &out, sizeof out) == 0, "IP_MULTICAST_IF");
  const sockaddr_in there = endpoint(to, port);
  check(::sendto(sender.get(), text.data(), text.size(), 0, reinterpret_cast<const sockaddr*>(&there),
                 sizeof there) == static_cast<ssize_t>(text.size()),
        "sendto");
}

// Another program of this host that receives the same port: it joined a group of its own, and does nothing clever.
class Neighbour {
 public:
  Neighbour(std::uint32_t group, const char* interface, std::uint16_t port)
      : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    const int on = 1;
    check(::setsockopt(socket_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0, "SO_REUSEADDR");
    const sockaddr_in local = endpoint(group, port);
    check(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&local), sizeof local) == 0,
          "bind a neighbour");
    ip_mreqn wanted{};
    wanted.imr_multiaddr.s_addr = htonl(group);
    wanted.imr_ifindex = static_cast<int>(index_of(interface));
    check(::setsockopt(socket_.get(), IPPROTO_IP, IP_ADD_MEMBERSHIP, &wanted, sizeof wanted) == 0,
          "neighbour joins");
  }
  bool got(std::string_view text) const {
    std::array<char, 64> bytes{};
    ssize_t length = -1;
    for (Patience patience; length < 0 && patience.step(false);)
      length = ::recv(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    return std::string_view(bytes.data(), length < 0 ? 0 : static_cast<std::size_t>(length)) == text;
  }

 private:
  Socket socket_;
};

struct Got {
  std::string text;
  Arrival arrival;
};

inline std::optional<Got> receive_now(GroupReceiver& receiver) {
  std::array<std::byte, 64> bytes{};
  const std::optional<Arrival> arrival = receiver.receive(bytes);
  if (!arrival) return std::nullopt;
  if (arrival->bytes > bytes.size()) {
    const std::string length = std::to_string(arrival->bytes);
    return Got{length + " bytes in a buffer of " + std::to_string(bytes.size()), *arrival};
  }
  return Got{std::string(reinterpret_cast<const char*>(bytes.data()), arrival->bytes), *arrival};
}

// What was sent is there already or soon. The last look comes after the last wait, however long that took.
inline std::optional<Got> receive_soon(GroupReceiver& receiver) {
  std::optional<Got> got = receive_now(receiver);
  for (int waits = 0; !got && waits < 10; ++waits) {
    pollfd readable{receiver.fd(), POLLIN, 0};
    ::poll(&readable, 1, 100);
    got = receive_now(receiver);
  }
  return got;
}

inline void expect_text(Story& story, GroupReceiver& receiver, std::string_view text,
                        const char* which = "the datagram",
                        std::source_location where = std::source_location::current()) {
  const std::optional<Got> got = receive_soon(receiver);
  story.expect(got ? got->text : "nothing", where).equals(text).named(which);
}

inline void expect_from(Story& story, GroupReceiver& receiver, std::string_view text, std::uint32_t group,
                        unsigned interface, std::source_location where = std::source_location::current()) {
  const std::optional<Got> got = receive_soon(receiver);
  story.expect(got ? got->text : "nothing", where).equals(text).named("the datagram");
  if (!got) return;
  story.expect(got->arrival.group, where).equals(group).named("its group, as a number in host order");
  story.expect(got->arrival.interface, where).equals(interface).named("the index of its interface");
}

}  // namespace lln::exercise::test
