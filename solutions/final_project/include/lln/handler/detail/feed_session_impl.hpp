// Implementation of feed_session.hpp; include that instead.
#pragma once

#include <lln/handler/feed_session.hpp>

#include <algorithm>
#include <string_view>

namespace lln::handler {

template <class Sink, class Requests, class Snapshots>
FeedCore<Sink, Requests, Snapshots>::FeedCore(const FeedConfig& config, double ticks_per_ns, Sink& sink,
                                              Requests* requests, Snapshots* snapshots)
    : tap_{sink},
      arbiter_(arbiter_options(config, ticks_per_ns), tap_),
      recovery_([&] {
        RecoveryOptions options = recovery_options(config, ticks_per_ns);
        options.can_request = requests != nullptr;
        options.can_snapshot = snapshots != nullptr;
        return options;
      }()),
      requests_(requests),
      snapshots_(snapshots),
      snapshot_attempts_(std::max(config.snapshot_attempts, 1u)),
      snapshots_in_a_row_(std::max(config.snapshots_in_a_row, 1u)),
      snapshot_retry_(ticks(config.snapshot_retry, ticks_per_ns)),
      snapshot_holdoff_(ticks(config.snapshot_holdoff, ticks_per_ns)) {}

template <class Sink, class Requests, class Snapshots>
FeedState FeedCore<Sink, Requests, Snapshots>::state() const noexcept {
  if (loading_) return FeedState::snapshot;
  if (ended()) return FeedState::ended;
  if (!arbiter_.session().known()) return FeedState::waiting;
  if (feed_lost_) return FeedState::lost;
  const GapView gaps = arbiter_.gaps();
  return gaps.first_lost(gaps.next).empty() ? FeedState::live : FeedState::gap;
}

template <class Sink, class Requests, class Snapshots>
void FeedCore<Sink, Requests, Snapshots>::on_exception(std::uint64_t now) noexcept {
  if (tap_.session_changed) {
    tap_.session_changed = false;
    if (loading_) snapshots_->cancel();
    loading_ = feed_lost_ = false;
    snapshots_in_row_ = 0;
    recovery_.reset();
    recovery_.try_snapshots();
  }
  // While draining the window empties by itself; while loading the arbiter evicts.
  if (!arbiter_.take_overflow() || loading_ || arbiter_.draining()) return;
  if (snapshots_ != nullptr && !feed_lost_) {
    start_snapshot(now);
  } else {
    arbiter_.skip_hole(now);
    arbiter_.poll(now);
  }
}

template <class Sink, class Requests, class Snapshots>
void FeedCore<Sink, Requests, Snapshots>::service(std::uint64_t now) noexcept {
  if (requests_ != nullptr && !recovery_.idle()) take_replies(now);
  if (loading_) load_snapshot(now);
  arbiter_.poll(now);
  if (snapshots_in_row_ != 0 && arbiter_.next_sequence() >= catch_up_at_) snapshots_in_row_ = 0;
  if (feed_lost_ && now - lost_at_ >= snapshot_holdoff_) {
    feed_lost_ = false;
    recovery_.try_snapshots();
  }
  if (!loading_ && !arbiter_.draining()) recover(now);
}

template <class Sink, class Requests, class Snapshots>
void FeedCore<Sink, Requests, Snapshots>::take_replies(std::uint64_t now) noexcept {
  for (int i = 0; i < replies_per_poll; ++i) {
    const std::span<const std::byte> bytes = requests_->receive();
    if (bytes.empty()) return;
    ++count().replies;
    on_packet({bytes, Line::rerequest, {0, now, false}}, now);
  }
}

template <class Sink, class Requests, class Snapshots>
void FeedCore<Sink, Requests, Snapshots>::recover(std::uint64_t now) noexcept {
  for (int i = 0; i < steps_per_poll; ++i) {
    const Recovery::Step step = recovery_.next(arbiter_.gaps(), now);
    switch (step.action) {
      case Recovery::Action::wait:
        return;
      case Recovery::Action::request:
        send(step);
        break;
      case Recovery::Action::snapshot:
        start_snapshot(now);
        return;
      case Recovery::Action::give_up:
        arbiter_.skip_hole(now);
        arbiter_.poll(now);
        return;  // the next poll() looks for more
    }
  }
}

template <class Sink, class Requests, class Snapshots>
void FeedCore<Sink, Requests, Snapshots>::send(const Recovery::Step& step) noexcept {
  const auto wanted = static_cast<std::uint16_t>(step.range.size());
  if (requests_->request(session(), step.range.begin, wanted)) {
    ++count().requests_sent;
    if (step.repeated) ++count().request_retries;
  } else {
    ++count().requests_failed;
  }
}

template <class Sink, class Requests, class Snapshots>
void FeedCore<Sink, Requests, Snapshots>::start_snapshot(std::uint64_t now) noexcept {
  recovery_.reset();
  begun_ = false;
  if (snapshots_in_row_ >= snapshots_in_a_row_) return lose_feed(now);
  loading_ = true;
  attempts_ = 0;
  arbiter_.begin_buffering();
  connect(now);
}

template <class Sink, class Requests, class Snapshots>
void FeedCore<Sink, Requests, Snapshots>::connect(std::uint64_t now) noexcept {
  ++attempts_;
  ++count().snapshots_started;
  connected_ = true;
  void_books_ = false;
  snapshots_->start(now);
}

template <class Sink, class Requests, class Snapshots>
void FeedCore<Sink, Requests, Snapshots>::load_snapshot(std::uint64_t now) noexcept {
  if (!connected_) {
    if (static_cast<std::int64_t>(now - retry_at_) < 0) return;
    connect(now);
  }
  snapshots_->poll(now);
  std::span<const std::byte> message;
  while (snapshots_->next(message)) {
    if (!void_books_) {
      if (!right_session()) break;
      begin_books();
    }
    ++count().snapshot_messages;
    tap_.sink.on_snapshot_message(message);
  }
  switch (snapshots_->state()) {
    case GlimpseClient::State::done:
      if (right_session()) {
        finish_snapshot(now);
      } else {
        fail_snapshot(now);
      }
      break;
    case GlimpseClient::State::failed:
      fail_snapshot(now);
      break;
    case GlimpseClient::State::streaming:
      if (!right_session()) fail_snapshot(now);
      break;
    default:
      break;
  }
}

template <class Sink, class Requests, class Snapshots>
void FeedCore<Sink, Requests, Snapshots>::begin_books() noexcept {
  begun_ = void_books_ = true;
  tap_.sink.on_snapshot_begin();
}

// The snapshot of another day would splice without a trace. A blank name is taken as ours.
template <class Sink, class Requests, class Snapshots>
bool FeedCore<Sink, Requests, Snapshots>::right_session() const noexcept {
  const auto trimmed = [](const feed::SessionId& id) {
    const std::string_view text(id.data(), id.size());
    const std::size_t first = text.find_first_not_of(' ');
    return first == text.npos ? std::string_view()
                              : text.substr(first, text.find_last_not_of(' ') - first + 1);
  };
  const feed::SessionId& theirs = snapshots_->session();
  return trimmed(theirs).empty() || trimmed(theirs) == trimmed(session());
}

template <class Sink, class Requests, class Snapshots>
void FeedCore<Sink, Requests, Snapshots>::finish_snapshot(std::uint64_t now) noexcept {
  if (!arbiter_.resume_at(snapshots_->next_sequence(), now)) return fail_snapshot(now);
  if (!void_books_) begin_books();  // a day without a single message so far
  loading_ = false;
  ++count().snapshots;
  ++snapshots_in_row_;
  catch_up_at_ = arbiter_.known_end();
  tap_.sink.on_snapshot_end(arbiter_.next_sequence());
}

template <class Sink, class Requests, class Snapshots>
void FeedCore<Sink, Requests, Snapshots>::fail_snapshot(std::uint64_t now) noexcept {
  ++count().snapshots_failed;
  snapshots_->cancel();
  if (attempts_ >= snapshot_attempts_) return lose_feed(now);
  connected_ = false;
  retry_at_ = now + (snapshot_retry_ << std::min(attempts_ - 1, 10u));
}

template <class Sink, class Requests, class Snapshots>
void FeedCore<Sink, Requests, Snapshots>::lose_feed(std::uint64_t now) noexcept {
  ++count().feed_lost;
  loading_ = false;
  feed_lost_ = true;
  lost_at_ = now;
  snapshots_in_row_ = 0;
  recovery_.give_up_snapshots();
  arbiter_.resume(now);
  arbiter_.skip_hole(now);
  if (begun_) tap_.sink.on_snapshot_end(arbiter_.next_sequence());
  begun_ = false;
  arbiter_.poll(now);
}

}  // namespace lln::handler
