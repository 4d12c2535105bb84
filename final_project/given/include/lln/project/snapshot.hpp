// What the snapshot splice (stage 6) and those around it have in common: options, states, and the sink of the books.
//
// Plain values and one interface; times are nanoseconds on whichever clock the caller reads.
#pragma once

#include <lln/project/packet.hpp>

#include <cstddef>
#include <cstdint>

namespace lln::project {

/// Takes the stream and, when the books have to be made anew, the snapshot that they are made from.
class SnapshotSink : public MessageSink {
 public:
  /// The books are void: empty them. Comes again, without an end before it, when a snapshot was cut off.
  virtual void on_snapshot_begin() noexcept = 0;
  /// An ITCH message without a number: S R H Y h, then A and F (SPEC.md section 6). Never the End of Snapshot message.
  virtual void on_snapshot_message(Message message) noexcept = 0;
  /// The books are those before message `next`; on_message goes on with it.
  virtual void on_snapshot_end(std::uint64_t next) noexcept = 0;
};

enum class SnapshotState : std::uint8_t {
  live,         ///< nothing missing: messages go straight to the sink
  stale,        ///< the books miss something and no snapshot is under way: connect, or give up
  loading,      ///< a connection is open, the snapshot is not complete; live messages are held
  catching_up,  ///< the snapshot is complete; held messages wait for catch_up()
};

/// Why the last attempt brought no snapshot.
enum class SnapshotFailure : std::uint8_t {
  none,
  rejected,       ///< the server does not let us in
  wrong_session,  ///< it would let us into another day
  timeout,        ///< no answer to the login, or nothing at all for too long
  protocol,       ///< what came is no GLIMPSE stream
  cut_off,        ///< the stream ended before End of Snapshot
  too_old,        ///< complete, but what follows it is not held any more, or never was
};

struct SnapshotOptions {
  std::size_t hold = std::size_t{1} << 18;           ///< live messages that can be held, >= 1
  std::uint64_t login_timeout_ns = 1'000'000'000;    ///< from connected() to the answer
  std::uint64_t silence_timeout_ns = 5'000'000'000;  ///< without a byte from the server
  std::uint64_t heartbeat_ns = 1'000'000'000;        ///< of our own silence, then we send a heartbeat
};

}  // namespace lln::project
