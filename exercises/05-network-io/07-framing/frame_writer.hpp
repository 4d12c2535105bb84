// Exercise 05-07: messages on a stream, the sending side. The brief is in README.md. Linux.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace lln::exercise {

enum class Sent {
  whole,  // the kernel has all of it
  kept,   // accepted; the kernel took a part or nothing, the rest waits here
  full,  // refused: what waits and this frame would need more than `room`. Not a byte of it is written or kept
  too_long,  // refused: longer than max_payload. Not a byte of it is written or kept
  broken     // an error on the socket, now or earlier. No system call is made any more
};

// A frame is the payload's length, 4 bytes, most significant byte first, and the payload. Frames arrive whole, in the order of
// send(), whatever the kernel does to each write. Never waits for the peer, whether the socket is blocking or not, and never
// raises SIGPIPE. Allocates in the constructor only. The socket belongs to the caller.
class FrameWriter {
 public:
  // room: bytes that may wait here, at least max_payload + 4.
  FrameWriter(int socket, std::size_t max_payload, std::size_t room) {
    static_cast<void>(socket);  // TODO 1
    static_cast<void>(max_payload);
    static_cast<void>(room);
  }

  // One system call, which offers the kernel all that waits and this frame behind it; one more for each EINTR. The payload is
  // copied only as far as the kernel does not take it. None for what is refused.
  Sent send(std::span<const std::byte> payload) noexcept {
    static_cast<void>(payload);  // TODO 2, TODO 3
    return static_cast<Sent>(41);
  }

  // What waits, by one system call; one more for each EINTR, none when nothing waits. whole, kept or broken.
  Sent flush() noexcept {
    return static_cast<Sent>(41);  // TODO 3
  }

  // Bytes that wait here.
  std::size_t waiting() const noexcept { return 41; }
};

}  // namespace lln::exercise
