// MoldUDP64 1.00: datagrams of numbered, length-prefixed messages, and the request for lost ones.
//
// Threads: free functions are pure; a PacketBuilder or BlockCursor belongs to one thread. Guarantees: noexcept, no
// allocation, no access outside the given spans. Source: SPEC.md sections 3, 4 and 9.1.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace lln::feed {

using SessionId = std::array<char, 10>;

/// Pads with spaces on the right; characters beyond the tenth are cut off.
SessionId session_id(std::string_view text) noexcept;
/// All ten characters, padding included; a view into the argument.
inline std::string_view text_of(const SessionId& session) noexcept {
  return {session.data(), session.size()};
}
std::string_view text_of(SessionId&&) = delete;

inline constexpr std::size_t header_size = 20;
inline constexpr std::size_t block_prefix_size = 2;
inline constexpr std::uint16_t heartbeat = 0;            ///< a count that means: nothing new
inline constexpr std::uint16_t end_of_session = 0xFFFF;  ///< a count that means: the day is over
inline constexpr std::uint16_t max_message_count =
    0xFFFE;  ///< the largest true count, in a packet or a request

struct MoldHeader {
  SessionId session{};
  std::uint64_t sequence =
      0;  ///< of the first message; of the next one to come in heartbeat and end of session
  std::uint16_t count = 0;
  bool operator==(const MoldHeader&) const = default;

  bool is_heartbeat() const noexcept { return count == heartbeat; }
  bool is_end_of_session() const noexcept { return count == end_of_session; }
  /// Blocks that follow: 0 for heartbeat and end of session.
  std::uint16_t message_count() const noexcept { return is_end_of_session() ? std::uint16_t{0} : count; }
};

void encode_header(const MoldHeader& header, std::span<std::byte, header_size> to) noexcept;
MoldHeader decode_header(std::span<const std::byte, header_size> from) noexcept;

enum class PacketError : std::uint8_t {
  none,
  too_short,          ///< fewer bytes than the header
  zero_sequence,      ///< numbering starts at 1
  sequence_overflow,  ///< sequence + count does not fit 64 bits
  truncated_block,    ///< a block runs past the end of the datagram
};
std::string_view to_string(PacketError error) noexcept;

struct ValidatedPacket {
  PacketError error = PacketError::none;
  MoldHeader header;                  ///< meaningful unless too_short
  std::span<const std::byte> blocks;  ///< exactly the message_count() blocks; empty when there is an error
  std::size_t trailing_bytes = 0;     ///< bytes after the last block (legal, ignored)
  explicit operator bool() const noexcept { return error == PacketError::none; }
};

/// Checks one datagram in the order of SPEC.md section 9.1.
ValidatedPacket validate(std::span<const std::byte> datagram) noexcept;

/// Walks `count` blocks. Safe on bytes that were not validated: it stops at the first block that does not fit.
class BlockCursor {
 public:
  BlockCursor(std::span<const std::byte> blocks, std::uint16_t count) noexcept
      : rest_(blocks), remaining_(count) {}
  explicit BlockCursor(const ValidatedPacket& packet) noexcept
      : BlockCursor(packet.blocks,
                    packet.error == PacketError::none ? packet.header.message_count() : std::uint16_t{0}) {}

  /// The next message (perhaps empty); false when there is none.
  bool next(std::span<const std::byte>& message) noexcept;

 private:
  std::span<const std::byte> rest_;
  std::uint16_t remaining_;
};

/// Packs messages into one datagram after the other, in a buffer of the caller.
class PacketBuilder {
 public:
  /// The buffer's size is the largest datagram (1472 = IPv4 over Ethernet); std::invalid_argument below header_size.
  PacketBuilder(std::span<std::byte> buffer, const SessionId& session);

  /// Starts a datagram whose first message has this number (>= 1).
  void begin(std::uint64_t sequence) noexcept;
  /// False, and nothing changed, when the message does not fit, is longer than 65535 bytes, or 65534 are in.
  bool append(std::span<const std::byte> message) noexcept;

  std::uint16_t count() const noexcept { return count_; }
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return count_ == 0; }
  /// The datagram so far, header filled in; without messages it is a heartbeat.
  std::span<const std::byte> finish() noexcept;
  /// The number after the last message.
  std::uint64_t next_sequence() const noexcept { return sequence_ + count_; }

 private:
  std::span<std::byte> buffer_;
  SessionId session_;
  std::uint64_t sequence_ = 1;
  std::size_t size_ = header_size;
  std::uint16_t count_ = 0;
};

/// A client's wish for `count` messages from `sequence` on; 20 bytes, laid out like the downstream header.
struct Request {
  SessionId session{};
  std::uint64_t sequence = 0;
  std::uint16_t count = 0;
  bool operator==(const Request&) const = default;
};

void encode_request(const Request& request, std::span<std::byte, header_size> to) noexcept;

/// Nothing when the datagram is not exactly 20 bytes, the sequence is 0, or the count is 0 or 0xFFFF. Whether the
/// session and the range exist is for the server to know.
std::optional<Request> decode_request(std::span<const std::byte> datagram) noexcept;

}  // namespace lln::feed
