// One client's connection, given: it reads requests, keeps answers that the kernel did not take, and never waits. A request is 8
// bytes, and so is an answer; what they mean is the service's affair. 8 bytes 0xff are the goodbye.
#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

namespace lln::exercise {

inline constexpr std::uint64_t goodbye = ~std::uint64_t{0};

class Connection {
 public:
  enum class Input { open, ended, broken };

  explicit Connection(int socket) : socket_(socket) {}  // takes the socket over
  ~Connection() { ::close(socket_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Reads all that has come; each whole request is given to `accept(request)`, in order.
  template <class Accept>
  Input read(Accept accept) {
    for (;;) {
      const ssize_t got = ::recv(socket_, part_.data() + begun_, part_.size() - begun_, MSG_DONTWAIT);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? Input::open : Input::broken;
      if (got == 0) return Input::ended;
      begun_ += static_cast<std::size_t>(got);
      std::size_t done = 0;
      for (; begun_ - done >= sizeof(std::uint64_t); done += sizeof(std::uint64_t)) {
        std::uint64_t request = 0;
        std::memcpy(&request, part_.data() + done, sizeof request);
        accept(request);
      }
      begun_ -= done;
      std::memmove(part_.data(), part_.data() + done, begun_);
    }
  }

  // Reads all that has come, and forgets it.
  Input discard() {
    return read([](std::uint64_t) {});
  }

  // Appends to what waits to be written.
  void say(std::uint64_t answer) {
    const auto* const bytes = reinterpret_cast<const std::byte*>(&answer);
    waiting_.insert(waiting_.end(), bytes, bytes + sizeof answer);
  }

  // Writes what waits, as far as the kernel takes it. False: the connection is broken.
  bool write() {
    std::size_t done = 0;
    while (done < waiting_.size()) {
      const ssize_t took =
          ::send(socket_, waiting_.data() + done, waiting_.size() - done, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (took < 0 && errno == EINTR) continue;
      if (took < 0) {
        if (errno != EAGAIN && errno != EWOULDBLOCK) return false;
        break;
      }
      done += static_cast<std::size_t>(took);
    }
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(done));
    return true;
  }
  std::size_t unwritten() const { return waiting_.size(); }  // bytes
  bool all_written() const { return waiting_.empty(); }

  // Nothing more will be written; the client reads the end behind what was. Reading goes on.
  void end_output() { ::shutdown(socket_, SHUT_WR); }

 private:
  int socket_;
  std::array<std::byte, 4096> part_{};
  std::size_t begun_ = 0;  // bytes of a request that is not whole
  std::vector<std::byte> waiting_;
};

// Does the work, somewhere else and later; answers come in any order. A request is accepted when it was submitted.
class Service {
 public:
  struct Answer {
    std::uint64_t ticket;
    std::uint64_t answer;
  };

  virtual ~Service() = default;
  virtual void submit(std::uint64_t ticket, std::uint64_t request) = 0;
  virtual std::vector<Answer> finished() = 0;  // since the last time
};

}  // namespace lln::exercise
