// Stage 6 from the parts of the reference handler: its GlimpseStream reads what the server sends, its ReorderWindow holds
// what comes meanwhile, by number, holes and all.
#pragma once

#include <lln/handler/glimpse_stream.hpp>
#include <lln/handler/reorder_window.hpp>
#include <lln/project/packet.hpp>
#include <lln/project/snapshot.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <span>
#include <string_view>

namespace lln::project {

class SnapshotSplice final : public MessageSink {
 public:
  SnapshotSplice(const SnapshotOptions& options, SnapshotSink& sink)
      : options_(options),
        sink_(sink),
        hold_(std::max<std::size_t>(options.hold, 1)),
        // In the window a message takes a record and a block, 128 bytes at least and 256 at most.
        window_({.bytes = (hold_ + 2) * 256, .messages = hold_ + 64}),
        stream_(std::size_t{64} << 10) {}

  void on_message(std::uint64_t sequence, Message message) noexcept override {
    if (state_ == SnapshotState::live && sequence == next_) {
      ++next_;
      sink_.on_message(sequence, message);
      return;
    }
    if (sequence < known_end()) return;
    if (sequence > known_end() || state_ == SnapshotState::live) restart_run(sequence);
    if (end_ - begin_ == hold_) {
      window_.release_below(++begin_);
      if (state_ == SnapshotState::catching_up) state_ = SnapshotState::stale;
    }
    insert(sequence, message);
    end_ = sequence + 1;
  }
  void on_end_of_session(std::uint64_t next) noexcept override {
    day_end_ = next;
    if (next > known_end()) restart_run(next);
    settle();
  }

  void connected(const SessionId& session, std::uint64_t now_ns) noexcept {
    if (state_ == SnapshotState::live) restart_run(next_);
    state_ = SnapshotState::loading;
    failure_ = SnapshotFailure::none;
    session_ = session;
    let_in_ = false;
    stream_.restart();
    opened_ns_ = heard_ns_ = sent_ns_ = now_ns;
    to_send_ = login;
  }
  std::span<const std::byte> to_send() const noexcept {
    if (state_ != SnapshotState::loading) return {};
    return std::as_bytes(std::span(to_send_.data(), to_send_.size()));
  }
  void sent(std::size_t bytes, std::uint64_t now_ns) noexcept {
    to_send_.remove_prefix(std::min(bytes, to_send_.size()));
    if (bytes != 0) sent_ns_ = now_ns;
  }
  void received(std::span<const std::byte> bytes, std::uint64_t now_ns) noexcept {
    while (state_ == SnapshotState::loading && !bytes.empty()) {
      heard_ns_ = now_ns;
      const std::span<std::byte> space = stream_.space();
      const std::size_t part = std::min(space.size(), bytes.size());
      std::memcpy(space.data(), bytes.data(), part);
      stream_.commit(part);
      bytes = bytes.subspan(part);
      pump();
    }
  }
  void disconnected() noexcept {
    if (state_ != SnapshotState::loading) return;
    stream_.end_of_stream();
    pump();
  }
  void on_time(std::uint64_t now_ns) noexcept {
    if (state_ != SnapshotState::loading) return;
    if ((!let_in_ && now_ns - opened_ns_ >= options_.login_timeout_ns) ||
        now_ns - heard_ns_ >= options_.silence_timeout_ns) {
      fail(SnapshotFailure::timeout);
    } else if (to_send_.empty() && now_ns - sent_ns_ >= options_.heartbeat_ns) {
      to_send_ = heartbeat;
    }
  }

  void catch_up(std::size_t most) noexcept {
    if (state_ != SnapshotState::catching_up) return;
    for (; most != 0 && window_.contains(next_); --most) {
      const handler::BlockRun run = window_.at(next_).run;
      const std::size_t size =
          std::to_integer<std::size_t>(run.first[0]) << 8 | std::to_integer<std::size_t>(run.first[1]);
      sink_.on_message(next_, {run.first + 2, size});
      window_.release_below(begin_ = ++next_);
    }
    settle();
  }
  Gap give_up() noexcept {
    if (state_ != SnapshotState::stale && state_ != SnapshotState::loading) return {};
    const Gap lost{next_, begin_};
    resume_at(begin_);
    return lost;
  }

