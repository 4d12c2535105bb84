// Stage 08-02: datagrams become packets, and what one line has shown of a session. The brief is in README.md of
// final_project/stages/02-moldudp64-session.
//
// Threads: one. Guarantees: noexcept, allocates nothing, reads no byte outside the datagram, and the time of a call does not
// grow with the numbers in a header. Source: SPEC.md sections 3, 8 and 9.1.
#pragma once

#include <lln/project/packet.hpp>

#include <algorithm>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
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
  const auto number = [datagram](std::size_t at, std::size_t width) {  // most significant byte first
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < width; ++i)
      value = value << 8 | std::to_integer<std::uint64_t>(datagram[at + i]);
    return value;
  };
  const auto refused = [](PacketError why) { return ParsedPacket{.error = why, .packet = {}}; };
  constexpr std::size_t header = 20;
  constexpr std::uint64_t end_of_session = 0xffff;

  if (datagram.size() < header) return refused(PacketError::too_short);
  ParsedPacket parsed;
  std::memcpy(parsed.packet.session.data(), datagram.data(), parsed.packet.session.size());
  parsed.packet.sequence = number(10, 8);
  std::uint64_t count = number(18, 2);
  parsed.packet.end_of_session = count == end_of_session;
  if (parsed.packet.end_of_session) count = 0;
  if (parsed.packet.sequence == 0) return refused(PacketError::zero_sequence);
  if (parsed.packet.sequence > std::numeric_limits<std::uint64_t>::max() - count)
    return refused(PacketError::sequence_overflow);

  std::size_t at = header;
  for (std::size_t i = 0; i < count; ++i) {
    if (datagram.size() - at < 2) return refused(PacketError::truncated_block);
    const std::size_t length = number(at, 2);
    at += 2;
    if (datagram.size() - at < length) return refused(PacketError::truncated_block);
    scratch[i] = datagram.subspan(at, length);  // i blocks have taken 2 * i bytes: there is room
    at += length;
  }
  parsed.packet.messages = scratch.first(count);
  parsed.trailing_bytes = datagram.size() - at;
  return parsed;
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
  explicit SessionTracker(std::uint64_t first = 1) noexcept : next_(first) { came_.set(); }

  // Begins anew, counters too, with this session; `first` as in the constructor. Without it the session of the first packet
  // is adopted.
  void adopt(const SessionId& session, std::uint64_t first = 1) noexcept {
    *this = SessionTracker(first);
    session_ = session;
  }

  Observation on_packet(const PacketView& packet) noexcept {
    if (!session_) session_ = packet.session;
    if (*session_ != packet.session) {
      ++counters_.foreign;
      return {};
    }
    const Observation observed = packet.sequence < next_ ? below_next(packet) : from_next(packet);
    if (packet.end_of_session && packet.sequence == next_) end_ = next_;

    ++counters_.packets;
    counters_.messages += packet.messages.size();
    counters_.duplicates += packet.messages.size() - observed.fresh;
    if (packet.end_of_session) {
      ++counters_.ends_of_session;
    } else if (packet.messages.empty()) {
      ++counters_.heartbeats;
    }
    return observed;
  }

  // Of the session; nothing before there is one.
  std::optional<SessionId> session() const noexcept { return session_; }

  // One past the last message that is known to exist.
  std::uint64_t next() const noexcept { return next_; }

  // Messages below next() that this line has not shown.
  std::uint64_t missing() const noexcept { return missing_; }

  // One past the last message of the day, once an end of session has said so. One that lies below next() contradicts what has
  // been seen and does not count.
  std::optional<std::uint64_t> end() const noexcept { return end_; }

  // The day is over, and this line has shown all of it.
  bool complete() const noexcept { return end_ == next_ && missing_ == 0; }

  SessionCounters counters() const noexcept { return counters_; }

 private:
  static constexpr std::uint64_t window = 4096;

  // Everything is new, and so is the hole before it.
  Observation from_next(const PacketView& packet) noexcept {
    Observation observed{.arrival = Arrival::in_order, .gap = {}, .fresh = packet.messages.size()};
    if (packet.sequence > next_) {
      observed.arrival = Arrival::gap;
      observed.gap = {next_, packet.sequence};
      missing_ += observed.gap.size();
      advance(packet.sequence, false);
    }
    advance(packet.end(), true);
    return observed;
  }

  // Message by message as far as next(): has it come? What is beyond is new.
  Observation below_next(const PacketView& packet) noexcept {
    std::uint64_t fresh = 0;
    const std::uint64_t oldest = next_ > window ? next_ - window : 0;
    for (std::uint64_t n = std::max(packet.sequence, oldest); n < std::min(packet.end(), next_); ++n) {
      if (came_[n % window]) continue;
      came_[n % window] = true;
      ++fresh;
    }
    missing_ -= fresh;
    if (packet.end() > next_) {
      fresh += packet.end() - next_;
      advance(packet.end(), true);
    }
    return {.arrival = fresh > 0 ? Arrival::late : Arrival::duplicate, .gap = {}, .fresh = fresh};
  }

  // Moves next() up over messages that have come, or have not. Of a long way only the last part is remembered.
  void advance(std::uint64_t to, bool came) noexcept {
    if (to - next_ > window) next_ = to - window;
    for (; next_ < to; ++next_) came_[next_ % window] = came;
  }

  std::optional<SessionId> session_;
  std::uint64_t next_;
  std::uint64_t missing_ = 0;
  std::optional<std::uint64_t> end_;
  SessionCounters counters_;
  std::bitset<window> came_;  // bit n % window, for the last `window` messages below next_
};

}  // namespace lln::project
