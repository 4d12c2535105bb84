#include "socket_options.hpp"

#include <lln/net/multicast_sender.hpp>

#include <netinet/in.h>

#include <cassert>
#include <cerrno>
#include <stdexcept>

namespace lln::net {

MulticastSender::MulticastSender(const Options& options) : max_datagram_(options.max_datagram) {
  detail::require_group(options.group);
  if (options.group.port == 0) {
    throw std::invalid_argument(options.group.to_string() +
                                " has port 0: a sender needs the receivers' port");
  }
  detail::require_interface(options.interface.index);
  detail::require_range("ttl", options.ttl, 0, 255);
  detail::require_range("batch", options.batch, 1, 1024);
  detail::require_range("max_datagram", static_cast<long long>(options.max_datagram), 1, 65'507);

  fd_ = detail::open_udp();
  detail::grant_send_buffer(fd(), options.send_buffer_bytes);
  detail::set_option(fd(), IPPROTO_IP, IP_MULTICAST_TTL, options.ttl,
                     "IP_MULTICAST_TTL " + std::to_string(options.ttl));
  detail::set_option(fd(), IPPROTO_IP, IP_MULTICAST_LOOP, int{options.loop}, "IP_MULTICAST_LOOP");
  ip_mreqn out{};
  out.imr_ifindex = options.interface.index;
  detail::set_option(fd(), IPPROTO_IP, IP_MULTICAST_IF, out, "IP_MULTICAST_IF " + options.interface.name);
  detail::bind_socket(fd(), {options.source.value_or(options.interface.address), 0});

  // Connected: route and addresses are looked up once, not for every datagram.
  const sockaddr_in group = options.group.to_sockaddr();
  if (::connect(fd(), reinterpret_cast<const sockaddr*>(&group), sizeof group) != 0) {
    detail::throw_errno(
        "connect to " + options.group.to_string() + " through interface " + options.interface.name, fd());
  }
  local_ = detail::local_endpoint_of(fd());

  constexpr std::size_t line = sizeof(CacheLine);
  const std::size_t payload_lines = (options.max_datagram + line - 1) / line;
  payloads_.resize(options.batch * payload_lines);
  vectors_.resize(options.batch);
  messages_.resize(options.batch);
  for (std::size_t i = 0; i < options.batch; ++i) {
    vectors_[i] = {payloads_[i * payload_lines].bytes, 0};
    messages_[i] = {};
    messages_[i].msg_hdr.msg_iov = &vectors_[i];
    messages_[i].msg_hdr.msg_iovlen = 1;
  }
}

std::span<std::byte> MulticastSender::loan() noexcept {
  if (pending_ == vectors_.size()) return {};
  return {static_cast<std::byte*>(vectors_[pending_].iov_base), max_datagram_};
}

void MulticastSender::commit(std::size_t bytes) noexcept {
  assert(pending_ < vectors_.size() && bytes <= max_datagram_);
  vectors_[pending_].iov_len = bytes;
  ++pending_;
}

std::size_t MulticastSender::flush() noexcept {
  std::size_t sent = 0;
  std::size_t next = 0;
  while (next < pending_) {
    const int count =
        ::sendmmsg(fd(), &messages_[next], static_cast<unsigned>(pending_ - next), MSG_NOSIGNAL);
    if (count > 0) {
      sent += static_cast<std::size_t>(count);
      next += static_cast<std::size_t>(count);
    } else if (errno != EINTR) {
      // The error belongs to the first of the rest; the others get their own chance.
      ++errors_;
      last_error_ = errno;
      ++next;
    }
  }
  pending_ = 0;
  return sent;
}

bool MulticastSender::send(std::span<const std::byte> bytes) noexcept {
  for (;;) {
    if (::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL) >= 0) return true;
    if (errno == EINTR) continue;
    ++errors_;
    last_error_ = errno;
    return false;
  }
}

}  // namespace lln::net
