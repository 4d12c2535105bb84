// Common ground of the socket tests: patience, texts as bytes, options and errors as values, signals.
#pragma once

#include <sys/socket.h>
#include <sys/time.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <exception>
#include <span>
#include <string>
#include <string_view>

namespace lln::net::test {

using namespace std::chrono_literals;

// How long a test waits for something that must come. Only a failing test waits that long.
inline constexpr auto patience = 20s;

inline std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

inline std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The text of the exception that `body` throws; "" if none.
template <class Body>
std::string error_of(Body body) {
  try {
    body();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

inline int int_option(int fd, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  return ::getsockopt(fd, level, name, &value, &size) == 0 ? value : -1;
}

// SIGALRM interrupts and does nothing else as long as it lives.
class SignalHandler {
 public:
  SignalHandler() {
    struct sigaction action {};
    action.sa_handler = [](int) {};
    ::sigaction(SIGALRM, &action, &previous_);
  }
  ~SignalHandler() { ::sigaction(SIGALRM, &previous_, nullptr); }
  SignalHandler(const SignalHandler&) = delete;
  SignalHandler& operator=(const SignalHandler&) = delete;

 private:
  struct sigaction previous_ {};
};

// One every millisecond as long as it lives.
class SignalRain {
 public:
  SignalRain() { set(1000); }
  ~SignalRain() { set(0); }
  SignalRain(const SignalRain&) = delete;
  SignalRain& operator=(const SignalRain&) = delete;

 private:
  static void set(int microseconds) {
    const itimerval timer{{0, microseconds}, {0, microseconds}};
    ::setitimer(ITIMER_REAL, &timer, nullptr);
  }

  SignalHandler handler_;
};

}  // namespace lln::net::test
