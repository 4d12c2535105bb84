// GapWatch: a spinning thread's own record of when it was not running.
//
// A thread that reads the clock without pause sees each interruption (hypervisor, scheduler, interrupt) as a jump
// between two readings. The watch counts jumps of `threshold` or more and answers, for each message, whether its time
// was spoilt by one: the message was in the handler's hands during the jump, or queued behind it.
//
// What is excused is narrow on purpose. Between two ticks lie one receive call of a small batch or one message's book
// update, a few us at most, so that a jump of 10 us is not our own work. Work of ours that may take longer (recovery,
// snapshots) is passed over with own_work_until(): the messages that wait for it stay undisturbed, and slow.
//
// Threads: one. Guarantees: noexcept, no allocation after construction, no system call.
// Cost: tick() is a subtraction and a compare, under 1 ns beside the clock reading itself.
#pragma once

#include <lln/latency/histogram.hpp>
#include <lln/latency/tsc_clock.hpp>

#include <chrono>
#include <cstdint>

namespace lln::handler {

class GapWatch {
 public:
  static constexpr std::chrono::nanoseconds default_threshold{10'000};

  explicit GapWatch(const latency::TscClock& clock, std::chrono::nanoseconds threshold = default_threshold)
      : clock_(clock), threshold_(static_cast<std::int64_t>(clock.to_ticks(threshold))) {}

  /// The first reading; before it there is no gap.
  void start(std::uint64_t now) noexcept { last_ = now; }

  /// Each later reading. True: there was a gap since the one before.
  bool tick(std::uint64_t now) noexcept {
    const auto elapsed = static_cast<std::int64_t>(now - last_);  // two cores may disagree by a few ticks
    last_ = now;
    if (elapsed < threshold_) [[likely]]
      return false;
    note(elapsed, now);
    return true;
  }

  /// What passed since the last reading was our own work, however long.
  void own_work_until(std::uint64_t now) noexcept { last_ = now; }

  /// A turn looks once at each source of packets.
  void begin_turn() noexcept { gap_in_turn_ = false; }
  /// All sources were empty: what queued up behind an earlier gap is done. A gap inside this very turn may have come
  /// after a source was looked at, so it stays open until the next turn.
  void end_turn(bool all_empty) noexcept {
    if (all_empty && !gap_in_turn_) disturbed_ = false;
  }

  /// Packets taken now may have queued behind a gap.
  bool disturbed() const noexcept { return disturbed_; }

  /// A packet taken from its socket at `taken` and done now: did a gap spoil its time?
  bool disturbed_since(std::uint64_t taken) const noexcept {
    return disturbed_ || (gaps_.count() != 0 && static_cast<std::int64_t>(taken - last_gap_end_) < 0);
  }

  std::uint64_t last() const noexcept { return last_; }
  /// Lengths in ns.
  const latency::Histogram& gaps() const noexcept { return gaps_; }

 private:
  void note(std::int64_t elapsed, std::uint64_t now) noexcept {
    gaps_.record(static_cast<std::uint64_t>(clock_.to_ns(static_cast<std::uint64_t>(elapsed))));
    last_gap_end_ = now;
    disturbed_ = true;
    gap_in_turn_ = true;
  }

  latency::TscClock clock_;
  std::int64_t threshold_;
  std::uint64_t last_ = 0;
  std::uint64_t last_gap_end_ = 0;
  bool disturbed_ = false;
  bool gap_in_turn_ = false;
  latency::Histogram gaps_{60'000'000'000, 3};
};

}  // namespace lln::handler
