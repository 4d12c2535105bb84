// mutant: splice release: while catching up, what comes goes straight to the books
// Stage 6: takes a snapshot of the books while the live stream goes on, and splices the two. The brief is in README.md.
//
//   arbiter --on_message--> SnapshotSplice --> SnapshotSink (the books)
//   TCP to GLIMPSE <------> SnapshotSplice
//
// Sans I/O: whoever owns the connection brings its bytes and the time. One thread. Allocates in the constructor only.
// Any bytes in any pieces are safe.
#pragma once

#include <lln/project/packet.hpp>
#include <lln/project/snapshot.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace lln::project {

class SnapshotSplice final : public MessageSink {
 public:
  SnapshotSplice(const SnapshotOptions& options, SnapshotSink& sink)
      : options_(options), sink_(sink), slots_(std::max<std::size_t>(options.hold, 1)), packet_(2 + 0xFFFF) {}

  // ---- the live stream ----

  void on_message(std::uint64_t sequence, Message message) noexcept override {
    if (state_ == SnapshotState::catching_up) return sink_.on_message(sequence, message);
    if (state_ == SnapshotState::live && sequence == next_) [[likely]] {
      ++next_;
      sink_.on_message(sequence, message);
      return;
    }
    if (sequence < (state_ == SnapshotState::live ? next_ : held_end_)) return;
    if (state_ == SnapshotState::live || sequence != held_end_) hold_from(sequence);
    hold(message);
  }

  void on_end_of_session(std::uint64_t next) noexcept override {
    end_of_session_ = next;
    if (next > (state_ == SnapshotState::live ? next_ : held_end_)) hold_from(next);
    report_end();
  }

  // ---- the connection ----

  void connected(const SessionId& session, std::uint64_t now_ns) noexcept {
    if (state_ == SnapshotState::live) held_begin_ = held_end_ = next_;
    state_ = SnapshotState::loading;
    failure_ = SnapshotFailure::none;
    session_ = session;
    let_in_ = false;
    packet_size_ = 0;
    began_ns_ = heard_ns_ = sent_ns_ = now_ns;
    std::array<std::byte, 49> login;
    login.fill(std::byte{' '});
    login[0] = std::byte{0};
    login[1] = std::byte{47};
    login[2] = std::byte{'L'};
    login[48] = std::byte{'1'};
    out_begin_ = out_end_ = 0;
    put(login);
  }

  std::span<const std::byte> to_send() const noexcept {
    if (state_ != SnapshotState::loading) return {};
    return std::span(out_).subspan(out_begin_, out_end_ - out_begin_);
  }

  void sent(std::size_t bytes, std::uint64_t now_ns) noexcept {
    out_begin_ += std::min(bytes, out_end_ - out_begin_);
    if (bytes != 0) sent_ns_ = now_ns;
  }

  void received(std::span<const std::byte> bytes, std::uint64_t now_ns) noexcept {
    if (!bytes.empty()) heard_ns_ = now_ns;
    while (!bytes.empty() && state_ == SnapshotState::loading) {
      const std::size_t part = std::min(bytes.size(), packet_.size() - packet_size_);
      std::memcpy(packet_.data() + packet_size_, bytes.data(), part);
      packet_size_ += part;
      bytes = bytes.subspan(part);
      take_packets();
    }
  }

  void disconnected() noexcept {
    if (state_ == SnapshotState::loading) fail(SnapshotFailure::cut_off);
  }

  void on_time(std::uint64_t now_ns) noexcept {
    if (state_ != SnapshotState::loading) return;
    if ((!let_in_ && now_ns - began_ns_ >= options_.login_timeout_ns) ||
        now_ns - heard_ns_ >= options_.silence_timeout_ns)
      return fail(SnapshotFailure::timeout);
    if (out_begin_ != out_end_ || now_ns - sent_ns_ < options_.heartbeat_ns) return;
    out_begin_ = out_end_ = 0;
    put(std::array{std::byte{0}, std::byte{1}, std::byte{'R'}});
  }

  // ---- the splice ----

  void catch_up(std::size_t most) noexcept {
    if (state_ != SnapshotState::catching_up) return;
    for (; most != 0 && held_begin_ != held_end_; --most) {
      const Slot& slot = slots_[held_begin_ % slots_.size()];
      sink_.on_message(held_begin_, {slot.bytes.data(), slot.size});
      next_ = ++held_begin_;
    }
    go_on();
  }

  Gap give_up() noexcept {
    if (state_ != SnapshotState::stale && state_ != SnapshotState::loading) return {};
    const Gap lost{next_, held_begin_};
    go_on_from(held_begin_);
    return lost;
  }

  SnapshotState state() const noexcept { return state_; }
  SnapshotFailure failure() const noexcept { return failure_; }
  std::uint64_t next_sequence() const noexcept { return next_; }
  std::size_t held() const noexcept { return static_cast<std::size_t>(held_end_ - held_begin_); }

 private:
  struct Slot {
    std::size_t size = 0;
    std::array<std::byte, 64> bytes{};
  };

  // A hole: what was held before it is of no use. A snapshot that ended there would only lead to the hole.
  void hold_from(std::uint64_t sequence) noexcept {
    held_begin_ = held_end_ = sequence;
    if (state_ != SnapshotState::loading) state_ = SnapshotState::stale;
  }

