// EchoSession: what a server knows of one stream. Bytes in, answers out; no socket, no system call, no clock of its own.
//
// A back end reads into space(), calls received(), writes output(), calls sent(), and asks what to do next:
//
//   space()   empty: do not read. Answers wait, and a client that does not fetch them gets no new ones (back pressure).
//   output()  what to write next; all answers of one read stand in one piece, so many requests cost one write.
//   finished()  everything is written and nothing more will be: close.
//
// One buffer of fixed size serves both directions: a response is as long as its request, so it is made where the
// request was read. Memory a client can occupy is that buffer, however it behaves.
//
//     buffer:   | sent | answered: output() | begun: an incomplete request | space()            |
//               0     sent_              answered_                      end_             capacity
//
// The buffer is lent by the owner while there is something to keep (idle() says when there is not), so that ten
// thousand idle clients need a handful of buffers.
//
// Threads    One.
// Allocation None. noexcept throughout.
// Order      Answers come in the order of the requests, each as soon as its last byte is there.
// Source     The counterpart of these states in the protocol: protocol.hpp.
#pragma once

#include <lln/app/echo/protocol.hpp>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <span>
#include <string_view>

namespace lln::app {

// What received() is given besides the bytes: the time, and somebody who counts.
template <class T>
concept EchoMeter = requires(T meter, std::uint64_t ns, std::size_t bytes) {
  { meter.now() } noexcept -> std::same_as<std::uint64_t>;  // ns since the epoch
  { meter.answered(ns, ns, bytes) } noexcept;               // one request: read at, answered at, its size
};

namespace detail {

// The first eight bytes of a request, but for the length at their end.
inline constexpr std::uint64_t echo_request_front = std::uint64_t{echo_magic} << 16 |
                                                    std::uint64_t{echo_version} << 8 |
                                                    static_cast<std::uint64_t>(EchoType::request);

}  // namespace detail

// Answers a datagram in place; anything but `ok`: no answer, and why.
template <EchoMeter Meter>
EchoReason answer_echo_datagram(std::span<std::byte> datagram, std::uint64_t rx, std::size_t max_payload,
                                Meter& meter) noexcept {
  EchoHeader header;
  EchoReason reason = decode_echo_datagram(datagram, header, max_payload);
  if (reason == EchoReason::ok && header.type != EchoType::request) reason = EchoReason::not_a_request;
  if (reason != EchoReason::ok) return reason;
  const std::uint64_t tx = meter.now();
  make_echo_response(datagram.data(), rx, tx);
  meter.answered(rx, tx, datagram.size());
  return EchoReason::ok;
}

class EchoSession {
 public:
  // The least buffer: a header and a goodbye with its sentence.
  static constexpr std::size_t least_buffer = 256;

  // max_payload: at most the buffers' size less a header, so that every accepted request fits.
  explicit EchoSession(std::size_t max_payload = echo_max_payload) noexcept : max_payload_(max_payload) {}

  // ---- the buffer ----

  bool has_buffer() const noexcept { return buffer_.data() != nullptr; }
  // Of least_buffer bytes and more. Only without one.
  void lend(std::span<std::byte> buffer) noexcept {
    assert(!has_buffer() && buffer.size() >= least_buffer);
    buffer_ = buffer;
  }
  // Nothing to keep: the owner may take the buffer back.
  bool idle() const noexcept { return sent_ == end_ && !goodbye_due_; }
  void give_back() noexcept {
    assert(idle());
    buffer_ = {};
    sent_ = answered_ = end_ = 0;
  }

  // ---- in ----

  // Where the client's next bytes go. Empty: read nothing now.
  std::span<std::byte> space() noexcept {
    if (ending_ || sent_ < answered_) return {};
    compact();
    return buffer_.subspan(end_);
  }

  // `count` bytes were read into space(), at the time `rx`. Answers every request that is complete.
  template <EchoMeter Meter>
  void received(std::size_t count, std::uint64_t rx, Meter& meter) noexcept {
    assert(!ending_ && count <= buffer_.size() - end_);
    end_ += count;
    // #region answer
    while (end_ - answered_ >= echo_header_size) {
      std::byte* const message = buffer_.data() + answered_;
      const auto front = detail::load_be<std::uint64_t>(message);
      const std::size_t size = echo_header_size + (front & 0xFFFF);
      if (front >> 16 != detail::echo_request_front || size > echo_header_size + max_payload_) break;
      if (end_ - answered_ < size) return;
      const std::uint64_t tx = meter.now();
      make_echo_response(message, rx, tx);
      meter.answered(rx, tx, size);
      answered_ += size;
    }
    // #endregion answer
    refuse_what_is_wrong();
  }

