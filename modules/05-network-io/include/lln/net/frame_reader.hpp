// Takes frames (see FrameWriter) out of a stream that delivers them in pieces, several at a time or a byte at a time.
//
//   FrameReader reader(stream, 1024);
//   while (auto frame = reader.next()) use(*frame);       // all that is here
//   if (reader.state() != FrameReader::State::open) ...   // and why there is no more
//
// Threads: one. Memory: one buffer, allocated at construction. Guarantees: noexcept after construction, no allocation,
//   nothing copied but the rest of a frame that lies across the buffer's end. A frame is whole or not given at all.
// A length above `max_payload` is an error at once, before a byte of it is read: the length comes from the network, and
//   who believes it waits, or allocates, for as much as a stranger likes.
// Cost: one recv(2) takes as many frames as have arrived and fit the buffer; next() makes none while it has a frame.
// Source: RFC 1035 section 4.2.2.
#pragma once

#include <lln/net/stream_socket.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace lln::net {

class FrameReader {
 public:
  enum class State {
    open,       // more may come
    ended,      // the peer is done, after a whole frame
    truncated,  // the peer is done, in the middle of one
    too_long,   // a length above max_payload: the rest of the stream makes no sense
    failed,     // the connection is gone: see the stream's last_error()
  };

  // `buffer_bytes` is what one recv(2) may take; at least one frame. The stream must outlive the reader.
  FrameReader(StreamSocket& stream, std::size_t max_payload, std::size_t buffer_bytes = 0);

  // The next payload, valid until the next call. Empty optional: not here yet, or never: see state(). Does not wait.
  // Ask until it is empty: with an edge-triggered loop nobody tells again what is in the buffer.
  std::optional<std::span<const std::byte>> next() noexcept;
  // The same, waiting up to `timeout`; negative = for ever.
  std::optional<std::span<const std::byte>> next(std::chrono::milliseconds timeout) noexcept;

  State state() const noexcept { return state_; }

 private:
  std::optional<std::span<const std::byte>> take() noexcept;
  bool receive() noexcept;

  StreamSocket& stream_;
  std::size_t max_payload_;
  std::vector<std::byte> buffer_;
  std::size_t begin_ = 0;  // [begin_, end_) is received and not given out
  std::size_t end_ = 0;
  State state_ = State::open;
};

}  // namespace lln::net
