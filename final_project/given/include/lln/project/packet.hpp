// What travels between the stages of your handler: messages, packets, gaps.
//
// Plain values without ownership: the bytes belong to the caller and are valid during the call only. Whoever keeps them
// longer copies them. Sequence numbers are MoldUDP64's: from 1, one for each message; `end` is always one past the last.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace lln::project {

/// MoldUDP64 session: ten characters, spaces on the right.
using SessionId = std::array<char, 10>;

/// One ITCH message, type byte first, without the length before it. May be empty, and may be of any content.
using Message = std::span<const std::byte>;

/// Where a packet came from. A and B carry the same stream; `rerequest` marks replies to our own requests.
enum class Line : std::uint8_t { a, b, rerequest };

/// One valid MoldUDP64 packet. No messages: a heartbeat or the end of the session.
struct PacketView {
  SessionId session{};
  std::uint64_t sequence = 0;  ///< of the first message; without messages: of the next one to come
  bool end_of_session = false;
  std::span<const Message> messages;

  std::uint64_t end() const noexcept { return sequence + messages.size(); }
};

/// Messages [begin, end) are missing.
struct Gap {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;

  std::uint64_t size() const noexcept { return end - begin; }
  bool operator==(const Gap&) const = default;
};

/// Takes the one ordered stream that the transport stages make of all lines.
class MessageSink {
 public:
  virtual ~MessageSink() = default;
  /// Each message of the session exactly once, in the order of `sequence`.
  virtual void on_message(std::uint64_t sequence, Message message) noexcept = 0;
  /// The session has ended and everything before `next` has been accounted for.
  virtual void on_end_of_session(std::uint64_t next) noexcept = 0;
};

}  // namespace lln::project
