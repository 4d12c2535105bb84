// What the tests of both sides use: a stream with two ends, frames made by hand, and all that a peer can read.
#pragma once

#include <lln/testkit/net.hpp>

#include <sys/socket.h>

#include <cerrno>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace lln::exercise {

constexpr const char* notes_on_framing = "modules/05-network-io/README.md#tcp-for-latency";

// Two ends of a stream, blocking as they come.
inline std::pair<testkit::Socket, testkit::Socket> stream() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    throw std::system_error(errno, std::generic_category(), "a pair of stream sockets");
  return {testkit::Socket(ends[0]), testkit::Socket(ends[1])};
}

inline std::span<const std::byte> bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

inline std::string text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The frame that the contract describes, for payloads up to 65535 bytes.
inline std::string frame(std::string_view payload) {
  std::string made{'\0', '\0', static_cast<char>(payload.size() >> 8), static_cast<char>(payload.size())};
  return made.append(payload);
}

// All that lies in the socket.
inline std::string drained(const testkit::Socket& socket) {
  std::string all;
  char part[4096];
  for (;;) {
    const ssize_t got = ::recv(socket.get(), part, sizeof part, MSG_DONTWAIT);
    if (got <= 0) return all;
    all.append(part, static_cast<std::size_t>(got));
  }
}

inline void put(const testkit::Socket& socket, std::string_view bytes) {
  if (::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size()))
    throw std::system_error(errno, std::generic_category(), "a test's own write");
}

}  // namespace lln::exercise
