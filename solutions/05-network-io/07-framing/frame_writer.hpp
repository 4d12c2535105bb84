// Solution of exercise 05-07; README.md says why it is right.
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

enum class Sent { whole, kept, full, too_long, broken };

class FrameWriter {
 public:
  FrameWriter(int socket, std::size_t max_payload, std::size_t room)
      : socket_(socket), max_payload_(max_payload), buffer_(room) {}

  Sent send(std::span<const std::byte> payload) noexcept {
    if (broken_) return Sent::broken;
    if (payload.size() > max_payload_) return Sent::too_long;
    const std::size_t frame = header_size + payload.size();
    // Whether the kernel takes it is known too late: it must fit in here if the kernel takes nothing.
    if (frame > buffer_.size() - waiting()) return Sent::full;
    const auto length = static_cast<std::uint32_t>(payload.size());
    const std::array<std::byte, header_size> header{
        static_cast<std::byte>(length >> 24 & 0xff), static_cast<std::byte>(length >> 16 & 0xff),
        static_cast<std::byte>(length >> 8 & 0xff), static_cast<std::byte>(length & 0xff)};
    std::size_t taken = 0;
    if (!offer(header, payload, taken)) return Sent::broken;
    taken -= drop(taken);
    if (taken == frame) return Sent::whole;
    make_room();
    taken -= keep(header, taken);
    keep(payload, taken);
    return Sent::kept;
  }

  Sent flush() noexcept {
    if (broken_) return Sent::broken;
    if (waiting() == 0) return Sent::whole;
    std::size_t taken = 0;
    if (!offer({}, {}, taken)) return Sent::broken;
    drop(taken);
    return waiting() == 0 ? Sent::whole : Sent::kept;
  }

  std::size_t waiting() const noexcept { return end_ - begin_; }

 private:
  static constexpr std::size_t header_size = 4;
  using Bytes = std::span<const std::byte>;

  static iovec piece(Bytes bytes) noexcept { return {const_cast<std::byte*>(bytes.data()), bytes.size()}; }

  // One sendmsg of what waits, the header and the payload. False: broken.
  bool offer(Bytes header, Bytes payload, std::size_t& taken) noexcept {
    iovec pieces[] = {piece(Bytes(buffer_).subspan(begin_, waiting())), piece(header), piece(payload)};
    msghdr message{};
    message.msg_iov = pieces;
    message.msg_iovlen = 3;
    ssize_t result = 0;
    do {
      result = ::sendmsg(socket_, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (result < 0 && errno == EINTR);
    if (result >= 0) {
      taken = static_cast<std::size_t>(result);
    } else if (errno != EAGAIN && errno != EWOULDBLOCK) {
      broken_ = true;
    }
    return !broken_;
  }

  // Forgets up to `taken` of the bytes that wait; how many.
  std::size_t drop(std::size_t taken) noexcept {
    const std::size_t dropped = taken < waiting() ? taken : waiting();
    begin_ += dropped;
    if (begin_ == end_) begin_ = end_ = 0;
    return dropped;
  }

  void make_room() noexcept {
    if (begin_ == 0) return;
    std::memmove(buffer_.data(), buffer_.data() + begin_, waiting());
    end_ -= begin_;
    begin_ = 0;
  }

  // All but the first `taken` bytes; how many of `taken` were of these.
  std::size_t keep(Bytes bytes, std::size_t taken) noexcept {
    const std::size_t skipped = taken < bytes.size() ? taken : bytes.size();
    const Bytes rest = bytes.subspan(skipped);
    if (!rest.empty()) std::memcpy(buffer_.data() + end_, rest.data(), rest.size());
    end_ += rest.size();
    return skipped;
  }

  int socket_;
  std::size_t max_payload_;
  std::vector<std::byte> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool broken_ = false;
};

}  // namespace lln::exercise
