// What lies before the books: datagrams of both lines in, one stream without holes out (stages 2, 4, 5 and 6), with the
// two connections that recovery needs.
//
//   datagram -> parse -> Arbiter -> SnapshotSplice -> BookSide
//                  missing |  ^ replies      ^ snapshot
//                    GapRecovery          GLIMPSE over TCP
//
// Threads: one. Guarantees: after construction noexcept and without allocation; no system call as long as nothing is
// missing; no call waits.
#pragma once

#include <lln/net/endpoint.hpp>
#include <lln/net/file_descriptor.hpp>
#include <lln/net/udp_socket.hpp>

#include <arbiter.hpp>
#include <book_side.hpp>
#include <gap_recovery.hpp>
#include <mold_session.hpp>
#include <poll.h>
#include <snapshot_splice.hpp>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace lln::project {

class FeedSide {
 public:
  FeedSide(const std::optional<net::Endpoint>& rerequest, const std::optional<net::Endpoint>& glimpse,
           BookSide& books)
      : books_(books),
        glimpse_(glimpse),
        splice_(SnapshotOptions{}, books),
        arbiter_(ArbiterOptions{}, splice_) {
    if (!rerequest) return;
    rerequest_.emplace();
    rerequest_->connect(*rerequest);
  }

  void on_datagram(Line line, std::span<const std::byte> bytes, std::uint64_t now) noexcept {
    const ParsedPacket parsed = parse(bytes, scratch_);
    if (!parsed) {
      ++invalid_;
      return;
    }
    if (!session_) {
      session_ = parsed.packet.session;
      books_.session_begins(*session_);
    }
    if (line != Line::rerequest) trackers_[static_cast<std::size_t>(line)].on_packet(parsed.packet);
    arbiter_.on_packet(line, parsed.packet, now);
  }

  /// After each turn: timers, requests and their replies, a slice of a snapshot.
  void service(std::uint64_t now) noexcept {
    arbiter_.on_time(now);
    if (asked_) take_replies(now);
    recover(now);
    if (splice_.state() != SnapshotState::live || connection_) {
      splice(now);
    } else {
      attempts_ = 0;
    }
  }

  bool waiting() const noexcept { return !session_; }
  SnapshotState state() const noexcept { return splice_.state(); }
  bool gap() const noexcept { return asked_; }
  const ArbiterCounters& counters() const noexcept { return arbiter_.counters(); }
  const SessionTracker& line(std::size_t index) const noexcept { return trackers_[index]; }
  std::uint64_t invalid() const noexcept { return invalid_; }
  std::uint64_t unrecovered() const noexcept { return unrecovered_; }
  /// Messages that neither line nor re-requests brought, and a snapshot stood in for.
  std::uint64_t by_snapshot() const noexcept {
    return passed_over_ < unrecovered_ ? 0 : passed_over_ - unrecovered_;
  }

 private:
  static constexpr std::size_t largest_datagram = 65'536;
  static constexpr std::uint64_t ms = 1'000'000;
  static constexpr unsigned attempts_for_a_snapshot = 4;
  static constexpr std::size_t held_messages_a_turn = 256;

  // ---- stage 5 ----

  void recover(std::uint64_t now) noexcept {
    const std::optional<Gap> missing = arbiter_.missing();
    if (!missing && !asked_) return;
    if (rerequest_) {
      while (const auto request = recovery_.poll(missing, now)) {
        const auto bytes = encode_request(*session_, request->range);
        // ECONNREFUSED answers an earlier one: this one has not been tried yet.
        if (!rerequest_->send(bytes) && rerequest_->last_error() == ECONNREFUSED) rerequest_->send(bytes);
      }
    }
    asked_ = missing && rerequest_;
    if (!missing || (rerequest_ && !recovery_.gave_up())) return;
    passed_over_ += missing->size();
    asked_ = false;
    arbiter_.skip_to(missing->end);  // the splice sees the hole, and knows what to do
  }

