// mutant: requests release: what else the read has brought waits for the next one
#pragma once

#include <protocol.hpp>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

namespace lln::exercise {

struct Wish {
  bool read;
  bool write;
  bool close;
};

// One buffer, since an answer is as long as its request and is made where that was read:
//
//   | written | answered: to be written | begun | room |
//             sent_                 answered_  end_  room_
class EchoConnection {
 public:
  EchoConnection(int socket, std::size_t max_payload, std::size_t room)
      : socket_(socket), max_payload_(max_payload), room_(room), buffer_(room + goodbye_size) {}

  Wish turn() noexcept {
    for (;;) {
      const bool alive = write_answers();
      if (alive && waiting() > 0) return {false, true, false};
      if (!alive || ending_) return {false, false, true};
      make_room();
      const ssize_t got = read_requests();
      if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return {true, false, false};
      if (got <= 0) return {false, false, true};  // all answers are written: nothing is read before
      end_ += static_cast<std::size_t>(got);
      answer_requests();
    }
  }

 private:
  std::size_t waiting() const noexcept { return answered_ - sent_; }

  // Until all are written or the kernel takes no more. False: the connection is broken.
  bool write_answers() noexcept {
    while (waiting() > 0) {
      const ssize_t took = ::send(socket_, buffer_.data() + sent_, waiting(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (took >= 0) {
        sent_ += static_cast<std::size_t>(took);
      } else if (errno != EINTR) {
        return errno == EAGAIN || errno == EWOULDBLOCK;
      }
    }
    return true;
  }

  // All answers are written: what has begun goes to the front.
  void make_room() noexcept {
    const std::size_t begun = end_ - answered_;
    if (begun > 0 && answered_ > 0) std::memmove(buffer_.data(), buffer_.data() + answered_, begun);
    sent_ = answered_ = 0;
    end_ = begun;
  }

  // There is room: a request that is not whole is shorter than the room.
  ssize_t read_requests() noexcept {
    ssize_t got = 0;
    do {
      got = ::recv(socket_, buffer_.data() + end_, room_ - end_, MSG_DONTWAIT);
    } while (got < 0 && errno == EINTR);
    return got;
  }

  void answer_requests() noexcept {
    if (end_ - answered_ >= header_size) {
      std::byte* const at = buffer_.data() + answered_;
      Header header = decode(at);
      if (header.version != 1) return say_goodbye(header.id, Reason::bad_version);
      if (header.type != 1) return say_goodbye(header.id, Reason::bad_type);
      if (header.length > max_payload_) return say_goodbye(header.id, Reason::too_long);
      if (end_ - answered_ - header_size < header.length) return;
      header.type = 2;
      encode(header, at);
      answered_ += header_size + header.length;
    }
  }

  // In the place of what is wrong; the buffer is that much longer than the room.
  void say_goodbye(std::uint32_t id, Reason reason) noexcept {
    std::byte* const at = buffer_.data() + answered_;
    encode({1, 3, 1, id}, at);
    at[header_size] = static_cast<std::byte>(reason);
    answered_ = end_ = answered_ + goodbye_size;
    ending_ = true;
  }

  int socket_;
  std::size_t max_payload_;
  std::size_t room_;
  std::vector<std::byte> buffer_;
  std::size_t sent_ = 0;
  std::size_t answered_ = 0;
  std::size_t end_ = 0;
  bool ending_ = false;
};

}  // namespace lln::exercise
