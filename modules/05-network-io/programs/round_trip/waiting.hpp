// The ways to wait for a message, each for any socket. A socket here is any class with
//   int fd() const
//   bool send(std::span<const std::byte>) noexcept              without blocking
//   std::size_t try_receive(std::span<std::byte>) noexcept      0 = nothing there
#pragma once

#include "ping_pong.hpp"

#include <lln/net/file_descriptor.hpp>

#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace lln::round_trip {

// Streams may deliver a message in parts; `get(rest)` returns 0 when there will be no more.
template <class Get>
bool receive_whole(std::span<std::byte> message, Get get) noexcept {
  while (!message.empty()) {
    const std::size_t size = get(message);
    if (size == 0) return false;
    message = message.subspan(size);
  }
  return true;
}

// Asks over and over: never sleeps, keeps its CPU to itself.
template <class Socket>
class Spinning {
 public:
  explicit Spinning(Socket socket) : socket_(std::move(socket)) {}
  bool send(std::span<const std::byte> message) noexcept { return socket_.send(message); }
  bool receive(std::span<std::byte> message) noexcept {
    return receive_whole(message, [this](std::span<std::byte> rest) noexcept {
      Patience patience_left;
      std::size_t size = 0;
      while ((size = socket_.try_receive(rest)) == 0) {
        if (patience_left.over()) break;
      }
      return size;
    });
  }

 private:
  Socket socket_;
};

// Sleeps inside recv(2).
template <class Socket>
class Blocking {
 public:
  explicit Blocking(Socket socket) : socket_(std::move(socket)) {
    const timeval limit{std::chrono::seconds(patience).count(), 0};
    if (::setsockopt(socket_.fd(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0)
      throw std::system_error(errno, std::generic_category(), "SO_RCVTIMEO");
  }
  bool send(std::span<const std::byte> message) noexcept { return socket_.send(message); }
  bool receive(std::span<std::byte> message) noexcept {
    return receive_whole(message, [this](std::span<std::byte> rest) noexcept {
      ssize_t size = 0;
      do {
        size = ::recv(socket_.fd(), rest.data(), rest.size(), 0);
      } while (size < 0 && errno == EINTR);
      return size > 0 ? static_cast<std::size_t>(size) : 0;
    });
  }

 private:
  Socket socket_;
};

// Sleeps in epoll_wait(2) and then receives; or, with `spins`, asks epoll_wait(2) over and over.
template <class Socket>
class Epolling {
 public:
  Epolling(Socket socket, bool spins) : socket_(std::move(socket)), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    timeout_ = spins ? 0 : static_cast<int>(std::chrono::milliseconds(patience).count());
    epoll_event event{};
    event.events = EPOLLIN;
    if (!epoll_ || ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, socket_.fd(), &event) != 0)
      throw std::system_error(errno, std::generic_category(), "epoll on a socket");
  }
  bool send(std::span<const std::byte> message) noexcept { return socket_.send(message); }
  bool receive(std::span<std::byte> message) noexcept {
    return receive_whole(message, [this](std::span<std::byte> rest) noexcept {
      Patience patience_left;
      while (true) {
        epoll_event event;
        const int ready = ::epoll_wait(epoll_.get(), &event, 1, timeout_);
        const std::size_t size = ready > 0 ? socket_.try_receive(rest) : 0;
        if (size > 0) return size;
        if (timeout_ > 0 && ready == 0) return size;
        if (patience_left.over()) return size;
      }
    });
  }

 private:
  Socket socket_;
  net::FileDescriptor epoll_;
  int timeout_;
};

}  // namespace lln::round_trip
