// Writes messages to a stream, each behind its length, each by one system call.
//
// Frame: the length of the payload as 4 bytes in network order, then the payload. Length and payload lie side by side
//   in one buffer: two writes would be two packets, or, with Nagle's algorithm on, a packet and a wait of 40 ms.
// Threads: one. Memory: allocated at construction, `capacity` bytes; a reader that does not read cannot make it grow.
// Guarantees: noexcept after construction, no allocation. Frames leave whole and in order: what the kernel did not take
//   stays here, and later frames queue behind it until flush() has got rid of it.
//   loan() to commit() copies nothing, write() copies the payload once.
// The stream must outlive the writer. Who learns that it is writable again (EpollLoop, wait_writable()) calls flush().
// Cost: one send(2) a frame. Source: RFC 1035 section 4.2.2 frames DNS over TCP the same way, with 2 bytes.
#pragma once

#include <lln/net/stream_socket.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace lln::net {

inline constexpr std::size_t frame_header_bytes = 4;

class FrameWriter {
 public:
  enum class Result {
    sent,      // the kernel has it all
    queued,    // a part of it, or all, waits here: flush() when the stream is writable
    full,      // refused, nothing was written: no room behind what waits. The reader is slow or stuck
    too_long,  // refused, nothing was written: longer than max_payload
    failed,    // the connection is gone, for good: see the stream's last_error()
  };

  // Payloads of up to `max_payload` bytes; `capacity` bytes for frames that wait, at least one frame.
  FrameWriter(StreamSocket& stream, std::size_t max_payload, std::size_t capacity = 0);

  // Room for a payload of `bytes`, written in place. Empty optional: full, or `bytes` is above max_payload.
  std::optional<std::span<std::byte>> loan(std::size_t bytes) noexcept;
  // The first `bytes` of the loan are a message: sends it. One loan, one commit.
  Result commit(std::size_t bytes) noexcept;
  // loan, copy, commit.
  Result write(std::span<const std::byte> payload) noexcept;

  // Sends what waits: one system call, none if nothing does.
  Result flush() noexcept;
  // The same until nothing waits or time is over (queued).
  Result flush(std::chrono::milliseconds timeout) noexcept;

  std::size_t pending() const noexcept { return end_ - begin_; }  // bytes that wait
  std::size_t max_payload() const noexcept { return max_payload_; }

 private:
  StreamSocket& stream_;
  std::size_t max_payload_;
  std::vector<std::byte> buffer_;
  std::size_t begin_ = 0;  // [begin_, end_) waits
  std::size_t end_ = 0;
  std::size_t loaned_ = 0;
  bool failed_ = false;
};

}  // namespace lln::net
