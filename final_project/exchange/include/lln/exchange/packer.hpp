// Turns messages that are due into MoldUDP64 packets.
//
// A message joins the open packet when its intended time has come. The packet is closed when the next message that is
// due does not fit, or when its oldest message has waited `pack`. So a late publisher sends full packets: it catches up
// by itself, and never shifts the schedule.
// Threads: one thread. Guarantees: sans I/O, the time is passed in; noexcept, no allocation after construction.
#pragma once

#include <lln/exchange/message_log.hpp>
#include <lln/feed/moldudp64.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lln::exchange {

/// What becomes of the time stamps when messages leave.
struct Stamps {
  bool wall_clock = true;     ///< false: they stay as generated
  std::int64_t start_ns = 0;  ///< CLOCK_REALTIME of offset 0
};

struct PackedRun {
  std::span<const std::byte> packet;  ///< empty: nothing is to be sent now
  std::uint64_t first_sequence = 0;
  std::uint16_t count = 0;
};

class Packer {
 public:
  /// Throws std::invalid_argument when max_datagram cannot hold the largest message.
  Packer(MessageLog& log, const feed::SessionId& session, std::size_t max_datagram, std::int64_t pack_ns);

  /// The next packet to send at this time, ns from the start; valid until the next call.
  PackedRun poll(std::int64_t now_ns, const Stamps& stamps) noexcept;

  /// Closes the open packet early (end of the day).
  PackedRun flush() noexcept;

  /// When poll() has something to do next; INT64_MAX when the log holds nothing more.
  std::int64_t next_due_ns() const noexcept;

  /// First message that has not been handed out in a packet: what heartbeats announce.
  std::uint64_t published() const noexcept { return published_; }
  /// First message that is in no packet yet, not even the open one.
  std::uint64_t packed() const noexcept { return published_ + builder_.count(); }

 private:
  PackedRun close() noexcept;

  MessageLog& log_;
  std::vector<std::byte> buffer_;
  feed::PacketBuilder builder_;
  std::int64_t pack_ns_;
  std::uint64_t published_ = 1;
  std::int64_t oldest_ns_ = 0;  // offset of the first message in the open packet
  bool open_ = true;            // builder_ holds the messages from published_ on
};

}  // namespace lln::exchange
