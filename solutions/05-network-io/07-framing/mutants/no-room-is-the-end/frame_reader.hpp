// mutant: hostile release: a read of no bytes answers 0
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

enum class Got { bytes, nothing, end, cut, full, too_long, broken };

class FrameReader {
 public:
  FrameReader(int socket, std::size_t max_payload, std::size_t room)
      : socket_(socket), max_payload_(max_payload), buffer_(room) {}

  Got fill() noexcept {
    if (too_long_) return Got::too_long;
    make_room();
    ssize_t got = 0;
    do {
      got = ::recv(socket_, buffer_.data() + end_, buffer_.size() - end_, MSG_DONTWAIT);
    } while (got < 0 && errno == EINTR);
    if (got > 0) {
      end_ += static_cast<std::size_t>(got);
      return Got::bytes;
    }
    if (got == 0) return begin_ == end_ ? Got::end : Got::cut;
    return errno == EAGAIN || errno == EWOULDBLOCK ? Got::nothing : Got::broken;
  }

  std::optional<std::span<const std::byte>> next() noexcept {
    if (too_long_ || end_ - begin_ < header_size) return std::nullopt;
    std::size_t length = 0;
    for (std::size_t i = 0; i < header_size; ++i)
      length = length << 8 | std::to_integer<std::size_t>(buffer_[begin_ + i]);
    if (length > max_payload_) {  // the length alone: with the header added it may have wrapped around
      too_long_ = true;
      return std::nullopt;
    }
    if (end_ - begin_ - header_size < length) return std::nullopt;
    const std::span<const std::byte> payload(buffer_.data() + begin_ + header_size, length);
    begin_ += header_size + length;
    return payload;
  }

 private:
  static constexpr std::size_t header_size = 4;

  // Only the beginning of a frame is moved, and whole ones that nobody has asked for.
  void make_room() noexcept {
    if (begin_ > 0 && begin_ < end_) std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }

  int socket_;
  std::size_t max_payload_;
  std::vector<std::byte> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool too_long_ = false;
};

}  // namespace lln::exercise
