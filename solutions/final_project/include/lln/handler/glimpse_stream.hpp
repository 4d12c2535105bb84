// The bytes of a GLIMPSE connection in, the messages of the snapshot out. Sans I/O: GlimpseClient has the
// socket.
//
// Threads: one. Guarantees: any bytes in any pieces are safe; noexcept, no allocation after construction: one
// buffer, messages are handed out where they lie. Source: SPEC.md sections 5, 6 and 9.4.
//
// Use: write into space(), commit() what was written, then next() until it is false. What lies before the end
// of the stream counts; a stream that stops before End of Snapshot has failed.
#pragma once

#include <lln/feed/moldudp64.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lln::handler {

enum class GlimpseFailure : std::uint8_t {
  none,
  connect,   // refused or unreachable
  rejected,  // the server does not let us in
  timeout,
  protocol,  // what came is no GLIMPSE
  cut_off,   // the connection ended before the snapshot did
};

class GlimpseStream {
 public:
  enum class State : std::uint8_t { logging_in, streaming, done, failed };

  explicit GlimpseStream(std::size_t bytes_per_read);

  void restart() noexcept;

  /// Where the next bytes go: at most bytes_per_read; empty while so many wait for next(). Ends the validity
  /// of messages handed out before.
  std::span<std::byte> space() noexcept;
  void commit(std::size_t bytes) noexcept { end_ += bytes; }
  /// The server has closed its side.
  void end_of_stream() noexcept { closed_ = true; }
  bool closed() const noexcept { return closed_; }

  bool next(std::span<const std::byte>& message) noexcept;

  State state() const noexcept { return state_; }
  GlimpseFailure failure() const noexcept { return failure_; }
  /// In state done: >= 1.
  std::uint64_t next_sequence() const noexcept { return next_sequence_; }
  /// From state streaming on.
  const feed::SessionId& session() const noexcept { return session_; }

 private:
  bool take(std::byte type, std::span<const std::byte> payload) noexcept;
  void fail(GlimpseFailure failure) noexcept {
    state_ = State::failed;
    failure_ = failure;
  }

  State state_ = State::logging_in;
  GlimpseFailure failure_ = GlimpseFailure::none;
  bool closed_ = false;
  std::uint64_t next_sequence_ = 0;
  feed::SessionId session_{};
  std::size_t bytes_per_read_;
  std::vector<std::byte> buffer_;
  std::size_t begin_ = 0;  // of what is not parsed yet
  std::size_t end_ = 0;
};

}  // namespace lln::handler
