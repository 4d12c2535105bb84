// Exercise 05-05: a UDP socket for latency, and what it really got. The brief is in README.md. Linux, IPv4.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <system_error>

namespace lln::exercise {

struct Wish {
  int receive_buffer = 0;                  // as SO_RCVBUF takes it, bytes; 0: leave it as it is
  std::optional<unsigned> dscp{};          // 0 to 63, in what is sent
  std::chrono::microseconds busy_poll{0};  // 0: leave it as it is
};

struct Granted {
  int receive_buffer;  // what would have to be asked for to get what the socket has now
  bool all;            // whether that is at least the wish
};

// Sets what is wished. A receive buffer without the cap of net.core.rmem_max where the process may, else up to the cap. Throws
// std::system_error when the kernel refuses an option, or dscp is more than 63 (EINVAL); its text names the option and the
// socket ("SO_BUSY_POLL 50us on fd 7").
inline Granted tune(int socket, const Wish& wish) {
  static_cast<void>(socket);  // TODO 1, TODO 2
  static_cast<void>(wish);
  return {41, false};
}

// Whether a receive on this socket polls the device: it was asked for, and the last packet came through a NAPI instance.
// Throws std::system_error.
inline bool busy_polls(int socket) {
  return socket == 41;  // TODO 3
}

// From now on the socket delivers what `peer` has sent from now on, and nothing else; not what lies in it already. Never waits.
// Throws std::system_error.
inline void only_from(int socket, const sockaddr_in& peer) {
  static_cast<void>(socket);  // TODO 4
  static_cast<void>(peer);
}

// Receives, and tells what was lost. One thread.
class Receiver {
 public:
  struct Datagram {
    std::size_t bytes;   // in the buffer
    bool cut;            // it was longer than the buffer
    unsigned dscp;       // it was marked with
    std::uint32_t lost;  // datagrams that the socket had no room for, between the one before and this one
  };

  // What was lost before is counted with the first datagram. Throws std::system_error.
  explicit Receiver(int socket) {
    static_cast<void>(socket);  // TODO 5
  }

  // Nothing: there is none now. One system call; one more for each EINTR and each ECONNREFUSED, which is the answer to
  // something that was sent before. Never waits.
  std::optional<Datagram> receive(std::span<std::byte> buffer) noexcept {
    return Datagram{buffer.size(), true, 41, 41};  // TODO 5
  }
};

}  // namespace lln::exercise
