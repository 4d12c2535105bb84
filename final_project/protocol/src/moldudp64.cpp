#include <lln/feed/big_endian.hpp>
#include <lln/feed/moldudp64.hpp>

#include <algorithm>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>

namespace lln::feed {
namespace {

constexpr std::uint64_t max_sequence = std::numeric_limits<std::uint64_t>::max();

// Bytes that the block at the front of `rest` occupies; nothing when it does not lie inside.
std::optional<std::size_t> block_size(std::span<const std::byte> rest) noexcept {
  if (rest.size() < block_prefix_size) return std::nullopt;
  const std::size_t size = block_prefix_size + load_be<std::uint16_t>(rest.data());
  if (rest.size() < size) return std::nullopt;
  return size;
}

}  // namespace

SessionId session_id(std::string_view text) noexcept {
  SessionId id;
  id.fill(' ');
  std::copy_n(text.begin(), std::min(text.size(), id.size()), id.begin());
  return id;
}

void encode_header(const MoldHeader& header, std::span<std::byte, header_size> to) noexcept {
  std::memcpy(to.data(), header.session.data(), header.session.size());
  store_be(to.data() + 10, header.sequence);
  store_be(to.data() + 18, header.count);
}

MoldHeader decode_header(std::span<const std::byte, header_size> from) noexcept {
  MoldHeader header;
  std::memcpy(header.session.data(), from.data(), header.session.size());
  header.sequence = load_be<std::uint64_t>(from.data() + 10);
  header.count = load_be<std::uint16_t>(from.data() + 18);
  return header;
}

std::string_view to_string(PacketError error) noexcept {
  switch (error) {
    case PacketError::none:
      return "none";
    case PacketError::too_short:
      return "too_short";
    case PacketError::zero_sequence:
      return "zero_sequence";
    case PacketError::sequence_overflow:
      return "sequence_overflow";
    case PacketError::truncated_block:
      return "truncated_block";
  }
  return "?";
}

ValidatedPacket validate(std::span<const std::byte> datagram) noexcept {
  ValidatedPacket result;
  const auto fail = [&](PacketError error) {
    result.error = error;
    return result;
  };
  if (datagram.size() < header_size) return fail(PacketError::too_short);
  result.header = decode_header(datagram.first<header_size>());
  const MoldHeader& header = result.header;
  if (header.sequence == 0) return fail(PacketError::zero_sequence);
  if (header.sequence > max_sequence - header.message_count()) return fail(PacketError::sequence_overflow);

  const std::span<const std::byte> body = datagram.subspan(header_size);
  std::size_t end = 0;
  for (std::uint16_t i = 0; i < header.message_count(); ++i) {
    const auto size = block_size(body.subspan(end));
    if (!size) return fail(PacketError::truncated_block);
    end += *size;
  }
  result.blocks = body.first(end);
  result.trailing_bytes = body.size() - end;
  return result;
}

bool BlockCursor::next(std::span<const std::byte>& message) noexcept {
  if (remaining_ == 0) return false;
  const auto size = block_size(rest_);
  if (!size) return false;  // and so will every later call: nothing has moved
  message = rest_.first(*size).subspan(block_prefix_size);
  rest_ = rest_.subspan(*size);
  --remaining_;
  return true;
}

PacketBuilder::PacketBuilder(std::span<std::byte> buffer, const SessionId& session)
    : buffer_(buffer), session_(session) {
  if (buffer.size() < header_size)
    throw std::invalid_argument("A MoldUDP64 datagram needs at least 20 bytes; the buffer has " +
                                std::to_string(buffer.size()) + ".");
}

void PacketBuilder::begin(std::uint64_t sequence) noexcept {
  sequence_ = sequence;
  size_ = header_size;
  count_ = 0;
}

bool PacketBuilder::append(std::span<const std::byte> message) noexcept {
  if (message.size() > 0xFFFF || count_ == max_message_count) return false;
  if (buffer_.size() - size_ < block_prefix_size + message.size()) return false;
  store_be(buffer_.data() + size_, static_cast<std::uint16_t>(message.size()));
  if (!message.empty())
    std::memcpy(buffer_.data() + size_ + block_prefix_size, message.data(), message.size());
  size_ += block_prefix_size + message.size();
  ++count_;
  return true;
}

std::span<const std::byte> PacketBuilder::finish() noexcept {
  encode_header({session_, sequence_, count_}, buffer_.first<header_size>());
  return buffer_.first(size_);
}

void encode_request(const Request& request, std::span<std::byte, header_size> to) noexcept {
  encode_header({request.session, request.sequence, request.count}, to);
}

std::optional<Request> decode_request(std::span<const std::byte> datagram) noexcept {
  if (datagram.size() != header_size) return std::nullopt;
  const MoldHeader header = decode_header(datagram.first<header_size>());
  if (header.sequence == 0 || header.is_heartbeat() || header.is_end_of_session()) return std::nullopt;
  return Request{header.session, header.sequence, header.count};
}

}  // namespace lln::feed
