#include <lln/feed/big_endian.hpp>
#include <lln/feed/glimpse.hpp>
#include <lln/feed/soup_bin_tcp.hpp>
#include <lln/handler/glimpse_stream.hpp>

#include <algorithm>
#include <cstring>

namespace lln::handler {
namespace {

constexpr std::size_t length_size = 2;
constexpr std::size_t largest_packet = length_size + 0xFFFF;

bool is(std::byte type, feed::SoupType wanted) noexcept { return type == static_cast<std::byte>(wanted); }

}  // namespace

GlimpseStream::GlimpseStream(std::size_t bytes_per_read)
    : bytes_per_read_(std::max<std::size_t>(bytes_per_read, 1)), buffer_(largest_packet + bytes_per_read_) {}

void GlimpseStream::restart() noexcept {
  state_ = State::logging_in;
  failure_ = GlimpseFailure::none;
  closed_ = false;
  next_sequence_ = 0;
  begin_ = end_ = 0;
}

std::span<std::byte> GlimpseStream::space() noexcept {
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  return std::span(buffer_).subspan(end_, std::min(buffer_.size() - end_, bytes_per_read_));
}

bool GlimpseStream::next(std::span<const std::byte>& message) noexcept {
  while (state_ == State::logging_in || state_ == State::streaming) {
    const auto rest = std::span<const std::byte>(buffer_).subspan(begin_, end_ - begin_);
    const std::size_t length = rest.size() < length_size ? 0 : feed::load_be<std::uint16_t>(rest.data());
    if (rest.size() < length_size || rest.size() < length_size + length) {
      if (closed_) fail(GlimpseFailure::cut_off);
      return false;
    }
    if (length == 0) {
      fail(GlimpseFailure::protocol);
      return false;
    }
    begin_ += length_size + length;
    message = rest.subspan(length_size + 1, length - 1);
    if (take(rest[length_size], message)) return true;
  }
  return false;
}

// True: the payload is a message of the snapshot.
bool GlimpseStream::take(std::byte type, std::span<const std::byte> payload) noexcept {
  if (is(type, feed::SoupType::login_rejected)) {
    const bool proper = state_ == State::logging_in && feed::decode_login_rejected(payload).has_value();
    fail(proper ? GlimpseFailure::rejected : GlimpseFailure::protocol);
  } else if (is(type, feed::SoupType::login_accepted)) {
    const auto accepted = feed::decode_login_accepted(payload);
    if (!accepted || state_ != State::logging_in) {
      fail(GlimpseFailure::protocol);
    } else {
      session_ = accepted->session;
      state_ = State::streaming;
    }
  } else if (is(type, feed::SoupType::session_end)) {
    fail(GlimpseFailure::cut_off);
  } else if (is(type, feed::SoupType::sequenced_data)) {
    if (state_ != State::streaming) {
      fail(GlimpseFailure::protocol);
    } else if (!payload.empty() && payload.front() == feed::end_of_snapshot_type) {
      next_sequence_ = feed::decode_end_of_snapshot(payload).value_or(0);
      if (next_sequence_ == 0) {
        fail(GlimpseFailure::protocol);
      } else {
        state_ = State::done;
      }
    } else {
      return true;
    }
  }
  return false;
}

}  // namespace lln::handler