  SnapshotState state() const noexcept { return state_; }
  SnapshotFailure failure() const noexcept { return failure_; }
  std::uint64_t next_sequence() const noexcept { return next_; }
  std::size_t held() const noexcept {
    return state_ == SnapshotState::live ? 0 : static_cast<std::size_t>(end_ - begin_);
  }

 private:
  static constexpr std::string_view login{"\0\x2fL                                             1", 49};
  static constexpr std::string_view heartbeat{"\0\1R", 3};

  std::uint64_t known_end() const noexcept { return state_ == SnapshotState::live ? next_ : end_; }

  void restart_run(std::uint64_t sequence) noexcept {
    window_.clear();
    begin_ = end_ = sequence;
    if (state_ != SnapshotState::loading) state_ = SnapshotState::stale;
  }

  void insert(std::uint64_t sequence, Message message) noexcept {
    std::array<std::byte, 2 + 64> block;
    const std::size_t size = std::min<std::size_t>(message.size(), 64);
    block[0] = std::byte{0};
    block[1] = static_cast<std::byte>(size);
    if (size != 0) std::memcpy(block.data() + 2, message.data(), size);
    static_cast<void>(window_.insert({block.data(), 1, sequence}, 2 + size, {}, 0, begin_));
  }

  void pump() noexcept {
    Message message;
    bool found = true;
    while (found && state_ == SnapshotState::loading) {
      found = stream_.next(message);
      const handler::GlimpseStream::State reached = stream_.state();
      if (!let_in_ && (found || reached != handler::GlimpseStream::State::logging_in)) welcome();
      if (state_ == SnapshotState::loading && found) sink_.on_snapshot_message(message);
    }
    if (state_ != SnapshotState::loading) return;
    if (stream_.state() == handler::GlimpseStream::State::failed) {
      fail(translated(stream_.failure()));
    } else if (stream_.state() == handler::GlimpseStream::State::done) {
      const std::uint64_t next = stream_.next_sequence();
      if (next < begin_) return fail(SnapshotFailure::too_old);
      resume_at(next);
    }
  }

  // The server has answered the login.
  void welcome() noexcept {
    if (stream_.state() == handler::GlimpseStream::State::failed) return;
    if (trimmed(stream_.session()) != trimmed(session_)) return fail(SnapshotFailure::wrong_session);
    let_in_ = begun_ = true;
    sink_.on_snapshot_begin();
  }

  void resume_at(std::uint64_t next) noexcept {
    window_.release_below(next);
    next_ = begin_ = next;
    end_ = std::max(end_, next);
    state_ = SnapshotState::catching_up;
    if (begun_) sink_.on_snapshot_end(next);
    begun_ = false;
    settle();
  }
  void settle() noexcept {
    if (state_ == SnapshotState::catching_up && next_ == end_) state_ = SnapshotState::live;
    if (state_ != SnapshotState::live || !day_end_) return;
    const std::uint64_t next = *day_end_;
    day_end_.reset();
    sink_.on_end_of_session(next);
  }
  void fail(SnapshotFailure failure) noexcept {
    state_ = SnapshotState::stale;
    failure_ = failure;
  }

  static SnapshotFailure translated(handler::GlimpseFailure failure) noexcept {
    if (failure == handler::GlimpseFailure::rejected) return SnapshotFailure::rejected;
    return failure == handler::GlimpseFailure::cut_off ? SnapshotFailure::cut_off : SnapshotFailure::protocol;
  }
  static std::string_view trimmed(const SessionId& id) noexcept {
    const std::string_view text(id.data(), id.size());
    const std::size_t first = std::min(text.find_first_not_of(' '), text.size());
    return text.substr(first, text.find_last_not_of(' ') + 1 - first);
  }

  SnapshotOptions options_;
  SnapshotSink& sink_;
  std::size_t hold_;
  handler::ReorderWindow window_;
  handler::GlimpseStream stream_;
  SnapshotState state_ = SnapshotState::live;
  SnapshotFailure failure_ = SnapshotFailure::none;
  std::uint64_t next_ = 1;
  std::uint64_t begin_ = 1;
  std::uint64_t end_ = 1;
  std::optional<std::uint64_t> day_end_;
  SessionId session_{};
  bool let_in_ = false;
  bool begun_ = false;
  std::string_view to_send_;
  std::uint64_t opened_ns_ = 0;
  std::uint64_t heard_ns_ = 0;
  std::uint64_t sent_ns_ = 0;
};

}  // namespace lln::project
