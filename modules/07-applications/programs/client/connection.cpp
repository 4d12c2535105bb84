#include "connection.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/un.h>

#include <stdexcept>
#include <system_error>

namespace lln::echo_client {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

std::string shown(const ServerAddress& address) {
  using Kind = ServerAddress::Kind;
  if (address.kind == Kind::unix_stream) return "unix:" + address.path;
  return (address.kind == Kind::tcp ? "tcp:" : "udp:") + address.endpoint.to_string();
}

int open_socket(const ServerAddress& address) {
  using Kind = ServerAddress::Kind;
  const int family = address.kind == Kind::unix_stream ? AF_UNIX : AF_INET;
  const int type = address.kind == Kind::udp ? SOCK_DGRAM : SOCK_STREAM;
  const int fd = ::socket(family, type | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("a socket for " + shown(address));
  return fd;
}

void connect(int fd, const ServerAddress& address) {
  int result = 0;
  if (address.kind == ServerAddress::Kind::unix_stream) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::memcpy(name.sun_path, address.path.data(), address.path.size());
    socklen_t length = sizeof name;
    if (name.sun_path[0] == '@') {
      name.sun_path[0] = '\0';
      length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.path.size());
    }
    result = ::connect(fd, reinterpret_cast<const sockaddr*>(&name), length);
  } else {
    const sockaddr_in name = address.endpoint.to_sockaddr();
    result = ::connect(fd, reinterpret_cast<const sockaddr*>(&name), sizeof name);
  }
  if (result != 0) fail("connecting to " + shown(address));
}

void set(int fd, int level, int name, int value, const std::string& what) {
  if (::setsockopt(fd, level, name, &value, sizeof value) != 0) fail(what);
}

}  // namespace

Connection::Connection(const ServerAddress& address, const ConnectionOptions& options)
    : fd_(open_socket(address)),
      datagrams_(address.kind == ServerAddress::Kind::udp),
      raw_(options.raw),
      message_size_(options.message_size) {
  if (message_size_ < app::echo_header_size || message_size_ > app::echo_header_size + app::echo_max_payload)
    throw std::invalid_argument("a message has " + std::to_string(app::echo_header_size) + " to " +
                                std::to_string(app::echo_header_size + app::echo_max_payload) +
                                " bytes, not " + std::to_string(message_size_));
  if (address.kind == ServerAddress::Kind::tcp) set(fd_.get(), IPPROTO_TCP, TCP_NODELAY, 1, "TCP_NODELAY");
  if (options.busy_poll_us > 0)
    set(fd_.get(), SOL_SOCKET, SO_BUSY_POLL, options.busy_poll_us,
        "SO_BUSY_POLL " + std::to_string(options.busy_poll_us) + "us");
  connect(fd_.get(), address);

  const std::size_t room = datagrams_ ? 1 : std::max<std::size_t>(options.room_messages, 1);
  output_.resize(room * message_size_);
  const auto payload = static_cast<std::uint16_t>(message_size_ - app::echo_header_size);
  for (std::size_t at = 0; at < output_.size(); at += message_size_) {
    std::byte* const message = output_.data() + at;
    app::encode_echo({.length = payload},
                     std::span<std::byte, app::echo_header_size>(message, app::echo_header_size));
    for (std::size_t i = app::echo_header_size; i < message_size_; ++i)
      message[i] = static_cast<std::byte>('a' + i % 26);
  }
  // A goodbye is longer than a small answer.
  input_.resize(std::max<std::size_t>(room * message_size_, 4096) + message_size_);
}

std::size_t Connection::sent(ssize_t n) noexcept {
  if (n >= 0) return static_cast<std::size_t>(n);
  if (errno == EAGAIN || errno == EINTR || errno == ENOBUFS) return 0;
  if (error_.empty()) error_ = std::string("sending: ") + std::strerror(errno);
  return 0;
}

void Connection::note_end(ssize_t n) noexcept {
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (!error_.empty()) return;
  if (n < 0) {
    error_ = std::string("receiving: ") + std::strerror(errno);
  } else if (datagrams_) {
    error_ = "an empty datagram is no answer";
  } else {
    error_ = kept_ == 0 ? "the server closed the connection"
                        : "the server closed the connection in the middle of an answer";
  }
}

void Connection::note_no_answer(app::EchoReason reason, const app::EchoHeader& header,
                                const std::byte* at) noexcept {
  if (reason != app::EchoReason::ok) {
    error_ = "what came is no answer: " + std::string(app::explain(reason));
  } else if (header.type == app::EchoType::goodbye && header.length > 0) {
    const auto why = std::to_integer<std::uint8_t>(at[app::echo_header_size]);
    error_ = "the server said goodbye: " + std::string(app::explain(static_cast<app::EchoReason>(why)));
  } else if (header.type == app::EchoType::request) {
    error_ = "the server sent the request back; one that knows nothing of the protocol needs --raw";
  } else {
    error_ = "the answer has " + std::to_string(header.message_size()) + " bytes, the request " +
             std::to_string(message_size_);
  }
}

}  // namespace lln::echo_client
