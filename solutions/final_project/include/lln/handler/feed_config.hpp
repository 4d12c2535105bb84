// All settings of a feed session in one place, with the defaults and why.
#pragma once

#include <lln/feed/moldudp64.hpp>
#include <lln/handler/arbiter.hpp>
#include <lln/handler/glimpse_client.hpp>
#include <lln/handler/recovery.hpp>
#include <lln/net/endpoint.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace lln::handler {

struct FeedConfig {
  std::optional<net::Endpoint> rerequest;  // none: holes go to the snapshot
  std::optional<net::Endpoint> glimpse;    // none: what requests do not bring is given up

  std::optional<feed::SessionId> session;  // none: the first one seen
  std::chrono::nanoseconds session_silence =
      std::chrono::seconds(3);  // three heartbeats; see mold_session.hpp
  unsigned session_confirmations = 3;

  ReorderWindow::Options
      window;  // 64 MiB: two seconds of a million messages a second, while a snapshot loads
  std::chrono::nanoseconds gap_timer =
      std::chrono::microseconds(200);  // some times the skew between the lines
  std::uint64_t max_jump = 20'000;     // messages; see arbiter.hpp
  std::size_t drain_slice = 256;       // packets in one call: the sockets must not wait for long

  std::uint16_t request_chunk = 48;  // messages: about one datagram
  unsigned request_outstanding = 4;
  std::chrono::nanoseconds request_timeout = std::chrono::milliseconds(2);
  std::chrono::nanoseconds request_timeout_limit = std::chrono::milliseconds(50);
  unsigned request_attempts = 5;
  std::uint64_t snapshot_threshold = 20'000;  // messages: a larger hole costs more requests than a snapshot

  unsigned snapshot_attempts = 3;  // connections, one after the other
  std::chrono::nanoseconds snapshot_retry =
      std::chrono::milliseconds(10);  // pause before the second; then doubled
  unsigned snapshots_in_a_row =
      2;  // completed ones without catching up with the stream; then the feed is lost
  std::chrono::nanoseconds snapshot_holdoff =
      std::chrono::seconds(1);  // after a lost feed: no snapshot for so long
  std::chrono::nanoseconds connect_timeout = std::chrono::seconds(1);
  std::chrono::nanoseconds login_timeout = std::chrono::seconds(2);
  std::chrono::nanoseconds silence_timeout =
      std::chrono::seconds(3);  // the server sends a heartbeat each second
  std::chrono::nanoseconds heartbeat = std::chrono::seconds(1);
  std::size_t snapshot_bytes_per_poll = std::size_t{64} << 10;
};

/// Translations into ticks.
ArbiterOptions arbiter_options(const FeedConfig& config, double ticks_per_ns) noexcept;
RecoveryOptions recovery_options(const FeedConfig& config, double ticks_per_ns) noexcept;
/// config.glimpse must be set.
GlimpseClient::Options glimpse_options(const FeedConfig& config, double ticks_per_ns) noexcept;

inline std::uint64_t ticks(std::chrono::nanoseconds time, double ticks_per_ns) noexcept {
  return time.count() <= 0 ? 0 : static_cast<std::uint64_t>(static_cast<double>(time.count()) * ticks_per_ns);
}

}  // namespace lln::handler
