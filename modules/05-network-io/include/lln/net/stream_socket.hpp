// A connected stream socket, TCP or Unix: bytes in order, in pieces that the kernel chooses.
//
// Threads: one thread at a time; shut_down_sending() of one thread may meet receive() of another.
// Guarantees: everything here is noexcept, allocates nothing and raises no SIGPIPE. send() and receive() are one
//   system call each and never wait. Those with a timeout make the call first and poll(2) only when it found nothing
//   to do; signals do not end their wait. The descriptor itself stays in blocking mode, so that recv(2) on fd()
//   waits: the calls here say MSG_DONTWAIT each time.
// No message borders: one send() may arrive in two receive()s, two send()s in one. See FrameWriter, FrameReader.
// No retry after EINTR in send() and receive(): a call that does not wait is not interrupted.
// Cost: one system call each; lln-round-trip measures them.
// Source: send(2), recv(2), shutdown(2), socket(7).
#pragma once

#include <lln/net/file_descriptor.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>

namespace lln::net {

class StreamSocket {
 public:
  explicit StreamSocket(FileDescriptor connected) noexcept : fd_(std::move(connected)) {}

  // The number of bytes that the kernel took, from the front. Fewer than given: last_error() is EAGAIN when the send
  // buffer is full (go on with the rest when wait_writable() says so), else why the connection is gone.
  std::size_t send(std::span<const std::byte> bytes) noexcept;
  // All of them, waiting for the reader where needed. false: time is over (last_error() == EAGAIN) or the connection
  // is gone; some bytes may be on their way then, so the stream is of no more use.
  bool send_all(std::span<const std::byte> bytes, std::chrono::milliseconds timeout) noexcept;

  // What has arrived, at most the buffer's length, which must not be 0. The value 0 is the end of the stream: the
  // peer sends no more (it may still read). Empty optional: nothing there (last_error() == EAGAIN) or an error.
  std::optional<std::size_t> receive(std::span<std::byte> buffer) noexcept;
  // The same, waiting up to `timeout` (rounded up to whole milliseconds; negative = for ever).
  std::optional<std::size_t> receive(std::span<std::byte> buffer, std::chrono::milliseconds timeout) noexcept;
  // Fills the buffer. false: the stream ended before (last_error() == 0), time is over (EAGAIN) or an error; what came
  // is in the buffer, but how much of it is not told.
  bool receive_all(std::span<std::byte> buffer, std::chrono::milliseconds timeout) noexcept;

  // true when receive() (send()) would not say EAGAIN.
  bool wait_readable(std::chrono::milliseconds timeout) noexcept;
  bool wait_writable(std::chrono::milliseconds timeout) noexcept;

  // Half-close: the peer's receive() gives 0 when it has read everything; it may go on sending.
  void shut_down_sending() noexcept;
  // Closes now. Over TCP what was not sent yet is thrown away and the peer gets a reset (ECONNRESET).
  void abort() noexcept;

  // errno of the last call; 0 = it succeeded.
  int last_error() const noexcept { return last_error_; }
  int fd() const noexcept { return fd_.get(); }

 private:
  FileDescriptor fd_;
  int last_error_ = 0;
};

}  // namespace lln::net
