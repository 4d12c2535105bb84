// A/B arbitration: two lossy copies of one numbered stream in, one ordered stream out.
//
// Threads: one. Sans I/O: packets and time (ticks) come in, the sink is called; same input, same calls.
// noexcept and no allocation after construction. Any bytes of any length are safe.
// Guarantees: on_messages() gets every message at most once and in order (after a snapshot: from its number
// on). The first copy wins, whichever line brings it. Packets in order go straight from the receive buffer to
// the sink; only what comes too early is copied, with its own stamp. Work per call is bounded (drain_slice
// packets).
// Cost: a datagram of four messages 13.5 ns in order, 5 to 7 of them validation; 23 ns when line A loses one
// in eight and B fills (arbiter_bench, best round, per datagram that arrives, both lines counted; Xeon at 2.3
// GHz nominal, virtual).
// Source: SPEC.md sections 8 and 9.1.
//
// A hole becomes *lost* when the gap timer fires: `gap_timer` ticks after the packet that revealed it. The
// arbiter decides nothing beyond that: FeedSession asks for lost ranges, overflow and the rest, and recovers
// or gives up.
//
// A packet, heartbeat or end of session more than `max_jump` messages ahead of all that is known is dropped
// and counted until a second one, at most max_jump after it, confirms it: one forged or damaged number must
// not send the handler into recovery. An end of session below what is known to exist is dropped and counted.
//
// Sink: void on_messages(const BlockRun&, const PacketStamp&) noexcept;
//       void on_end_of_session(std::uint64_t next) noexcept;
//           All before it is accounted for. Again only if the day went on after all.
//       void on_session_change(const feed::SessionId& from, const feed::SessionId& to) noexcept;
//           Everything starts anew, at message 1.
//       void on_unrecovered(std::uint64_t begin, std::uint64_t end) noexcept;
//           Optional: [begin, end) has been given up.
#pragma once

#include <lln/handler/feed_counters.hpp>
#include <lln/handler/gap_view.hpp>
#include <lln/handler/line_tracker.hpp>
#include <lln/handler/mold_session.hpp>
#include <lln/handler/packet.hpp>
#include <lln/handler/reorder_window.hpp>
#include <lln/handler/skew_meter.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>

namespace lln::handler {

struct ArbiterOptions {
  MoldSession::Options session;
  ReorderWindow::Options window;
  std::uint64_t gap_timer = 0;      // ticks from the sight of a hole until it counts as lost
  std::uint64_t max_jump = 20'000;  // messages
  std::size_t drain_slice = 256;    // held packets delivered in one call, >= 1
  double ns_per_tick = 1.0;
};

template <class Sink>
class Arbiter {
 public:
  /// std::system_error when there is no memory for the window.
  Arbiter(const ArbiterOptions& options, Sink& sink)
      : options_(options),
        sink_(sink),
        session_(options.session),
        window_(options.window),
        skew_(options.ns_per_tick) {
    options_.drain_slice = std::max<std::size_t>(options_.drain_slice, 1);
  }

  void on_packet(const Packet& packet, std::uint64_t now) noexcept;

  /// Gap timer and what is left to drain. Needed only while pending().
  void poll(std::uint64_t now) noexcept;

  /// Something is missing, held, or not yet drained.
  bool pending() const noexcept { return known_end_ != next_; }
  GapView gaps() const noexcept { return {window_, next_, lost_until_, known_end_}; }
  /// True once after packets had to be dropped because the window was full.
  bool take_overflow() noexcept { return std::exchange(overflow_, false); }
  bool overflowed() const noexcept { return overflow_; }
  /// End of Session reached, and everything before it delivered, covered or given up.
  bool ended() const noexcept { return end_reported_ && !buffering_ && next_ >= end_; }

  /// A held message is next in turn; poll() delivers it.
  bool draining() const noexcept { return !buffering_ && window_.contains(next_); }

  /// Gives up what is missing before the first held message (or the known end); poll() goes on from there.
  void skip_hole(std::uint64_t now) noexcept {
    give_up(window_.next_held(next_, known_end_));
    due_ = now;
  }

  /// From now on everything is held, nothing delivered; the oldest gives way to the newest.
  void begin_buffering() noexcept { buffering_ = true; }
  bool buffering() const noexcept { return buffering_; }
  /// The snapshot contains all before `next`; poll() delivers what follows. False (still buffering): `next`
  /// is too far below what is held.
  bool resume_at(std::uint64_t next, std::uint64_t now) noexcept;
  /// No snapshot: poll() delivers from where the stream stood.
  void resume(std::uint64_t now) noexcept {
    buffering_ = false;
    due_ = now;
  }

  std::uint64_t next_sequence() const noexcept { return next_; }
  std::uint64_t known_end() const noexcept { return known_end_; }
  const MoldSession& session() const noexcept { return session_; }
  const SkewMeter& skew() const noexcept { return skew_; }
  FeedCounters& counters() noexcept { return counters_; }
  /// A copy with LineCounters::lost as of now.
  FeedCounters counters_now() const noexcept {
    FeedCounters result = counters_;
    for (std::size_t i = 0; i < trackers_.size(); ++i)
      result.lines[i].lost = lost_before_[i] + (started_ ? trackers_[i].lost(known_end_) : 0);
    return result;
  }

 private:
  static constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();
  static constexpr std::size_t index(Line line) noexcept { return static_cast<std::size_t>(line); }

  bool admit(const MoldPacket& mold, Line line, std::uint64_t now) noexcept;
  bool plausible(std::uint64_t begin) noexcept;
  void start_session(std::uint64_t sequence) noexcept;
  bool see(LineCounters& line, Line which, std::uint64_t sequence, std::uint64_t count) noexcept;
  void on_control(const MoldPacket& mold, Line line, std::uint64_t now) noexcept;
  void on_early(const BlockRun& run, const Packet& packet, bool late, std::uint64_t now) noexcept;
  void extend(std::uint64_t begin, std::uint64_t end, std::uint64_t now) noexcept;
  void count_fill(Line line, bool late, std::uint64_t messages) noexcept;
  void deliver(const BlockRun& run, const PacketStamp& stamp) noexcept;
  void drain(std::uint64_t now) noexcept;
  void report_end() noexcept;
  void give_up(std::uint64_t end) noexcept;

  // What a packet in order touches comes first.
  ArbiterOptions options_;
  Sink& sink_;
  std::uint64_t next_ = 1;
  std::uint64_t known_end_ = 1;
  bool buffering_ = false;
  bool started_ = false;  // a packet of this session has come
  MoldSession session_;
  std::uint64_t lost_until_ = 0;
  std::uint64_t due_ = never;     // when the next hole may become lost
  std::uint64_t tail_since_ = 0;  // when known_end_ was last raised by something that is not held
  std::uint64_t suspect_ = 0;     // an implausible number that waits for confirmation; 0 = none
  std::uint64_t end_ = 0;         // sequence of End of Session
  bool end_seen_ = false;
  bool end_reported_ = false;
  bool overflow_ = false;
  FeedCounters counters_;
  std::array<std::uint64_t, 2> lost_before_{};  // in earlier sessions
  std::array<LineTracker, 2> trackers_;
  ReorderWindow window_;
  SkewMeter skew_;
};

}  // namespace lln::handler

#include <lln/handler/detail/arbiter_impl.hpp>
