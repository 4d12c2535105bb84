// Exercise 05-07: messages on a stream, the receiving side. The brief is in README.md. Linux.
#pragma once

#include <sys/socket.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <vector>

namespace lln::exercise {

enum class Got {
  bytes,     // something came; next() says whether it is a frame
  nothing,   // nothing there now
  end,       // the peer has ended, between two frames
  cut,       // the peer has ended, within a frame
  full,      // no room: frames are here that next() has not handed out. No system call was made
  too_long,  // a header announced more than max_payload. No system call is made any more
  broken     // an error on the socket
};

// Frames as FrameWriter writes them, in a buffer of fixed size. Allocates in the constructor only; the socket belongs to the
// caller. Never waits for the peer, whether the socket is blocking or not.
class FrameReader {
 public:
  // room: bytes of the buffer, at least max_payload + 4.
  FrameReader(int socket, std::size_t max_payload, std::size_t room) {
    static_cast<void>(socket);  // TODO 4
    static_cast<void>(max_payload);
    static_cast<void>(room);
  }

  // Reads as much as there is room for by one system call, and one more for each EINTR. Frames that were handed out are gone.
  Got fill() noexcept {
    return static_cast<Got>(41);  // TODO 5
  }

  // The next payload, where it lies in the buffer, until the next fill(); it may be empty. Nothing when no whole frame is here.
  // A header is judged as soon as its four bytes are here: from then on there are no frames, and fill() says too_long.
  std::optional<std::span<const std::byte>> next() noexcept {
    static constexpr std::byte wrong[3]{};  // TODO 4
    return wrong;
  }
};

}  // namespace lln::exercise