  // The client sends no more. What it asked is still answered; a request that it only began is dropped.
  void end_of_input() noexcept { end(EchoReason::peer_closed); }

  // Ends the stream from this side: answers that wait are still written, then a goodbye with the reason. A request
  // that has only begun is dropped. Needs a buffer. Without effect on a stream that ends already.
  void close(EchoReason reason) noexcept {
    assert(has_buffer());
    if (ending_) return;
    const std::uint64_t id = begun_id();
    end(reason);
    goodbye_due_ = true;
    goodbye_id_ = id;
    write_goodbye();
  }

  // ---- out ----

  std::span<const std::byte> output() const noexcept { return buffer_.subspan(sent_, answered_ - sent_); }

  // The first `count` bytes of output() have been written.
  void sent(std::size_t count) noexcept {
    assert(count <= answered_ - sent_);
    sent_ += count;
    if (goodbye_due_ && sent_ == answered_) {
      sent_ = answered_ = end_ = 0;
      write_goodbye();
    }
  }

  // ---- what now ----

  // A request has begun to arrive and is not complete.
  bool begun() const noexcept { return end_ > answered_; }
  bool ending() const noexcept { return ending_; }
  bool finished() const noexcept { return ending_ && sent_ == answered_ && !goodbye_due_; }
  // Why the stream ends; ok: it does not.
  EchoReason reason() const noexcept { return reason_; }

 private:
  void end(EchoReason reason) noexcept {
    if (ending_) return;
    ending_ = true;
    reason_ = reason;
    end_ = answered_;
  }

  // Whether what stands behind the last answer can become a request.
  void refuse_what_is_wrong() noexcept {
    EchoHeader header;
    const EchoReason reason = decode_echo(buffer_.subspan(answered_, end_ - answered_), header, max_payload_);
    const bool complete_type = end_ - answered_ > echo_offset::type;
    if (reason != EchoReason::incomplete && reason != EchoReason::ok) return close(reason);
    if (complete_type && detail::load_be<std::uint8_t>(&buffer_[answered_ + echo_offset::type]) !=
                             static_cast<std::uint8_t>(EchoType::request)) {
      close(EchoReason::not_a_request);
    }
  }

  // The id of the request that has begun, where so much of it is there.
  std::uint64_t begun_id() const noexcept {
    constexpr std::size_t behind_id = echo_offset::id + sizeof(std::uint64_t);
    if (end_ - answered_ < behind_id) return 0;
    return detail::load_be<std::uint64_t>(&buffer_[answered_ + echo_offset::id]);
  }

  // Behind the answers when there is room, else once they are written.
  void write_goodbye() noexcept {
    const std::string_view text = explain(reason_);
    const std::size_t size = echo_header_size + 1 + text.size();
    if (buffer_.size() - answered_ < size) return;
    std::byte* const at = buffer_.data() + answered_;
    const EchoHeader header{
        EchoType::goodbye, static_cast<std::uint16_t>(1 + text.size()), goodbye_id_, 0, 0, 0};
    encode_echo(header, std::span<std::byte, echo_header_size>(at, echo_header_size));
    at[echo_header_size] = static_cast<std::byte>(reason_);
    std::memcpy(at + echo_header_size + 1, text.data(), text.size());
    answered_ = end_ = answered_ + size;
    goodbye_due_ = false;
  }

  // All answers are written: an incomplete request moves to the front when what it still needs might not fit.
  void compact() noexcept {
    const std::size_t begun = end_ - answered_;
    if (begun == 0) {
      sent_ = answered_ = end_ = 0;
    } else if (buffer_.size() - answered_ < echo_header_size + max_payload_) {
      std::memmove(buffer_.data(), buffer_.data() + answered_, begun);
      sent_ = answered_ = 0;
      end_ = begun;
    }
  }

  std::span<std::byte> buffer_;
  std::size_t sent_ = 0;
  std::size_t answered_ = 0;
  std::size_t end_ = 0;
  std::size_t max_payload_;
  std::uint64_t goodbye_id_ = 0;
  EchoReason reason_ = EchoReason::ok;
  bool ending_ = false;
  bool goodbye_due_ = false;
};

}  // namespace lln::app