  void hold(Message message) noexcept {
    if (held() == slots_.size()) {
      ++held_begin_;
      if (state_ == SnapshotState::catching_up) state_ = SnapshotState::stale;
    }
    Slot& slot = slots_[held_end_ % slots_.size()];
    slot.size = std::min(message.size(), slot.bytes.size());
    if (slot.size != 0) std::memcpy(slot.bytes.data(), message.data(), slot.size);
    ++held_end_;
  }

  void put(std::span<const std::byte> packet) noexcept {
    std::copy(packet.begin(), packet.end(), out_.begin());
    out_end_ = packet.size();
  }

  void take_packets() noexcept {
    std::size_t at = 0;
    while (state_ == SnapshotState::loading && packet_size_ - at >= 2) {
      const std::size_t length =
          std::to_integer<std::size_t>(packet_[at]) << 8 | std::to_integer<std::size_t>(packet_[at + 1]);
      if (length == 0) return fail(SnapshotFailure::protocol);
      if (packet_size_ - at < 2 + length) break;
      const std::span<const std::byte> payload(packet_.data() + at + 3, length - 1);
      on_packet(std::to_integer<char>(packet_[at + 2]), payload);
      at += 2 + length;
    }
    packet_size_ -= at;
    std::memmove(packet_.data(), packet_.data() + at, packet_size_);
  }

  void on_packet(char type, std::span<const std::byte> payload) noexcept {
    switch (type) {
      case 'A':
        return on_accepted(payload);
      case 'J':
        return fail(!let_in_ && payload.size() == 1 ? SnapshotFailure::rejected : SnapshotFailure::protocol);
      case 'S':
        if (!let_in_) return fail(SnapshotFailure::protocol);
        if (payload.empty() || payload[0] != std::byte{'G'}) return sink_.on_snapshot_message(payload);
        return on_end_of_snapshot(payload);
      case 'Z':
        return fail(SnapshotFailure::cut_off);
      default:  // heartbeats, debug, and what we do not know
        return;
    }
  }

  void on_accepted(std::span<const std::byte> payload) noexcept {
    if (let_in_ || payload.size() != 30 || !number(payload.subspan(10)))
      return fail(SnapshotFailure::protocol);
    SessionId theirs;
    std::memcpy(theirs.data(), payload.data(), theirs.size());
    if (trimmed(theirs) != trimmed(session_)) return fail(SnapshotFailure::wrong_session);
    let_in_ = void_books_ = true;
    sink_.on_snapshot_begin();
  }

  void on_end_of_snapshot(std::span<const std::byte> message) noexcept {
    const auto next = message.size() < 21 ? std::nullopt : number(message.subspan(1, 20));
    if (!next || *next == 0) return fail(SnapshotFailure::protocol);
    if (*next < held_begin_) return fail(SnapshotFailure::too_old);
    go_on_from(*next);
  }

  // What is held below `next` is in the snapshot. `next` may be above all that is held.
  void go_on_from(std::uint64_t next) noexcept {
    next_ = held_begin_ = next;
    held_end_ = std::max(held_end_, next);
    state_ = SnapshotState::catching_up;
    if (void_books_) sink_.on_snapshot_end(next);
    void_books_ = false;
    go_on();
  }

  void go_on() noexcept {
    if (held() == 0) state_ = SnapshotState::live;
    report_end();
  }

  void report_end() noexcept {
    if (state_ != SnapshotState::live || !end_of_session_) return;
    const std::uint64_t next = *end_of_session_;
    end_of_session_.reset();
    sink_.on_end_of_session(next);
  }

  void fail(SnapshotFailure failure) noexcept {
    state_ = SnapshotState::stale;
    failure_ = failure;
  }

  // Right-justified behind spaces, at least one digit, at most 2^64 - 1.
  static std::optional<std::uint64_t> number(std::span<const std::byte> text) noexcept {
    std::size_t at = 0;
    while (at < text.size() && text[at] == std::byte{' '}) ++at;
    if (at == text.size()) return std::nullopt;
    std::uint64_t value = 0;
    for (; at < text.size(); ++at) {
      const auto digit = std::to_integer<std::uint64_t>(text[at]) - std::uint64_t{'0'};
      if (digit > 9 || value > (~std::uint64_t{0} - digit) / 10) return std::nullopt;
      value = value * 10 + digit;
    }
    return value;
  }

  static std::string_view trimmed(const SessionId& id) noexcept {
    std::string_view text(id.data(), id.size());
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
  }

  SnapshotOptions options_;
  SnapshotSink& sink_;
  SnapshotState state_ = SnapshotState::live;
  SnapshotFailure failure_ = SnapshotFailure::none;
  bool void_books_ = false;  // the sink was told of a beginning, and of no end

  std::uint64_t next_ = 1;
  std::uint64_t held_begin_ = 1;  // one run without a hole; of no meaning while live
  std::uint64_t held_end_ = 1;
  std::vector<Slot> slots_;  // number n lies in slot n % size
  std::optional<std::uint64_t> end_of_session_;

  SessionId session_{};
  bool let_in_ = false;
  std::vector<std::byte> packet_;  // the beginning of a packet that is not whole yet
  std::size_t packet_size_ = 0;
  std::array<std::byte, 49> out_{};
  std::size_t out_begin_ = 0;
  std::size_t out_end_ = 0;
  std::uint64_t began_ns_ = 0;
  std::uint64_t heard_ns_ = 0;
  std::uint64_t sent_ns_ = 0;
};

}  // namespace lln::project
