#include "deadline.hpp"
#include "socket_options.hpp"

#include <lln/net/stream_socket.hpp>

#include <poll.h>

#include <cassert>
#include <cerrno>

namespace lln::net {

std::size_t StreamSocket::send(std::span<const std::byte> bytes) noexcept {
  const ssize_t sent = ::send(fd(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent < 0) {
    last_error_ = errno;
    return 0;
  }
  // A short count has one cause that the next call would name: the buffer is full.
  last_error_ = static_cast<std::size_t>(sent) < bytes.size() ? EAGAIN : 0;
  return static_cast<std::size_t>(sent);
}

bool StreamSocket::send_all(std::span<const std::byte> bytes, std::chrono::milliseconds timeout) noexcept {
  const detail::Deadline deadline(timeout);
  for (;;) {
    bytes = bytes.subspan(send(bytes));
    if (bytes.empty()) return last_error_ == 0;
    if (last_error_ != EAGAIN || !wait_writable(deadline.left())) return false;
  }
}

std::optional<std::size_t> StreamSocket::receive(std::span<std::byte> buffer) noexcept {
  assert(!buffer.empty());  // recv(2) answers 0 to it, which would look like the end of the stream
  const ssize_t size = ::recv(fd(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  last_error_ = size < 0 ? errno : 0;
  if (size < 0) return std::nullopt;
  return static_cast<std::size_t>(size);
}

std::optional<std::size_t> StreamSocket::receive(std::span<std::byte> buffer,
                                                 std::chrono::milliseconds timeout) noexcept {
  auto result = receive(buffer);
  if (!result && last_error_ == EAGAIN && wait_readable(timeout)) result = receive(buffer);
  return result;
}

bool StreamSocket::receive_all(std::span<std::byte> buffer, std::chrono::milliseconds timeout) noexcept {
  const detail::Deadline deadline(timeout);
  while (!buffer.empty()) {
    const auto size = receive(buffer, deadline.left());
    if (!size || *size == 0) return false;
    buffer = buffer.subspan(*size);
  }
  return true;
}

bool StreamSocket::wait_readable(std::chrono::milliseconds timeout) noexcept {
  return detail::wait_for(fd(), POLLIN, timeout);
}

bool StreamSocket::wait_writable(std::chrono::milliseconds timeout) noexcept {
  return detail::wait_for(fd(), POLLOUT, timeout);
}

void StreamSocket::shut_down_sending() noexcept { ::shutdown(fd(), SHUT_WR); }

void StreamSocket::abort() noexcept {
  const linger at_once{1, 0};
  detail::try_option(fd(), SOL_SOCKET, SO_LINGER, at_once);
  fd_.reset();
}

}  // namespace lln::net
