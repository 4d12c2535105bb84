#include "socket_options.hpp"

#include <lln/net/udp_socket.hpp>

#include <cerrno>

namespace lln::net {

UdpSocket::UdpSocket() : fd_(detail::open_udp()) {}

void UdpSocket::bind(const Endpoint& local) { detail::bind_socket(fd(), local); }

void UdpSocket::connect(const Endpoint& peer) {
  const sockaddr_in address = peer.to_sockaddr();
  if (::connect(fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    detail::throw_errno("connect to " + peer.to_string(), fd());
  }
}

Endpoint UdpSocket::local_endpoint() const { return detail::local_endpoint_of(fd()); }

int UdpSocket::set_receive_buffer(int bytes) { return detail::grant_receive_buffer(fd(), bytes); }

int UdpSocket::set_send_buffer(int bytes) { return detail::grant_send_buffer(fd(), bytes); }

void UdpSocket::set_reuse_address(bool on) {
  detail::set_option(fd(), SOL_SOCKET, SO_REUSEADDR, int{on}, on ? "SO_REUSEADDR on" : "SO_REUSEADDR off");
}

void UdpSocket::set_reuse_port(bool on) {
  detail::set_option(fd(), SOL_SOCKET, SO_REUSEPORT, int{on}, on ? "SO_REUSEPORT on" : "SO_REUSEPORT off");
}

void UdpSocket::set_tos(int tos) { detail::set_tos(fd(), tos); }

void UdpSocket::set_busy_poll(std::chrono::microseconds time) { detail::set_busy_poll(fd(), time); }

bool UdpSocket::send(std::span<const std::byte> bytes) noexcept {
  const ssize_t sent = ::send(fd(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  last_error_ = sent < 0 ? errno : 0;
  return sent >= 0;
}

bool UdpSocket::send_to(std::span<const std::byte> bytes, const Endpoint& to) noexcept {
  const sockaddr_in address = to.to_sockaddr();
  const ssize_t sent = ::sendto(fd(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                                reinterpret_cast<const sockaddr*>(&address), sizeof address);
  last_error_ = sent < 0 ? errno : 0;
  return sent >= 0;
}

std::optional<std::size_t> UdpSocket::receive(std::span<std::byte> buffer) noexcept {
  const ssize_t size = ::recv(fd(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  last_error_ = size < 0 ? errno : 0;
  if (size < 0) return std::nullopt;
  return static_cast<std::size_t>(size);
}

std::optional<UdpSocket::Received> UdpSocket::receive_from(std::span<std::byte> buffer) noexcept {
  sockaddr_in from{};
  iovec vector{buffer.data(), buffer.size()};
  msghdr header{};
  header.msg_name = &from;
  header.msg_namelen = sizeof from;
  header.msg_iov = &vector;
  header.msg_iovlen = 1;
  const ssize_t size = ::recvmsg(fd(), &header, MSG_DONTWAIT);
  last_error_ = size < 0 ? errno : 0;
  if (size < 0) return std::nullopt;
  return Received{static_cast<std::size_t>(size), Endpoint::from_sockaddr(from),
                  (header.msg_flags & MSG_TRUNC) != 0};
}

std::optional<std::size_t> UdpSocket::receive(std::span<std::byte> buffer,
                                              std::chrono::milliseconds timeout) noexcept {
  auto result = receive(buffer);
  if (!result && last_error_ == EAGAIN && wait(timeout)) result = receive(buffer);
  return result;
}

std::optional<UdpSocket::Received> UdpSocket::receive_from(std::span<std::byte> buffer,
                                                           std::chrono::milliseconds timeout) noexcept {
  auto result = receive_from(buffer);
  if (!result && last_error_ == EAGAIN && wait(timeout)) result = receive_from(buffer);
  return result;
}

bool UdpSocket::wait(std::chrono::milliseconds timeout) noexcept {
  return detail::wait_readable(fd(), timeout);
}

}  // namespace lln::net
