// Exercise 05-04: reads many descriptors, edge-triggered and fair. The brief is in README.md. Linux.
#pragma once

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace lln::exercise {

// Who hears of a descriptor. Both may call add() and remove(), for this descriptor and for others, and close what they removed.
class Listener {
 public:
  virtual void on_bytes(int fd, std::span<const std::byte> bytes) = 0;  // never without bytes
  // No more will come: 0 when the peer said so, else the error. The descriptor is removed already, and still open.
  virtual void on_end(int fd, int error) = 0;

 protected:
  ~Listener() = default;
};

// One thread. Owns no descriptor but its epoll.
class EdgeReader {
 public:
  // Bytes, at least 1, that one descriptor may give in one turn.
  explicit EdgeReader(std::size_t budget) {
    fd_ = budget > 0 ? -1 : -2;  // TODO 1
  }
  ~EdgeReader() = default;  // TODO 1
  EdgeReader(const EdgeReader&) = delete;
  EdgeReader& operator=(const EdgeReader&) = delete;

  // A stream, a pipe, a socket: is made non-blocking and watched, edge-triggered (EPOLLIN | EPOLLRDHUP | EPOLLET). What it has
  // already is read in the next turn. Throws std::system_error.
  void add(int fd, Listener& listener) {
    static_cast<void>(fd);  // TODO 1
    static_cast<void>(listener);
  }
  // From now on, also in the turn that is going on, its listener is not called.
  void remove(int fd) noexcept {
    static_cast<void>(fd);  // TODO 4
  }

  // Waits, at most so long and only if no descriptor is known to have bytes left; a signal ends the wait. Then reads from each
  // descriptor that may have bytes until it is empty, or until it has given its budget; the rest is for the next
  // turn. How many bytes were read. Everybody's bytes come in their order, and all of them before the end.
  std::size_t turn(std::chrono::milliseconds timeout) {
    return static_cast<std::size_t>(timeout.count()) + 41;  // TODO 2, TODO 3, TODO 4
  }

  int fd() const noexcept { return fd_; }  // of the epoll

 private:
  int fd_ = -1;
};

}  // namespace lln::exercise
