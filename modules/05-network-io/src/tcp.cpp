#include "socket_options.hpp"

#include <lln/net/tcp_listener.hpp>
#include <lln/net/tcp_stream.hpp>

#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>

#include <cerrno>

namespace lln::net {
namespace {

FileDescriptor open_tcp(const TcpOptions& options) {
  // Not blocking: a connect() with a time limit and an accept() that does not wait have no flag of their own.
  FileDescriptor result(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int fd = result.get();
  if (fd < 0) detail::throw_errno("opening a TCP socket", fd);
  detail::set_option(fd, IPPROTO_TCP, TCP_NODELAY, int{options.no_delay}, "TCP_NODELAY");
  if (options.receive_buffer_bytes != 0) detail::grant_receive_buffer(fd, options.receive_buffer_bytes);
  if (options.send_buffer_bytes != 0) detail::grant_send_buffer(fd, options.send_buffer_bytes);
  if (options.tos != 0) detail::set_tos(fd, options.tos);
  if (options.busy_poll) detail::set_busy_poll(fd, *options.busy_poll);
  const std::string& algorithm = options.congestion_control;
  if (!algorithm.empty() && ::setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, algorithm.data(),
                                         static_cast<socklen_t>(algorithm.size())) != 0) {
    detail::throw_errno("TCP_CONGESTION " + algorithm, fd);
  }
  return result;
}

void make_blocking(int fd) {
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || ::fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) != 0)
    detail::throw_errno("clearing O_NONBLOCK", fd);
}

}  // namespace

TcpStream TcpStream::connect(const Endpoint& peer, const TcpOptions& options,
                             std::chrono::milliseconds timeout) {
  FileDescriptor opened = open_tcp(options);
  const int fd = opened.get();
  const sockaddr_in address = peer.to_sockaddr();
  int error = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
  if (error == EINPROGRESS) {
    const bool decided = detail::wait_for(fd, POLLOUT, timeout);
    error = decided ? detail::get_int_option(fd, SOL_SOCKET, SO_ERROR, "reading SO_ERROR") : ETIMEDOUT;
  }
  if (error != 0) {
    errno = error;
    detail::throw_errno("connect to " + peer.to_string(), fd);
  }
  make_blocking(fd);
  return TcpStream(std::move(opened));
}

void TcpStream::set_no_delay(bool on) {
  detail::set_option(fd(), IPPROTO_TCP, TCP_NODELAY, int{on}, on ? "TCP_NODELAY on" : "TCP_NODELAY off");
}

bool TcpStream::set_quick_ack(bool on) noexcept {
  return detail::try_option(fd(), IPPROTO_TCP, TCP_QUICKACK, int{on});
}

Endpoint TcpStream::local_endpoint() const { return detail::local_endpoint_of(fd()); }

Endpoint TcpStream::peer_endpoint() const {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (::getpeername(fd(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    detail::throw_errno("getpeername", fd());
  }
  return Endpoint::from_sockaddr(address);
}

TcpListener::TcpListener(const Options& options) : fd_(open_tcp(options.stream)) {
  detail::set_option(fd(), SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR on");
  if (options.reuse_port) detail::set_option(fd(), SOL_SOCKET, SO_REUSEPORT, 1, "SO_REUSEPORT on");
  detail::bind_socket(fd(), options.local);
  local_ = detail::local_endpoint_of(fd());
  if (::listen(fd(), options.backlog) != 0) detail::throw_errno("listen at " + local_.to_string(), fd());
}

std::optional<TcpStream> TcpListener::accept() noexcept {
  // The accepted descriptor does not inherit O_NONBLOCK.
  const int accepted = ::accept4(fd(), nullptr, nullptr, SOCK_CLOEXEC);
  last_error_ = accepted < 0 ? errno : 0;
  if (accepted < 0) return std::nullopt;
  return TcpStream(FileDescriptor(accepted));
}

std::optional<TcpStream> TcpListener::accept(std::chrono::milliseconds timeout) noexcept {
  auto result = accept();
  if (!result && last_error_ == EAGAIN && detail::wait_for(fd(), POLLIN, timeout)) result = accept();
  return result;
}

}  // namespace lln::net
