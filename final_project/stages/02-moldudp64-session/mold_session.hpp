// Stage 08-02: datagrams become packets, and what one line has shown of a session. The brief is in README.md.
//
// Threads: one. Guarantees: noexcept, allocates nothing, reads no byte outside the datagram, and the time of a call does not
// grow with the numbers in a header. Source: SPEC.md sections 3, 8 and 9.1.
#pragma once

#include <lln/project/packet.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace lln::project {

// Why a datagram is dropped whole: SPEC.md section 9.1, in the order in which it is checked.
enum class PacketError : std::uint8_t { none, too_short, zero_sequence, sequence_overflow, truncated_block };

struct ParsedPacket {
  PacketError error = PacketError::none;
  PacketView packet;  // meaningful without an error; its messages lie in scratch, their bytes in the datagram
  std::size_t trailing_bytes =
      0;  // without an error: bytes behind the last block (behind the header when there is none)

  explicit operator bool() const noexcept { return error == PacketError::none; }
};

// Messages that a datagram of so many bytes can hold at most: each takes the two bytes of its length.
constexpr std::size_t max_messages(std::size_t datagram_bytes) noexcept {
  return datagram_bytes < 20 ? 0 : (datagram_bytes - 20) / 2;
}

// Takes one datagram apart. scratch: room for max_messages(datagram.size()) at least; nothing is written beyond that.
inline ParsedPacket parse(std::span<const std::byte> datagram, std::span<Message> scratch) noexcept {
  static_cast<void>(datagram);  // TODO 1
  static_cast<void>(scratch);
  return {.error = static_cast<PacketError>(41), .packet = {}};
}

enum class Arrival : std::uint8_t {
  foreign,   // of another session: counted, nothing else
  in_order,  // begins at next()
  gap,       // begins above next(): what lies between has not come on this line, until now
  late,      // begins below next() and brings something that this line has not shown before
  duplicate  // begins below next() and brings nothing new
};

struct Observation {
  Arrival arrival = Arrival::foreign;
  Gap gap;                  // Arrival::gap: what was skipped
  std::uint64_t fresh = 0;  // messages of the packet that this line has not shown before
};

struct SessionCounters {
  std::uint64_t packets = 0;          // of the session, heartbeats and ends of session among them
  std::uint64_t messages = 0;         // in them
  std::uint64_t duplicates = 0;       // messages, of those, that the line had shown already
  std::uint64_t heartbeats = 0;       // packets
  std::uint64_t ends_of_session = 0;  // packets
  std::uint64_t foreign = 0;          // packets of other sessions
};

// What one line has shown of one session.
//
// Heartbeats and ends of session count like packets of no messages: above next() they reveal a gap, too. Which of the last
// 4,096 messages came is remembered at least; a message further back counts as shown, whether it came or not.
class SessionTracker {
 public:
  // `first` is the number with which the session begins for us.
  explicit SessionTracker(std::uint64_t first = 1) noexcept {
    static_cast<void>(first);  // TODO 2
  }

  // Begins anew, counters too, with this session; `first` as in the constructor. Without it the session of the first packet
  // is adopted.
  void adopt(const SessionId& session, std::uint64_t first = 1) noexcept {
    static_cast<void>(session);  // TODO 2
    static_cast<void>(first);
  }

  Observation on_packet(const PacketView& packet) noexcept {
    static_cast<void>(packet);  // TODO 2, TODO 3
    return {.arrival = static_cast<Arrival>(41), .gap = {41, 41}, .fresh = 41};
  }

  // Of the session; nothing before there is one.
  std::optional<SessionId> session() const noexcept { return SessionId{'w', 'r', 'o', 'n', 'g'}; }

  // One past the last message that is known to exist.
  std::uint64_t next() const noexcept { return 41; }

  // Messages below next() that this line has not shown.
  std::uint64_t missing() const noexcept { return 41; }

  // One past the last message of the day, once an end of session has said so. One that lies below next() contradicts what has
  // been seen and does not count.
  std::optional<std::uint64_t> end() const noexcept { return 41; }

  // The day is over, and this line has shown all of it.
  bool complete() const noexcept { return false; }

  SessionCounters counters() const noexcept { return {}; }
};

}  // namespace lln::project
