#include "deadline.hpp"
#include "socket_options.hpp"

#include <lln/net/frame_reader.hpp>
#include <lln/net/frame_writer.hpp>

#include <arpa/inet.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <limits>

namespace lln::net {
namespace {

constexpr std::size_t default_buffer = 64 << 10;

std::size_t buffer_size(std::size_t max_payload, std::size_t asked) {
  detail::require_range("max_payload", static_cast<long long>(max_payload), 0,
                        std::numeric_limits<int>::max());
  return std::max(asked != 0 ? asked : default_buffer, frame_header_bytes + max_payload);
}

}  // namespace

FrameWriter::FrameWriter(StreamSocket& stream, std::size_t max_payload, std::size_t capacity)
    : stream_(stream), max_payload_(max_payload), buffer_(buffer_size(max_payload, capacity)) {}

std::optional<std::span<std::byte>> FrameWriter::loan(std::size_t bytes) noexcept {
  const std::size_t frame = frame_header_bytes + bytes;
  if (bytes > max_payload_ || frame > buffer_.size() - pending()) return std::nullopt;
  if (frame > buffer_.size() - end_) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, pending());
    end_ = pending();
    begin_ = 0;
  }
  loaned_ = bytes;
  return std::span(buffer_).subspan(end_ + frame_header_bytes, bytes);
}

// #region commit
FrameWriter::Result FrameWriter::commit(std::size_t bytes) noexcept {
  assert(bytes <= loaned_);
  loaned_ = 0;
  if (failed_) return Result::failed;
  const std::uint32_t length = htonl(static_cast<std::uint32_t>(bytes));
  std::memcpy(buffer_.data() + end_, &length, frame_header_bytes);
  // Behind others there is nothing to try: they wait because the stream takes no more.
  const bool others_wait = pending() != 0;
  end_ += frame_header_bytes + bytes;
  return others_wait ? Result::queued : flush();
}
// #endregion commit

FrameWriter::Result FrameWriter::write(std::span<const std::byte> payload) noexcept {
  if (failed_) return Result::failed;
  if (payload.size() > max_payload_) return Result::too_long;
  const auto room = loan(payload.size());
  if (!room) return Result::full;
  std::copy(payload.begin(), payload.end(), room->begin());
  return commit(payload.size());
}

FrameWriter::Result FrameWriter::flush() noexcept {
  if (failed_) return Result::failed;
  if (pending() == 0) return Result::sent;
  begin_ += stream_.send({buffer_.data() + begin_, pending()});
  if (pending() == 0) {
    begin_ = end_ = 0;
    return Result::sent;
  }
  failed_ = stream_.last_error() != EAGAIN;
  return failed_ ? Result::failed : Result::queued;
}

FrameWriter::Result FrameWriter::flush(std::chrono::milliseconds timeout) noexcept {
  const detail::Deadline deadline(timeout);
  Result result = flush();
  while (result == Result::queued && stream_.wait_writable(deadline.left())) result = flush();
  return result;
}

FrameReader::FrameReader(StreamSocket& stream, std::size_t max_payload, std::size_t buffer_bytes)
    : stream_(stream), max_payload_(max_payload), buffer_(buffer_size(max_payload, buffer_bytes)) {}

std::optional<std::span<const std::byte>> FrameReader::next() noexcept {
  for (;;) {
    if (const auto frame = take()) return frame;
    if (state_ != State::open || !receive()) return std::nullopt;
  }
}

std::optional<std::span<const std::byte>> FrameReader::next(std::chrono::milliseconds timeout) noexcept {
  const detail::Deadline deadline(timeout);
  for (;;) {
    if (const auto frame = next()) return frame;
    if (state_ != State::open || !stream_.wait_readable(deadline.left())) return std::nullopt;
  }
}

// The first frame of the buffer, if it is whole.
std::optional<std::span<const std::byte>> FrameReader::take() noexcept {
  if (state_ == State::too_long || end_ - begin_ < frame_header_bytes) return std::nullopt;
  std::uint32_t length = 0;
  std::memcpy(&length, buffer_.data() + begin_, frame_header_bytes);
  length = ntohl(length);
  if (length > max_payload_) {
    state_ = State::too_long;
    return std::nullopt;
  }
  if (end_ - begin_ - frame_header_bytes < length) return std::nullopt;
  const std::span<const std::byte> payload(buffer_.data() + begin_ + frame_header_bytes, length);
  begin_ += frame_header_bytes + length;
  return payload;
}

// More bytes behind those in the buffer; false: none now.
bool FrameReader::receive() noexcept {
  // What is left is less than a frame: at the front there is room for the rest of it, and for more frames.
  if (begin_ != 0) std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  const auto size = stream_.receive(std::span(buffer_).subspan(end_));
  if (!size) {
    if (stream_.last_error() != EAGAIN) state_ = State::failed;
    return false;
  }
  if (*size == 0) {
    state_ = end_ == 0 ? State::ended : State::truncated;
    return false;
  }
  end_ += *size;
  return true;
}

}  // namespace lln::net