  void take_replies(std::uint64_t now) noexcept {
    constexpr int most = 32;  // the lines must not wait for long
    for (int i = 0; i < most; ++i) {
      const auto size = rerequest_->receive(reply_);
      if (size) {
        on_datagram(Line::rerequest, std::span<const std::byte>(reply_).first(*size), now);
      } else if (rerequest_->last_error() != ECONNREFUSED) {
        return;
      }
    }
  }

  // ---- stage 6 ----

  void splice(std::uint64_t now) noexcept {
    switch (splice_.state()) {
      case SnapshotState::stale:
        if (loading_) failed(now);
        if (!glimpse_ || attempts_ >= attempts_for_a_snapshot) return give_up();
        if (connection_) {
          finish_connect(now);
        } else if (now >= retry_at_) {
          connect(now);
        }
        return;
      case SnapshotState::loading:
        load(now);
        return;
      case SnapshotState::catching_up:
        disconnect();
        // The snapshot may be ahead of what the lines have brought.
        if (arbiter_.next_sequence() < splice_.next_sequence()) arbiter_.skip_to(splice_.next_sequence());
        splice_.catch_up(held_messages_a_turn);
        return;
      case SnapshotState::live:
        disconnect();
        if (arbiter_.next_sequence() < splice_.next_sequence()) arbiter_.skip_to(splice_.next_sequence());
        return;
    }
  }

  void connect(std::uint64_t now) noexcept {
    since_ = now;
    connection_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const sockaddr_in address = glimpse_->to_sockaddr();
    const bool begun =
        connection_ &&
        (::connect(connection_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ||
         errno == EINPROGRESS);
    if (!begun) failed(now);
  }

  void finish_connect(std::uint64_t now) noexcept {
    pollfd entry{connection_.get(), POLLOUT, 0};
    if (::poll(&entry, 1, 0) == 0) {
      if (now - since_ > 1000 * ms) failed(now);
      return;
    }
    int error = 0;
    socklen_t size = sizeof error;
    if (::getsockopt(connection_.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0)
      return failed(now);
    loading_ = true;
    splice_.connected(*session_, now);
    load(now);
  }

  void load(std::uint64_t now) noexcept {
    if (const auto bytes = splice_.to_send(); !bytes.empty()) {
      const ssize_t sent = ::send(connection_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent > 0) splice_.sent(static_cast<std::size_t>(sent), now);
    }
    const ssize_t got = ::recv(connection_.get(), reply_.data(), reply_.size(), 0);
    if (got > 0) {
      splice_.received(std::span<const std::byte>(reply_).first(static_cast<std::size_t>(got)), now);
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
      splice_.disconnected();
    }
    splice_.on_time(now);
  }

  void failed(std::uint64_t now) noexcept {
    disconnect();
    retry_at_ = now + (10 * ms << attempts_++);
  }

  void disconnect() noexcept {
    connection_.reset();
    loading_ = false;
  }

  void give_up() noexcept {
    disconnect();
    attempts_ = 0;
    unrecovered_ += books_.lose([this]() noexcept { return splice_.give_up(); }).size();
  }

  BookSide& books_;
  std::optional<net::UdpSocket> rerequest_;
  std::optional<net::Endpoint> glimpse_;
  SnapshotSplice splice_;
  Arbiter arbiter_;
  GapRecovery recovery_{RecoveryOptions{}};
  std::array<SessionTracker, 2> trackers_;
  std::optional<SessionId> session_;
  std::vector<Message> scratch_ = std::vector<Message>(max_messages(largest_datagram));
  std::vector<std::byte> reply_ = std::vector<std::byte>(largest_datagram);  // of either server
  net::FileDescriptor connection_;
  bool asked_ = false;    // re-requests are out
  bool loading_ = false;  // connection_ has been handed to the splice
  unsigned attempts_ = 0;
  std::uint64_t since_ = 0;
  std::uint64_t retry_at_ = 0;
  std::uint64_t invalid_ = 0;
  std::uint64_t unrecovered_ = 0;
  std::uint64_t passed_over_ = 0;
};

}  // namespace lln::project
