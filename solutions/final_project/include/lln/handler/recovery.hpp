// What to do about lost messages: ask again, take a snapshot, or give up.
//
// Threads: one. Sans I/O: it is told what is missing (GapView) and the time (ticks), and answers with one
// step at a time; whoever owns the sockets takes it. noexcept, no allocation. Off the hot path: called only
// while something is lost.
// Source: SPEC.md sections 4, 6 and 8.
//
// Lost ranges are requested in chunks, at most `outstanding` at a time. A reply that brings only part of a
// chunk makes the rest be asked for at once; none within the time-out makes it be asked for again, with twice
// the time-out. After `attempts` unanswered requests for one chunk, or when a hole is larger than
// `snapshot_threshold`, a snapshot is due. When snapshots are not to be had (none configured, or
// give_up_snapshots() was called), the hole is given up.
#pragma once

#include <lln/feed/moldudp64.hpp>
#include <lln/handler/gap_view.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace lln::handler {

struct RecoveryOptions {
  bool can_request = false;
  bool can_snapshot = false;
  std::uint16_t chunk = 48;                   // messages in one request: about what fits one datagram
  unsigned outstanding = 4;                   // 1..Recovery::max_outstanding
  std::uint64_t timeout = 0;                  // ticks until the first repetition; doubled each time
  std::uint64_t timeout_limit = 0;            // and at most this
  unsigned attempts = 5;                      // requests for one chunk without any answer, >= 1
  std::uint64_t snapshot_threshold = 20'000;  // messages: larger holes are not requested
};

class Recovery {
 public:
  static constexpr unsigned max_outstanding = 16;

  enum class Action : std::uint8_t {
    wait,      // nothing to do now
    request,   // send a request for `range` (at most `chunk` messages); repeated = nothing came last time
    snapshot,  // requests do not help
    give_up,   // nothing helps: skip the first hole
  };
  struct Step {
    Action action = Action::wait;
    SequenceRange range;
    bool repeated = false;
  };

  explicit Recovery(const RecoveryOptions& options) noexcept;

  /// Call until it says wait (after snapshot and give_up the caller acts first).
  Step next(const GapView& gaps, std::uint64_t now) noexcept;

  /// No snapshot for the time being; try_snapshots() allows them again.
  void give_up_snapshots() noexcept { snapshots_allowed_ = false; }
  void try_snapshots() noexcept { snapshots_allowed_ = true; }
  /// Forgets all outstanding requests.
  void reset() noexcept;
  bool idle() const noexcept { return active_ == 0; }

 private:
  struct Request {
    SequenceRange range;
    std::uint64_t deadline = 0;
    std::uint64_t timeout = 0;
    unsigned attempts = 0;  // unanswered so far; 0 = slot is free
  };

  Step send(Request& request, bool repeated, std::uint64_t now) noexcept;
  SequenceRange uncovered(const GapView& gaps) const noexcept;
  Step escalate() noexcept;

  RecoveryOptions options_;
  std::array<Request, max_outstanding> requests_{};
  unsigned active_ = 0;
  bool snapshots_allowed_ = true;
};

}  // namespace lln::handler
