// One connection to an echo server: takes requests, gives back the ids of answers. Never waits.
//
// Threads    One at a time.
// Guarantee  send(): the whole request is taken or nothing of it. A stream sends what it has taken in as few writes as
//            there is room for, at flush(); a datagram leaves at once. Answers are found whatever pieces they come in.
//            Each is checked: our magic, version, length and id, and the payload's length; with `raw` it may still be
//            called a request, which is what a server that knows nothing of the protocol sends back.
//            After the peer closed, a reset, or bytes that are no answer: open() is false and error() says why.
// Allocation The constructor only.
// Source     tcp(7), udp(7), unix(7).
#pragma once

#include "server_address.hpp"

#include <lln/app/echo/protocol.hpp>
#include <lln/net/file_descriptor.hpp>

#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

namespace lln::echo_client {

struct ConnectionOptions {
  std::size_t message_size = 64;    // header and payload, bytes; at least app::echo_header_size
  std::size_t room_messages = 256;  // a stream takes so many before it needs a flush that goes through
  int busy_poll_us = 0;             // SO_BUSY_POLL; 0: leave it
  bool raw = false;                 // the server sends back what it got, byte for byte
};

class Connection {
 public:
  // Connects, waiting; then non-blocking. Throws std::system_error that says to whom.
  Connection(const ServerAddress& address, const ConnectionOptions& options);

  bool send(std::uint64_t id) noexcept {
    if (datagrams_) {
      put_id(output_.data(), id);
      return sent(::send(fd_.get(), output_.data(), message_size_, MSG_DONTWAIT | MSG_NOSIGNAL)) > 0;
    }
    if (output_.size() - filled_ < message_size_) return false;
    put_id(output_.data() + filled_, id);
    filled_ += message_size_;
    return true;
  }

  void flush() noexcept {
    if (flushed_ == filled_ || datagrams_) return;
    flushed_ +=
        sent(::send(fd_.get(), output_.data() + flushed_, filled_ - flushed_, MSG_DONTWAIT | MSG_NOSIGNAL));
    if (flushed_ == filled_) flushed_ = filled_ = 0;
  }

  bool has_unsent() const noexcept { return flushed_ != filled_; }

  // on_answer(id, server_ns): server_ns is what the server says the request took inside it; 0 of a raw server.
  template <class OnAnswer>
  bool receive(OnAnswer&& on_answer) noexcept {
    const ssize_t n = ::recv(fd_.get(), input_.data() + kept_, input_.size() - kept_, MSG_DONTWAIT);
    if (n <= 0) {
      note_end(n);
      return false;
    }
    const std::byte* at = input_.data();
    std::size_t left = kept_ + static_cast<std::size_t>(n);
    bool some = false;
    while (left > 0) {
      app::EchoHeader header;
      const auto reason = app::decode_echo({at, left}, header);
      if (reason == app::EchoReason::incomplete && !datagrams_) break;
      if (reason != app::EchoReason::ok || !is_answer(header)) {
        note_no_answer(reason, header, at);
        return some;
      }
      on_answer(header.id, header.server_tx - header.server_rx);
      some = true;
      at += header.message_size();
      left -= header.message_size();
    }
    kept_ = left;
    if (left > 0 && at != input_.data()) std::memmove(input_.data(), at, left);
    return some;
  }

  bool open() const noexcept { return error_.empty(); }
  const std::string& error() const noexcept { return error_; }
  int fd() const noexcept { return fd_.get(); }

 private:
  void put_id(std::byte* message, std::uint64_t id) const noexcept {
    app::detail::store_be(message + app::echo_offset::id, id);
  }
  bool is_answer(const app::EchoHeader& header) const noexcept {
    return header.type == (raw_ ? app::EchoType::request : app::EchoType::response) &&
           header.message_size() == message_size_;
  }
  std::size_t sent(ssize_t n) noexcept;
  void note_end(ssize_t n) noexcept;
  void note_no_answer(app::EchoReason reason, const app::EchoHeader& header, const std::byte* at) noexcept;

  net::FileDescriptor fd_;
  bool datagrams_;
  bool raw_;
  std::size_t message_size_;
  std::vector<std::byte> output_;  // whole requests, of which only the ids change; datagrams: one
  std::size_t filled_ = 0;
  std::size_t flushed_ = 0;
  std::vector<std::byte> input_;
  std::size_t kept_ = 0;  // of a message that is not there whole
  std::string error_;
};

}  // namespace lln::echo_client
