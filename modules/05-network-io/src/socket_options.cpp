#include "socket_options.hpp"

#include "deadline.hpp"

#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <poll.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

namespace lln::net::detail {

void throw_errno(const std::string& attempt, int fd) {
  const int error = errno;
  throw std::system_error(error, std::generic_category(), attempt + " on fd " + std::to_string(fd));
}

FileDescriptor open_udp() {
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "opening a UDP socket");
  return FileDescriptor(fd);
}

int get_int_option(int fd, int level, int name, const char* attempt) {
  int value = 0;
  socklen_t size = sizeof value;
  if (::getsockopt(fd, level, name, &value, &size) != 0) throw_errno(attempt, fd);
  return value;
}

void bind_socket(int fd, const Endpoint& local) {
  const sockaddr_in address = local.to_sockaddr();
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return;
  std::string attempt = "bind to " + local.to_string();
  if (errno == EADDRINUSE) attempt += " (another socket holds this port and does not share it)";
  if (errno == EADDRNOTAVAIL) attempt += " (not an address of this host)";
  if (errno == EACCES) attempt += " (ports below 1024 need CAP_NET_BIND_SERVICE)";
  throw_errno(attempt, fd);
}

Endpoint local_endpoint_of(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) throw_errno("getsockname", fd);
  return Endpoint::from_sockaddr(address);
}

int grant_receive_buffer(int fd, int bytes) {
  if (!try_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, bytes)) {
    set_option(fd, SOL_SOCKET, SO_RCVBUF, bytes, "SO_RCVBUF " + std::to_string(bytes) + " bytes");
  }
  return get_int_option(fd, SOL_SOCKET, SO_RCVBUF, "reading SO_RCVBUF");
}

int grant_send_buffer(int fd, int bytes) {
  if (!try_option(fd, SOL_SOCKET, SO_SNDBUFFORCE, bytes)) {
    set_option(fd, SOL_SOCKET, SO_SNDBUF, bytes, "SO_SNDBUF " + std::to_string(bytes) + " bytes");
  }
  return get_int_option(fd, SOL_SOCKET, SO_SNDBUF, "reading SO_SNDBUF");
}

void set_tos(int fd, int tos) {
  require_range("IP_TOS", tos, 0, 255);
  set_option(fd, IPPROTO_IP, IP_TOS, tos, "IP_TOS " + std::to_string(tos));
}

void set_busy_poll(int fd, std::chrono::microseconds time) {
  require_range("busy poll time in us", time.count(), 0, 1'000'000);
  set_option(fd, SOL_SOCKET, SO_BUSY_POLL, static_cast<int>(time.count()),
             "SO_BUSY_POLL " + std::to_string(time.count()) + "us");
}

void join_group(int fd, Ipv4Address group, const Interface& interface,
                const std::optional<Ipv4Address>& source) {
  const auto attempt = "joining " + group.to_string() + (source ? " from " + source->to_string() : "") +
                       " on interface " + interface.name;
  if (source) {
    group_source_req request{};
    request.gsr_interface = static_cast<std::uint32_t>(interface.index);
    const sockaddr_in group_address = Endpoint{group, 0}.to_sockaddr();
    const sockaddr_in source_address = Endpoint{*source, 0}.to_sockaddr();
    std::memcpy(&request.gsr_group, &group_address, sizeof group_address);
    std::memcpy(&request.gsr_source, &source_address, sizeof source_address);
    set_option(fd, IPPROTO_IP, MCAST_JOIN_SOURCE_GROUP, request, attempt);
  } else {
    ip_mreqn request{};
    request.imr_multiaddr = Endpoint{group, 0}.to_sockaddr().sin_addr;
    request.imr_ifindex = interface.index;
    set_option(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, request, attempt);
  }
}

void send_multicast_through(int fd, const Interface& interface, int ttl, bool loop) {
  require_range("ttl", ttl, 0, 255);
  set_option(fd, IPPROTO_IP, IP_MULTICAST_TTL, ttl, "IP_MULTICAST_TTL " + std::to_string(ttl));
  set_option(fd, IPPROTO_IP, IP_MULTICAST_LOOP, int{loop}, "IP_MULTICAST_LOOP");
  ip_mreqn out{};
  out.imr_ifindex = interface.index;
  set_option(fd, IPPROTO_IP, IP_MULTICAST_IF, out, "IP_MULTICAST_IF " + interface.name);
}

std::optional<std::uint32_t> kernel_drops(int fd) noexcept {
  std::uint32_t memory[SK_MEMINFO_VARS] = {};
  socklen_t size = sizeof memory;
  if (::getsockopt(fd, SOL_SOCKET, SO_MEMINFO, memory, &size) != 0) return std::nullopt;
  return memory[SK_MEMINFO_DROPS];
}

unsigned napi_id(int fd) noexcept {
  unsigned id = 0;
  socklen_t size = sizeof id;
  return ::getsockopt(fd, SOL_SOCKET, SO_INCOMING_NAPI_ID, &id, &size) == 0 ? id : 0;
}

bool wait_for(int fd, short events, std::chrono::milliseconds timeout) noexcept {
  const Deadline deadline(timeout);
  pollfd entry{fd, events, 0};
  for (;;) {
    const int ready = ::poll(&entry, 1, poll_timeout(deadline.left()));
    if (ready >= 0 || errno != EINTR) return ready > 0;
  }
}

bool wait_readable(int fd, std::chrono::milliseconds timeout) noexcept {
  return wait_for(fd, POLLIN, timeout);
}

void require_group(const Endpoint& group) {
  if (!group.address.is_multicast()) {
    throw std::invalid_argument(
        group.to_string() +
        " is not a multicast group: its address must lie in 224.0.0.0 .. 239.255.255.255");
  }
}

void require_interface(int index) {
  if (index <= 0) {
    throw std::invalid_argument(
        "no interface given: multicast needs one, for example Interface::named(\"lo\") or "
        "Interface::loopback()");
  }
}

void require_range(std::string_view what, long long value, long long low, long long high) {
  if (value < low || value > high) {
    throw std::invalid_argument(std::string(what) + " is " + std::to_string(value) + ", must be " +
                                std::to_string(low) + " .. " + std::to_string(high));
  }
}

}  // namespace lln::net::detail
