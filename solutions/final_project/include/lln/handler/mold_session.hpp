// MoldUDP64 packets: validation, and which session is ours.
//
// Threads: one. Guarantees: any bytes of any length are safe; noexcept, no allocation. parse_mold() decides
// as feed::validate() does (SPEC.md section 9.1), in one pass and without copying.
// Cost: see arbiter.hpp.
//
// The rule for another session. The first session seen, or the one configured, is adopted. A valid packet of
// another session is counted and dropped; a stray or forged one must not tear the books down. Another session
// replaces ours only when both hold:
//   - ours has ended (End of Session reached), or its lines have been silent for `silence`;
//   - `confirmations` packets of that one other session have come on lines A and B, none of ours in between.
// The packets dropped until then are a gap of the new session like any other, and recovered as such.
#pragma once

#include <lln/feed/moldudp64.hpp>
#include <lln/handler/itch_view.hpp>
#include <lln/handler/packet.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <span>

namespace lln::handler {

/// One packet, framing checked. `run` and `session` are meaningful only without an error.
struct MoldPacket {
  feed::PacketError error = feed::PacketError::none;
  bool is_end_of_session = false;
  const std::byte* session = nullptr;  // 10 bytes inside the packet
  BlockRun run;                        // count 0: heartbeat or end of session
};

inline MoldPacket parse_mold(std::span<const std::byte> bytes) noexcept {
  MoldPacket packet;
  if (bytes.size() < feed::header_size) [[unlikely]] {
    packet.error = feed::PacketError::too_short;
    return packet;
  }
  const std::byte* const data = bytes.data();
  const auto sequence = itch::load<std::uint64_t>(data + 10);
  auto count = itch::load<std::uint16_t>(data + 18);
  packet.is_end_of_session = count == feed::end_of_session;
  if (packet.is_end_of_session) count = 0;
  if (sequence == 0) [[unlikely]] {
    packet.error = feed::PacketError::zero_sequence;
    return packet;
  }
  if (sequence > std::numeric_limits<std::uint64_t>::max() - count) [[unlikely]] {
    packet.error = feed::PacketError::sequence_overflow;
    return packet;
  }
  std::size_t at = feed::header_size;
  for (std::uint16_t i = 0; i < count; ++i) {
    if (bytes.size() - at < feed::block_prefix_size) [[unlikely]] {
      packet.error = feed::PacketError::truncated_block;
      return packet;
    }
    const std::size_t size = feed::block_prefix_size + itch::load<std::uint16_t>(data + at);
    if (bytes.size() - at < size) [[unlikely]] {
      packet.error = feed::PacketError::truncated_block;
      return packet;
    }
    at += size;
  }
  packet.session = data;
  packet.run = {data + feed::header_size, count, sequence};
  return packet;
}

/// The same run without its first `blocks` blocks (at most run.count).
inline BlockRun skip_blocks(BlockRun run, std::uint64_t blocks) noexcept {
  for (std::uint64_t i = 0; i < blocks; ++i)
    run.first += feed::block_prefix_size + itch::load<std::uint16_t>(run.first);
  run.count = static_cast<std::uint16_t>(run.count - blocks);
  run.first_sequence += blocks;
  return run;
}

class MoldSession {
 public:
  struct Options {
    std::optional<feed::SessionId> session;  // the one to begin with; none: the first seen
    std::uint64_t silence = 0;   // ticks without a packet of ours before another session may take over
    unsigned confirmations = 3;  // consecutive packets of the other session, >= 1
  };
  enum class Verdict : std::uint8_t { foreign, adopted, changed };

  explicit MoldSession(const Options& options) noexcept : options_(options) {
    if (options.session) adopt(*options.session);
  }

  /// Compares 10 bytes. The packets' own session is the common case and all that is done for them.
  bool is_current(const std::byte* session) const noexcept {
    std::uint64_t head;
    std::uint16_t tail;
    std::memcpy(&head, session, sizeof head);
    std::memcpy(&tail, session + sizeof head, sizeof tail);
    return ((head ^ head_) | static_cast<std::uint64_t>(tail ^ tail_)) == 0 && known_;
  }

  /// A packet of ours came on line A or B.
  void heard(std::uint64_t now) noexcept {
    last_heard_ = now;
    candidate_seen_ = 0;
  }

  /// Of a valid packet for which is_current() is false. adopted and changed: it is of the current session
  /// now.
  Verdict judge(const std::byte* session, Line line, std::uint64_t now) noexcept;

  /// End of Session reached and everything before it accounted for.
  void ended() noexcept { ended_ = true; }

  bool known() const noexcept { return known_; }
  const feed::SessionId& id() const noexcept { return id_; }

 private:
  void adopt(const feed::SessionId& id) noexcept {
    id_ = id;
    std::memcpy(&head_, id.data(), sizeof head_);
    std::memcpy(&tail_, id.data() + sizeof head_, sizeof tail_);
    known_ = true;
    ended_ = false;
    candidate_seen_ = 0;
  }

  std::uint64_t head_ = 0;  // the ten characters of id_, for a fast comparison
  std::uint16_t tail_ = 0;
  bool known_ = false;
  bool ended_ = false;
  unsigned candidate_seen_ = 0;
  std::uint64_t last_heard_ = 0;
  feed::SessionId id_{};
  feed::SessionId candidate_{};
  Options options_;
};

inline MoldSession::Verdict MoldSession::judge(const std::byte* session, Line line,
                                               std::uint64_t now) noexcept {
  if (line == Line::rerequest) return Verdict::foreign;
  feed::SessionId id;
  std::memcpy(id.data(), session, id.size());
  if (!known_) {
    adopt(id);
    return Verdict::adopted;
  }
  if (candidate_seen_ == 0 || candidate_ != id) {
    candidate_ = id;
    candidate_seen_ = 0;
  }
  ++candidate_seen_;
  if (last_heard_ == 0)
    last_heard_ = now;  // a configured one: its silence begins with the first packet of another
  const bool silent = now - last_heard_ >= options_.silence;
  if (candidate_seen_ < options_.confirmations || !(ended_ || silent)) return Verdict::foreign;
  adopt(id);
  return Verdict::changed;
}

}  // namespace lln::handler
