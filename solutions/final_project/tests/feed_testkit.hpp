// What the tests of session, arbitration and recovery share: packets in few characters, and a sink that
// checks every byte and keeps a journal.
#pragma once

#include <lln/feed/moldudp64.hpp>
#include <lln/handler/feed_counters.hpp>
#include <lln/handler/packet.hpp>
#include <lln/handler/reorder_window.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lln::handler::testkit {

using Bytes = std::vector<std::byte>;

/// The message with this number: 0 to 40 bytes that depend on the number and the session's last character.
inline Bytes payload(std::uint64_t sequence, char session) {
  std::uint64_t x = (sequence + 1) * 0x9E37'79B9'7F4A'7C15u ^ (static_cast<std::uint64_t>(session) << 32);
  Bytes bytes(x >> 40 & 0xFF ? (x >> 20) % 41 : 0);
  for (std::byte& byte : bytes) {
    x = x * 6'364'136'223'846'793'005u + 1'442'695'040'888'963'407u;
    byte = static_cast<std::byte>(x >> 56);
  }
  return bytes;
}

inline constexpr std::string_view default_session = "SESSION00A";

/// Messages [begin, end) of a session; begin == end makes a heartbeat.
inline Bytes packet(std::uint64_t begin, std::uint64_t end, std::string_view session = default_session) {
  Bytes buffer(feed::header_size + (end - begin) * 42);
  feed::PacketBuilder builder(buffer, feed::session_id(session));
  builder.begin(begin);
  for (std::uint64_t s = begin; s < end; ++s)
    if (!builder.append(payload(s, session.back()))) std::abort();
  const auto bytes = builder.finish();
  return {bytes.begin(), bytes.end()};
}
inline Bytes end_packet(std::uint64_t sequence, std::string_view session = default_session) {
  Bytes bytes(feed::header_size);
  feed::encode_header({feed::session_id(session), sequence, feed::end_of_session},
                      std::span(bytes).first<feed::header_size>());
  return bytes;
}
inline Bytes header_packet(std::uint64_t sequence, std::uint16_t count,
                           std::string_view session = default_session) {
  Bytes bytes(feed::header_size);
  feed::encode_header({feed::session_id(session), sequence, count},
                      std::span(bytes).first<feed::header_size>());
  return bytes;
}

/// Checks that messages come in order and whole, and writes down what happened, neighbours merged:
/// "1-4 lost5-7 8-9 end10 change begin 3msg splice12".
class JournalSink {
 public:
  explicit JournalSink(char session = default_session.back()) : session_(session) {}

  void on_messages(const BlockRun& run, const PacketStamp& stamp) noexcept {
    check(run.first_sequence == next_,
          "messages begin at " + std::to_string(run.first_sequence) + ", expected " + std::to_string(next_));
    check(run.count > 0, "an empty run");
    check(!loading_, "live messages during a snapshot");
    const std::byte* at = run.first;
    for (std::uint64_t s = run.first_sequence; s < run.first_sequence + run.count; ++s) {
      const std::size_t size = std::to_integer<std::size_t>(at[0]) << 8 | std::to_integer<std::size_t>(at[1]);
      const Bytes wanted = payload(s, session_);
      check(std::ranges::equal(wanted, std::span(at + 2, size)),
            "wrong bytes in message " + std::to_string(s));
      at += 2 + size;
    }
    if (kind_ == Kind::messages) {
      end_ = run.first_sequence + run.count;
    } else {
      flush();
      kind_ = Kind::messages, begin_ = run.first_sequence, end_ = run.first_sequence + run.count;
    }
    next_ = run.first_sequence + run.count;
    delivered_ += run.count;
    stamps_.push_back(stamp);
  }
  void on_unrecovered(std::uint64_t begin, std::uint64_t end) noexcept {
    check(begin == next_ && begin < end,
          "given up from " + std::to_string(begin) + ", expected " + std::to_string(next_));
    if (kind_ == Kind::lost) {
      end_ = end;
    } else {
      flush();
      kind_ = Kind::lost, begin_ = begin, end_ = end;
    }
    next_ = end;
    unrecovered_ += end - begin;
  }
  void on_end_of_session(std::uint64_t next) noexcept {
    check(next == next_, "end of session at " + std::to_string(next) + ", expected " + std::to_string(next_));
    note("end" + std::to_string(next));
  }
  void on_session_change(const feed::SessionId&, const feed::SessionId& to) noexcept {
    note("change");
    session_ = to.back();
    next_ = 1;
    loading_ = false;
  }
  void on_snapshot_begin() noexcept {
    note("begin");
    loading_ = true;
    snapshot_messages_ = 0;
  }
  void on_snapshot_message(std::span<const std::byte>) noexcept {
    check(loading_, "a snapshot message outside a snapshot");
    ++snapshot_messages_;
  }
  void on_snapshot_end(std::uint64_t next) noexcept {
    check(loading_, "the end of no snapshot");
    note(std::to_string(snapshot_messages_) + "msg splice" + std::to_string(next));
    loading_ = false;
    next_ = next;
  }

  std::string journal() const {
    JournalSink copy = *this;
    copy.flush();
    return copy.journal_;
  }
  std::string errors() const { return errors_; }
  std::uint64_t next() const { return next_; }
  std::uint64_t delivered() const { return delivered_; }
  std::uint64_t unrecovered() const { return unrecovered_; }
  const std::vector<PacketStamp>& stamps() const { return stamps_; }  // one for each run

 private:
  enum class Kind { none, messages, lost };

  void check(bool ok, const std::string& what) {
    if (!ok && errors_.size() < 1000) errors_ += what + "\n";
  }
  void note(const std::string& text) {
    flush();
    if (!journal_.empty()) journal_ += ' ';
    journal_ += text;
  }
  void flush() {
    const Kind kind = kind_;
    kind_ = Kind::none;
    if (kind == Kind::none) return;
    note((kind == Kind::lost ? "lost" : "") + std::to_string(begin_) +
         (end_ - begin_ > 1 ? "-" + std::to_string(end_ - 1) : ""));
  }

  char session_;
  std::uint64_t next_ = 1;
  bool loading_ = false;
  std::uint64_t snapshot_messages_ = 0;
  std::uint64_t delivered_ = 0;
  std::uint64_t unrecovered_ = 0;
  Kind kind_ = Kind::none;
  std::uint64_t begin_ = 0;
  std::uint64_t end_ = 0;
  std::string journal_;
  std::string errors_;
  std::vector<PacketStamp> stamps_;
};

/// Printed once, so that a failure can be repeated with LLN_SEED=<seed>.
inline std::uint64_t feed_seed() {
  static const std::uint64_t value = [] {
    const char* const given = std::getenv("LLN_SEED");
    const std::uint64_t chosen =
        given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
    std::cout << "LLN_SEED=" << chosen << " repeats this run\n" << std::flush;
    return chosen;
  }();
  return value;
}

}  // namespace lln::handler::testkit
