// What the feed part of the handler counts: packets by line, gaps, how they were closed, what was given up.
//
// Threads: written by the feed thread only; another thread reads a copy taken there. Cost: plain increments.
// Unit where nothing is said: messages.
//
// They add up. Over all sessions of a run,
//   delivered + covered_by_snapshot + unrecovered == next sequence - first sequence (1) + rewound
// and on each line first + duplicates + dropped == messages. A message that fills a hole is counted when it
// comes, in exactly one of reordered, recovered_by_other_line and recovered_by_rerequest.
#pragma once

#include <lln/feed/moldudp64.hpp>
#include <lln/handler/packet.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace lln::handler {

struct LineCounters {
  std::uint64_t packets = 0;     // all, invalid ones too
  std::uint64_t messages = 0;    // carried by valid packets of the session, duplicates included
  std::uint64_t first = 0;       // whose first copy came on this line
  std::uint64_t duplicates = 0;  // messages that were there already
  std::uint64_t dropped =
      0;  // new ones, but the reorder window was full; first + duplicates + dropped == messages
  std::uint64_t lost = 0;        // messages that this line has not shown (so far: what is on its way counts)
  std::uint64_t heartbeats = 0;  // packets
  std::uint64_t ends_of_session = 0;  // packets
  std::uint64_t out_of_order = 0;     // packets that came after a later one of the same line
};

// One for each row of SPEC.md section 9.1, and `none`.
inline constexpr std::size_t packet_error_count =
    static_cast<std::size_t>(feed::PacketError::truncated_block) + 1;

struct FeedCounters {
  std::array<LineCounters, line_count> lines{};
  std::array<std::uint64_t, packet_error_count> invalid{};  // packets by feed::PacketError
  std::uint64_t foreign_session = 0;                        // valid packets of a session that is not ours
  std::uint64_t implausible = 0;  // valid packets refused: too far ahead, or an end before the end
  std::uint64_t session_changes = 0;

  std::uint64_t delivered = 0;  // given to the sink by on_messages
  std::uint64_t gaps = 0;       // times that a hole appeared
  std::uint64_t reordered = 0;  // filled a hole, late, from the line that had skipped them
  std::uint64_t recovered_by_other_line = 0;
  std::uint64_t recovered_by_rerequest = 0;
  std::uint64_t recovered_by_snapshot = 0;  // of covered_by_snapshot: lost on both lines
  std::uint64_t covered_by_snapshot = 0;    // skipped because a snapshot contains them
  std::uint64_t rewound = 0;                // delivered twice because a snapshot was older than the stream
  std::uint64_t unrecovered = 0;            // given up

  std::uint64_t held_packets = 0;      // copied into the reorder window
  std::uint64_t window_overflows = 0;  // times that the window was full
  std::uint64_t evicted_packets = 0;   // pushed out of the window by newer ones during a snapshot

  std::uint64_t requests_sent = 0;
  std::uint64_t request_retries = 0;  // of requests_sent: because nothing had come
  std::uint64_t requests_failed = 0;  // the kernel refused to send, or the server's port is closed
  std::uint64_t replies = 0;          // datagrams from the re-request server
  std::uint64_t snapshots_started = 0;
  std::uint64_t snapshots = 0;  // completed and spliced
  std::uint64_t snapshots_failed = 0;
  std::uint64_t snapshot_messages = 0;  // given to the sink by on_snapshot_message
  std::uint64_t feed_lost = 0;          // times that recovery was given up

  std::uint64_t invalid_packets() const noexcept {
    std::uint64_t sum = 0;
    for (const std::uint64_t count : invalid) sum += count;
    return sum;
  }
  std::uint64_t packets() const noexcept {
    std::uint64_t sum = 0;
    for (const LineCounters& line : lines) sum += line.packets;
    return sum;
  }
};

}  // namespace lln::handler
