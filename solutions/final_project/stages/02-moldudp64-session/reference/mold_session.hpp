// Framing, session and line tracker of the reference handler behind the interface of stage 08-02: another inner design,
// the same tests.
#pragma once

#include <lln/feed/moldudp64.hpp>
#include <lln/handler/line_tracker.hpp>
#include <lln/handler/mold_session.hpp>
#include <lln/project/packet.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace lln::project {

using PacketError = feed::PacketError;

struct ParsedPacket {
  PacketError error = PacketError::none;
  PacketView packet;
  std::size_t trailing_bytes = 0;

  explicit operator bool() const noexcept { return error == PacketError::none; }
};

constexpr std::size_t max_messages(std::size_t datagram_bytes) noexcept {
  return datagram_bytes < feed::header_size ? 0
                                            : (datagram_bytes - feed::header_size) / feed::block_prefix_size;
}

inline ParsedPacket parse(std::span<const std::byte> datagram, std::span<Message> scratch) noexcept {
  const handler::MoldPacket mold = handler::parse_mold(datagram);
  ParsedPacket parsed{.error = mold.error, .packet = {}};
  if (!parsed) return parsed;
  std::memcpy(parsed.packet.session.data(), mold.session, parsed.packet.session.size());
  parsed.packet.sequence = mold.run.first_sequence;
  parsed.packet.end_of_session = mold.is_end_of_session;
  const std::byte* at = mold.run.first;
  for (std::size_t i = 0; i < mold.run.count; ++i) {
    scratch[i] = {at + feed::block_prefix_size, handler::itch::load<std::uint16_t>(at)};
    at += feed::block_prefix_size + scratch[i].size();
  }
  parsed.packet.messages = scratch.first(mold.run.count);
  parsed.trailing_bytes = static_cast<std::size_t>(datagram.data() + datagram.size() - at);
  return parsed;
}

enum class Arrival : std::uint8_t { foreign, in_order, gap, late, duplicate };

struct Observation {
  Arrival arrival = Arrival::foreign;
  Gap gap;
  std::uint64_t fresh = 0;
};

struct SessionCounters {
  std::uint64_t packets = 0;
  std::uint64_t messages = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t heartbeats = 0;
  std::uint64_t ends_of_session = 0;
  std::uint64_t foreign = 0;
};

class SessionTracker {
 public:
  explicit SessionTracker(std::uint64_t first = 1) noexcept : next_(first) { tracker_.start(first); }

  void adopt(const SessionId& session, std::uint64_t first = 1) noexcept {
    *this = SessionTracker(first);
    session_ = one_session(session);
  }

  Observation on_packet(const PacketView& packet) noexcept {
    const auto* const id = reinterpret_cast<const std::byte*>(packet.session.data());
    if (!session_.is_current(id) &&
        session_.judge(id, handler::Line::a, 0) == handler::MoldSession::Verdict::foreign) {
      ++counters_.foreign;
      return {};
    }
    Observation observed;
    const std::uint64_t lost_before = tracker_.lost(next_);
    const std::uint64_t beyond = packet.end() - std::min(packet.end(), std::max(next_, packet.sequence));
    const bool below = packet.sequence < next_;
    if (packet.sequence > next_) observed.gap = {next_, packet.sequence};
    tracker_.see(packet.sequence, packet.messages.size());
    const std::uint64_t filled = below ? lost_before - tracker_.lost(next_) : 0;
    observed.fresh = beyond + filled;
    observed.arrival = packet.sequence == next_ ? Arrival::in_order
                       : !below                 ? Arrival::gap
                       : observed.fresh > 0     ? Arrival::late
                                                : Arrival::duplicate;
    next_ = std::max(next_, packet.end());
    if (packet.end_of_session && packet.sequence == next_) end_ = next_;

    ++counters_.packets;
    counters_.messages += packet.messages.size();
    counters_.duplicates += packet.messages.size() - observed.fresh;
    counters_.ends_of_session += packet.end_of_session ? 1 : 0;
    counters_.heartbeats += packet.messages.empty() && !packet.end_of_session ? 1 : 0;
    return observed;
  }

  std::optional<SessionId> session() const noexcept {
    return session_.known() ? std::optional(session_.id()) : std::nullopt;
  }
  std::uint64_t next() const noexcept { return next_; }
  std::uint64_t missing() const noexcept { return tracker_.lost(next_); }
  std::optional<std::uint64_t> end() const noexcept { return end_; }
  bool complete() const noexcept { return end_ == next_ && missing() == 0; }
  SessionCounters counters() const noexcept { return counters_; }

 private:
  static handler::MoldSession one_session(std::optional<SessionId> first) noexcept {
    handler::MoldSession::Options options;
    options.session = first;
    options.silence = ~std::uint64_t{0};  // of others it hears nothing for ever
    options.confirmations = ~0U;
    return handler::MoldSession(options);
  }

  handler::MoldSession session_ = one_session(std::nullopt);
  handler::LineTracker tracker_;
  std::uint64_t next_;
  std::optional<std::uint64_t> end_;
  SessionCounters counters_;
};

}  // namespace lln::project
