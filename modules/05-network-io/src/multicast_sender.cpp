#include "socket_options.hpp"

#include <lln/net/multicast_sender.hpp>

#include <netinet/in.h>

#include <cassert>
#include <cerrno>
#include <stdexcept>
#include <utility>

namespace lln::net {

MulticastSender::MulticastSender(const Options& options) : max_datagram_(options.max_datagram) {
  detail::require_group(options.group);
  if (options.group.port == 0) {
    throw std::invalid_argument(options.group.to_string() +
                                " has port 0: a sender needs the receivers' port");
  }
  detail::require_interface(options.interface.index);

  batch_ = detail::MessageBatch(options.batch, options.max_datagram, detail::max_sent_datagram);
  fd_ = detail::open_udp();
  detail::grant_send_buffer(fd(), options.send_buffer_bytes);
  detail::send_multicast_through(fd(), options.interface, options.ttl, options.loop);
  detail::bind_socket(fd(), {options.source.value_or(options.interface.address), 0});

  // Connected: route and addresses are looked up once, not for every datagram.
  const sockaddr_in group = options.group.to_sockaddr();
  if (::connect(fd(), reinterpret_cast<const sockaddr*>(&group), sizeof group) != 0) {
    detail::throw_errno(
        "connect to " + options.group.to_string() + " through interface " + options.interface.name, fd());
  }
  local_ = detail::local_endpoint_of(fd());
}

std::span<std::byte> MulticastSender::loan() noexcept {
  if (pending_ == batch_.size()) return {};
  return {batch_.payload(pending_), max_datagram_};
}

void MulticastSender::commit(std::size_t bytes) noexcept {
  assert(pending_ < batch_.size() && bytes <= max_datagram_);
  batch_.vectors[pending_].iov_len = bytes;
  ++pending_;
}

std::size_t MulticastSender::flush() noexcept {
  return detail::send_batch(fd(), batch_, std::exchange(pending_, 0), errors_);
}

bool MulticastSender::send(std::span<const std::byte> bytes) noexcept {
  for (;;) {
    if (::send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL) >= 0) return true;
    if (errno == EINTR) continue;
    ++errors_.count;
    errors_.last = errno;
    return false;
  }
}

}  // namespace lln::net
