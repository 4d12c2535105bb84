// Common ground of the stream tests: two connected ends, contents that show a lost or doubled byte, signals.
#pragma once

#include <lln/net/stream_socket.hpp>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <chrono>
#include <csignal>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lln::net::test {

using namespace std::chrono_literals;

// How long a test waits for something that must come. Only a failing test waits that long.
inline constexpr auto stream_patience = 20s;

inline std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

inline std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline std::vector<std::byte> pattern(std::size_t size) {
  std::vector<std::byte> result(size);
  std::uint32_t state = 1;
  for (std::byte& byte : result) byte = static_cast<std::byte>((state = state * 1664525 + 1013904223) >> 24);
  return result;
}

// Two ends of a Unix stream: nothing is under way, what is sent is there.
inline std::pair<StreamSocket, StreamSocket> unix_pair() {
  int ends[2];
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  return {StreamSocket(FileDescriptor(ends[0])), StreamSocket(FileDescriptor(ends[1]))};
}

// Sockets that keep the borders between writes: each receive() shows what one write was.
inline std::pair<StreamSocket, StreamSocket> pair_with_borders() {
  int ends[2];
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
  return {StreamSocket(FileDescriptor(ends[0])), StreamSocket(FileDescriptor(ends[1]))};
}

inline int option_of(int fd, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  return ::getsockopt(fd, level, name, &value, &size) == 0 ? value : -1;
}

// SIGALRM every millisecond as long as it lives; its handler does nothing.
class SignalRain {
 public:
  SignalRain() {
    struct sigaction action {};
    action.sa_handler = [](int) {};
    ::sigaction(SIGALRM, &action, &previous_);
    const itimerval every_millisecond{{0, 1000}, {0, 1000}};
    ::setitimer(ITIMER_REAL, &every_millisecond, nullptr);
  }
  ~SignalRain() {
    const itimerval never{};
    ::setitimer(ITIMER_REAL, &never, nullptr);
    ::sigaction(SIGALRM, &previous_, nullptr);
  }
  SignalRain(const SignalRain&) = delete;
  SignalRain& operator=(const SignalRain&) = delete;

 private:
  struct sigaction previous_ {};
};

// What `body` throws as text; "" if nothing.
template <class Body>
std::string thrown_by(Body body) {
  try {
    body();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

}  // namespace lln::net::test
