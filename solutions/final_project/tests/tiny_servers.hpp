// Servers for the tests of the two clients: on loopback, ephemeral ports, driven step by step from the test's
// own thread.
#pragma once

#include "feed_testkit.hpp"

#include <lln/feed/soup_bin_tcp.hpp>
#include <lln/net/endpoint.hpp>
#include <lln/net/file_descriptor.hpp>

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

namespace lln::handler::testkit {

inline constexpr net::Endpoint any_loopback_port{net::Ipv4Address{0x7F000001}, 0};

/// Waits for a condition; false after ten seconds, which no working machine needs.
template <class Condition>
bool eventually(Condition&& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

inline void check_call(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
}

class TinyTcpServer {
 public:
  explicit TinyTcpServer(int backlog = 8) : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    check_call(listener_.get(), "socket");
    const sockaddr_in address = any_loopback_port.to_sockaddr();
    check_call(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
    check_call(::listen(listener_.get(), backlog), "listen");
    sockaddr_in bound{};
    socklen_t size = sizeof bound;
    check_call(::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&bound), &size), "getsockname");
    endpoint_ = net::Endpoint::from_sockaddr(bound);
  }

  net::Endpoint endpoint() const { return endpoint_; }
  /// Afterwards connections to endpoint() are refused.
  void stop_listening() { listener_.reset(); }

  /// Waits for a client.
  void accept() {
    pollfd wait{listener_.get(), POLLIN, 0};
    if (::poll(&wait, 1, 10'000) != 1) throw std::runtime_error("no client came");
    connection_.reset(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    check_call(connection_.get(), "accept");
  }
  bool client_waits() const {
    pollfd wait{listener_.get(), POLLIN, 0};
    return ::poll(&wait, 1, 0) == 1;
  }
  void send(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(connection_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      check_call(static_cast<int>(sent), "send");
      bytes = bytes.subspan(static_cast<std::size_t>(sent));
    }
  }
  /// As much as there is room for; how many bytes that were.
  std::size_t send_some(std::span<const std::byte> bytes) {
    const ssize_t sent = ::send(connection_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent < 0 ? 0 : static_cast<std::size_t>(sent);
  }
  /// Waits until so many bytes have come.
  Bytes receive(std::size_t size) {
    Bytes bytes(size);
    const ssize_t got = ::recv(connection_.get(), bytes.data(), size, MSG_WAITALL);
    check_call(static_cast<int>(got), "recv");
    bytes.resize(static_cast<std::size_t>(got));
    return bytes;
  }
  /// True when the client has closed its side. What it had sent is dropped.
  bool client_gone() {
    std::byte bytes[256];
    while (true) {
      const ssize_t got = ::recv(connection_.get(), bytes, sizeof bytes, MSG_DONTWAIT);
      if (got == 0) return true;
      if (got < 0) return errno != EAGAIN;
    }
  }
  void close() { connection_.reset(); }
  void reset_connection() {
    const linger now{1, 0};
    check_call(::setsockopt(connection_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now), "SO_LINGER");
    connection_.reset();
  }

 private:
  net::FileDescriptor listener_;
  net::FileDescriptor connection_;
  net::Endpoint endpoint_;
};

// SoupBinTCP packets.
inline Bytes soup(feed::SoupType type, std::span<const std::byte> payload = {}) {
  Bytes bytes;
  feed::encode_soup(type, payload, bytes);
  return bytes;
}
inline Bytes login_accepted(std::string_view session = default_session) {
  Bytes bytes;
  feed::encode_soup(feed::LoginAccepted{feed::session_id(session), 1}, bytes);
  return bytes;
}
inline Bytes sequenced(std::span<const std::byte> message) {
  return soup(feed::SoupType::sequenced_data, message);
}
inline Bytes sequenced(std::string_view text) { return sequenced(std::as_bytes(std::span(text))); }
inline Bytes end_of_snapshot(std::uint64_t next) {
  Bytes message(21);
  message[0] = std::byte{'G'};
  feed::encode_soup_number(next, std::span(message).last<20>());
  return sequenced(message);
}
inline Bytes joined(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (const Bytes& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

}  // namespace lln::handler::testkit
