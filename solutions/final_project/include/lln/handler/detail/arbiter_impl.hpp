// Implementation of arbiter.hpp; include that instead.
#pragma once

#include <lln/handler/arbiter.hpp>

namespace lln::handler {

template <class Sink>
void Arbiter<Sink>::on_packet(const Packet& packet, std::uint64_t now) noexcept {
  LineCounters& line = counters_.lines[index(packet.line)];
  ++line.packets;
  const MoldPacket mold = parse_mold(packet.bytes);
  if (mold.error != feed::PacketError::none) [[unlikely]] {
    ++counters_.invalid[static_cast<std::size_t>(mold.error)];
    return;
  }
  const BlockRun& run = mold.run;
  const std::uint64_t begin = run.first_sequence;
  const std::uint64_t end = begin + run.count;
  if (!session_.is_current(mold.session)) [[unlikely]] {
    if (!admit(mold, packet.line, now)) return;
  }
  if (packet.line != Line::rerequest) session_.heard(now);
  if (end > known_end_ + options_.max_jump) [[unlikely]] {
    if (!plausible(begin)) return;
  }
  if (!started_) [[unlikely]]
    start_session(begin);
  if (run.count == 0) [[unlikely]] {
    on_control(mold, packet.line, now);
    return;
  }

  const bool late = see(line, packet.line, begin, run.count);
  line.messages += run.count;
  if (end <= next_) {
    line.duplicates += run.count;
    skew_.second_copy(begin, packet.line, packet.stamp);
    return;
  }
  if (begin > next_ || buffering_) [[unlikely]] {
    on_early(run, packet, late, now);
    return;
  }

  const std::uint64_t stale = next_ - begin;
  if (known_end_ > next_) [[unlikely]] {
    // Into a hole. What of it is held already counts as duplicate, though this copy is the one that is
    // delivered.
    const std::uint64_t held = window_.count_held(next_, end);
    line.duplicates += held;
    line.first += run.count - stale - held;
    count_fill(packet.line, late, std::min(end, known_end_) - next_ - held);
  } else {
    line.first += run.count - stale;
  }
  line.duplicates += stale;
  skew_.first_copy(begin, packet.line, packet.stamp);
  const bool was_pending = known_end_ > next_;
  if (end > known_end_) known_end_ = end;
  deliver(stale == 0 ? run : skip_blocks(run, stale), packet.stamp);
  if (was_pending) [[unlikely]]
    drain(now);
  if (end_seen_) [[unlikely]] {
    if (known_end_ > end_) end_seen_ = end_reported_ = false;
    report_end();
  }
}

template <class Sink>
void Arbiter<Sink>::poll(std::uint64_t now) noexcept {
  if (buffering_) return;
  if (window_.contains(next_)) drain(now);
  report_end();
  if (now < due_) return;
  due_ = never;
  std::uint64_t from = std::max(next_, lost_until_);
  while (true) {
    const std::uint64_t begin = window_.next_missing(from, known_end_);
    if (begin == known_end_) return;
    const std::uint64_t end = window_.next_held(begin, known_end_);
    const std::uint64_t since = end == known_end_ ? tail_since_ : window_.at(end).arrival;
    if (now - since < options_.gap_timer) {
      due_ = since + options_.gap_timer;
      return;
    }
    from = lost_until_ = end;
  }
}

template <class Sink>
bool Arbiter<Sink>::resume_at(std::uint64_t next, std::uint64_t now) noexcept {
  std::uint64_t covered = 0;
  std::uint64_t lost = 0;
  if (next > next_) {
    const std::uint64_t shown = std::min(next, known_end_);
    covered = next - next_;
    lost = shown - next_ - window_.count_held(next_, shown);
    window_.release_below(next);
  }
  if (!window_.rewind(next)) return false;
  counters_.covered_by_snapshot += covered;
  counters_.recovered_by_snapshot += lost;
  if (next < next_) counters_.rewound += next_ - next;
  next_ = next;
  if (known_end_ < next) known_end_ = next;
  resume(now);
  return true;
}

// Of a packet whose session is not the current one: true when it is now.
template <class Sink>
bool Arbiter<Sink>::admit(const MoldPacket& mold, Line line, std::uint64_t now) noexcept {
  const feed::SessionId before = session_.id();
  switch (session_.judge(mold.session, line, now)) {
    case MoldSession::Verdict::foreign:
      ++counters_.foreign_session;
      return false;
    case MoldSession::Verdict::adopted:
      return true;
    case MoldSession::Verdict::changed:
      break;
  }
  ++counters_.session_changes;
  give_up(known_end_);
  for (std::size_t i = 0; i < trackers_.size(); ++i)
    if (started_) lost_before_[i] += trackers_[i].lost(known_end_);
  window_.clear();
  skew_.clear_recent();
  next_ = known_end_ = 1;
  lost_until_ = suspect_ = end_ = 0;
  due_ = never;
  started_ = buffering_ = end_seen_ = end_reported_ = overflow_ = false;
  sink_.on_session_change(before, session_.id());
  return true;
}

template <class Sink>
bool Arbiter<Sink>::plausible(std::uint64_t begin) noexcept {
  if (suspect_ != 0 && begin >= suspect_ && begin - suspect_ <= options_.max_jump) {
    suspect_ = 0;
    return true;
  }
  suspect_ = begin;
  ++counters_.implausible;
  return false;
}

template <class Sink>
void Arbiter<Sink>::start_session(std::uint64_t sequence) noexcept {
  started_ = true;
  for (LineTracker& tracker : trackers_) tracker.start(sequence);
}

template <class Sink>
bool Arbiter<Sink>::see(LineCounters& line, Line which, std::uint64_t sequence,
                        std::uint64_t count) noexcept {
  if (which == Line::rerequest) [[unlikely]]
    return false;
  const bool late = trackers_[index(which)].see(sequence, count);
  if (late) [[unlikely]]
    ++line.out_of_order;
  return late;
}

template <class Sink>
void Arbiter<Sink>::on_control(const MoldPacket& mold, Line which, std::uint64_t now) noexcept {
  LineCounters& line = counters_.lines[index(which)];
  const std::uint64_t sequence = mold.run.first_sequence;
  ++(mold.is_end_of_session ? line.ends_of_session : line.heartbeats);
  if (which == Line::rerequest) return;  // that server answers; it does not say how far the stream is
  if (mold.is_end_of_session && sequence < known_end_) {
    ++counters_.implausible;
    return;
  }
  trackers_[index(which)].see(sequence, 0);
  extend(sequence, sequence, now);
  if (mold.is_end_of_session) {
    end_seen_ = true;
    end_ = sequence;
    report_end();
  }
}

// Ahead of its turn: hold it.
template <class Sink>
void Arbiter<Sink>::on_early(const BlockRun& run, const Packet& packet, bool late,
                             std::uint64_t now) noexcept {
  LineCounters& line = counters_.lines[index(packet.line)];
  const std::uint64_t end = run.first_sequence + run.count;
  const std::uint64_t known_before = known_end_;
  const std::size_t size = packet.bytes.size() - feed::header_size;
  ReorderWindow::Inserted inserted = window_.insert(run, size, packet, now, next_);
  if (inserted.result == ReorderWindow::Insert::full && buffering_) {
    ++counters_.window_overflows;
    // The snapshot will be newer than what came first.
    if (end > window_.span_messages()) window_.release_below(end - window_.span_messages());
    inserted = window_.insert(run, size, packet, now, next_);
    while (inserted.result == ReorderWindow::Insert::full && window_.evict_oldest()) {
      ++counters_.evicted_packets;
      inserted = window_.insert(run, size, packet, now, next_);
    }
  }
  extend(run.first_sequence, end, now);
  switch (inserted.result) {
    case ReorderWindow::Insert::full:
      ++counters_.window_overflows;
      line.dropped += run.count;
      overflow_ = true;
      return;
    case ReorderWindow::Insert::duplicate:
      line.duplicates += run.count;
      skew_.second_copy(run.first_sequence, packet.line, packet.stamp);
      return;
    case ReorderWindow::Insert::held:
      break;
  }
  ++counters_.held_packets;
  skew_.first_copy(run.first_sequence, packet.line, packet.stamp);
  line.first += inserted.fresh;
  line.duplicates += run.count - inserted.fresh;
  const std::uint64_t beyond = end > known_before ? end - std::max(run.first_sequence, known_before) : 0;
  count_fill(packet.line, late, inserted.fresh > beyond ? inserted.fresh - beyond : 0);
}

// [begin, end) exists, and all before it.
template <class Sink>
void Arbiter<Sink>::extend(std::uint64_t begin, std::uint64_t end, std::uint64_t now) noexcept {
  if (begin > known_end_) ++counters_.gaps;
  if (end <= known_end_) return;
  known_end_ = end;
  tail_since_ = now;
  due_ = std::min(due_, now + options_.gap_timer);
  if (end_seen_ && known_end_ > end_) end_seen_ = end_reported_ = false;  // it was not the end
}

template <class Sink>
void Arbiter<Sink>::count_fill(Line line, bool late, std::uint64_t messages) noexcept {
  if (line == Line::rerequest) {
    counters_.recovered_by_rerequest += messages;
  } else if (late) {
    counters_.reordered += messages;
  } else {
    counters_.recovered_by_other_line += messages;
  }
}

template <class Sink>
void Arbiter<Sink>::deliver(const BlockRun& run, const PacketStamp& stamp) noexcept {
  next_ += run.count;
  counters_.delivered += run.count;
  sink_.on_messages(run, stamp);
}

template <class Sink>
void Arbiter<Sink>::drain(std::uint64_t now) noexcept {
  if (buffering_) return;
  for (std::size_t i = 0; i < options_.drain_slice && window_.contains(next_); ++i) {
    const ReorderWindow::HeldPacket held = window_.at(next_);
    deliver(skip_blocks(held.run, next_ - held.run.first_sequence), held.stamp);
  }
  window_.release_below(next_);
  // Another hole begins here: its own timer.
  if (known_end_ > next_) due_ = std::min(due_, now);
}

template <class Sink>
void Arbiter<Sink>::give_up(std::uint64_t end) noexcept {
  if (end <= next_) return;
  const std::uint64_t begin = next_;
  next_ = end;
  counters_.unrecovered += end - begin;
  if constexpr (requires { sink_.on_unrecovered(begin, end); }) sink_.on_unrecovered(begin, end);
}

template <class Sink>
void Arbiter<Sink>::report_end() noexcept {
  if (!end_seen_ || end_reported_ || buffering_ || next_ < end_) return;
  end_reported_ = true;
  session_.ended();
  sink_.on_end_of_session(end_);
}

}  // namespace lln::handler
