// mutant: source release: a membership with a source is joined for all of them
#pragma once

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <system_error>

namespace lln::exercise {

// Addresses are in host order: 239.1.2.3 is 0xEF010203.
struct Membership {
  std::uint32_t group = 0;
  unsigned interface = 0;                    // its index, as if_nametoindex tells it
  std::optional<std::uint32_t> source = {};  // only what this one sends; without: from anybody
};

struct Arrival {
  std::size_t bytes = 0;    // of the buffer that are filled
  std::uint32_t group = 0;  // where it was sent to
  unsigned interface = 0;   // where it came in
  std::uint32_t sender = 0;
};

class GroupReceiver {
 public:
  explicit GroupReceiver(std::uint16_t port)
      : fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    if (fd_ < 0) refuse(errno, "a UDP socket");
    try {
      set(SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR");
      set(IPPROTO_IP, IP_MULTICAST_ALL, 0, "IP_MULTICAST_ALL 0");
      set(IPPROTO_IP, IP_PKTINFO, 1, "IP_PKTINFO");
      const sockaddr_in local = endpoint(INADDR_ANY, port);
      if (::bind(fd_, reinterpret_cast<const sockaddr*>(&local), sizeof local) != 0)
        refuse(errno, "bind to port " + std::to_string(port));
    } catch (...) {
      ::close(fd_);  // a constructor that throws has no destructor
      throw;
    }
  }
  ~GroupReceiver() { ::close(fd_); }
  GroupReceiver(const GroupReceiver&) = delete;
  GroupReceiver& operator=(const GroupReceiver&) = delete;

  void join(const Membership& wanted) { change(wanted, IP_ADD_MEMBERSHIP, MCAST_JOIN_SOURCE_GROUP, "join "); }
  void leave(const Membership& joined) {
    change(joined, IP_DROP_MEMBERSHIP, MCAST_LEAVE_SOURCE_GROUP, "leave ");
  }

  std::optional<Arrival> receive(std::span<std::byte> buffer) noexcept {
    for (;;) {
      sockaddr_in from{};
      alignas(cmsghdr) char control[CMSG_SPACE(sizeof(in_pktinfo))];
      iovec part{buffer.data(), buffer.size()};
      msghdr message{};
      message.msg_name = &from;
      message.msg_namelen = sizeof from;
      message.msg_iov = &part;
      message.msg_iovlen = 1;
      message.msg_control = control;
      message.msg_controllen = sizeof control;
      const ssize_t length = ::recvmsg(fd_, &message, 0);
      if (length < 0) {
        if (errno == EINTR) continue;
        return std::nullopt;
      }
      const std::optional<in_pktinfo> where = packet_info(message);
      if (!where || !is_group(ntohl(where->ipi_addr.s_addr))) continue;  // unicast to our port
      return Arrival{static_cast<std::size_t>(length), ntohl(where->ipi_addr.s_addr),
                     static_cast<unsigned>(where->ipi_ifindex), ntohl(from.sin_addr.s_addr)};
    }
  }

  int fd() const noexcept { return fd_; }

 private:
  [[noreturn]] static void refuse(int error, const std::string& what) {
    throw std::system_error(error, std::generic_category(), what);
  }
  static bool is_group(std::uint32_t address) noexcept { return address >> 28 == 0xE; }
  static sockaddr_in endpoint(std::uint32_t address, std::uint16_t port) noexcept {
    sockaddr_in made{};
    made.sin_family = AF_INET;
    made.sin_port = htons(port);
    made.sin_addr.s_addr = htonl(address);
    return made;
  }
  static std::string text(std::uint32_t address) {
    const in_addr network{htonl(address)};
    char letters[INET_ADDRSTRLEN];
    return ::inet_ntop(AF_INET, &network, letters, sizeof letters);
  }
  static std::optional<in_pktinfo> packet_info(msghdr& message) noexcept {
    for (cmsghdr* one = CMSG_FIRSTHDR(&message); one != nullptr; one = CMSG_NXTHDR(&message, one)) {
      if (one->cmsg_level != IPPROTO_IP || one->cmsg_type != IP_PKTINFO) continue;
      in_pktinfo info;
      std::memcpy(&info, CMSG_DATA(one), sizeof info);
      return info;
    }
    return std::nullopt;
  }

  void set(int level, int name, int value, const char* what) {
    if (::setsockopt(fd_, level, name, &value, sizeof value) != 0) refuse(errno, what);
  }
  void change(const Membership& which, int any_source, int one_source, const char* verb) {
    if (!is_group(which.group)) throw std::invalid_argument(text(which.group) + " is no multicast group");
    if (which.interface == 0) throw std::invalid_argument("group " + text(which.group) + " on no interface");
    static_cast<void>(one_source);
    ip_mreqn request{};
    request.imr_multiaddr.s_addr = htonl(which.group);
    request.imr_ifindex = static_cast<int>(which.interface);
    const int result = ::setsockopt(fd_, IPPROTO_IP, any_source, &request, sizeof request);
    if (result == 0) return;
    const int error = errno;
    const std::string only = which.source ? " from " + text(*which.source) : "";
    refuse(error, verb + text(which.group) + only + " on interface " + std::to_string(which.interface));
  }

  int fd_;
};

}  // namespace lln::exercise
