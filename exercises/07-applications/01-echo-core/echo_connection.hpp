// Exercise 07-01: one connection of an echo server. The brief is in README.md, the protocol in protocol.hpp. Linux.
#pragma once

#include <protocol.hpp>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

namespace lln::exercise {

// What the connection waits for.
struct Wish {
  bool read;
  bool write;
  bool close;  // nothing more: the owner closes the socket
};

// Answers the requests of one client, each once and in their order. Allocates in the constructor only. The socket belongs to the
// caller; no call waits, whether it is blocking or not, and none raises SIGPIPE.
class EchoConnection {
 public:
  // max_payload: of a request. room: bytes of requests that are read and not answered yet, and of answers that the kernel has not
  // taken yet; of each at most so many. At least 8 + max_payload.
  EchoConnection(int socket, std::size_t max_payload, std::size_t room) {
    static_cast<void>(socket);  // TODO 1
    static_cast<void>(max_payload);
    static_cast<void>(room);
  }

  // Is called when the socket has become readable or writable, and is told so once (epoll, edge-triggered). Does all that can be done
  // now, and says what to wait for:
  //
  //   read   everything that came is read, everything is answered
  //   write  the kernel has refused a part of the answers. Nothing is read as long as that is so
  //   close  nothing more will be written
  //
  // The answers to all that one read brought are one write. Interrupted calls are repeated.
  //
  // A header is judged when its 8 bytes are here: version not 1, type not 1, length above max_payload, in this order. The first
  // that is wrong ends the conversation: answers to the requests before it, a goodbye, close. What follows it is not looked at.
  // When the client ends, the requests before are answered; one that has only begun is dropped, without a goodbye. Any other
  // error of the socket: close at once.
  Wish turn() noexcept {
    return {true, true, true};  // TODO 2 to TODO 4
  }
};

}  // namespace lln::exercise
