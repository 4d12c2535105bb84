// Takes a GLIMPSE snapshot: TCP connect, SoupBinTCP login, messages, end.
//
// Threads: one. Guarantees: non-blocking, bounded work (poll() reads at most `bytes_per_poll` bytes); after
// construction noexcept and no allocation. Whatever the server sends, does not send or cuts off ends in
// State::failed with a reason, at the latest when a time-out runs out.
// System calls: start() about four; poll() one recv, and one send a second.
// Source: SPEC.md sections 5, 6 and 9.4; connect(2) for the non-blocking connect.
//
// Use: start(now); then again and again: poll(now); while (next(message)) ...; look at state().
#pragma once

#include <lln/feed/moldudp64.hpp>
#include <lln/handler/glimpse_stream.hpp>
#include <lln/net/endpoint.hpp>
#include <lln/net/file_descriptor.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace lln::handler {

class GlimpseClient {
 public:
  /// Times in ticks.
  struct Options {
    net::Endpoint server = {};
    std::uint64_t connect_timeout = 0;
    std::uint64_t login_timeout = 0;    // from the connection to the answer
    std::uint64_t silence_timeout = 0;  // without a byte from the server
    std::uint64_t heartbeat = 0;        // we send one when we have sent nothing for so long
    std::size_t bytes_per_poll = std::size_t{64} << 10;
  };
  enum class State : std::uint8_t { idle, connecting, logging_in, streaming, done, failed };
  using Failure = GlimpseFailure;

  explicit GlimpseClient(const Options& options);

  /// Begins a new snapshot; an unfinished one is dropped.
  void start(std::uint64_t now) noexcept;
  void cancel() noexcept;

  /// Reads what has come and looks after time-outs. Ends the validity of messages handed out before.
  void poll(std::uint64_t now) noexcept;
  /// The next message of the snapshot; false: no more for now. End of Snapshot is not handed out: state() is
  /// done.
  bool next(std::span<const std::byte>& message) noexcept;

  State state() const noexcept { return state_; }
  Failure failure() const noexcept { return failure_; }
  /// In state done: the first real-time message that the snapshot does not contain, >= 1.
  std::uint64_t next_sequence() const noexcept { return stream_.next_sequence(); }
  /// From state streaming on: the session that the server named, padding (spaces) on the left.
  const feed::SessionId& session() const noexcept { return stream_.session(); }

 private:
  void fail(Failure failure) noexcept;
  void on_connected(std::uint64_t now) noexcept;
  bool send(std::span<const std::byte> bytes, std::uint64_t now) noexcept;
  bool read(std::uint64_t now) noexcept;

  Options options_;
  net::FileDescriptor fd_;
  GlimpseStream stream_;
  State state_ = State::idle;
  Failure failure_ = Failure::none;
  std::uint64_t since_ = 0;  // when the state was entered
  std::uint64_t last_sent_ = 0;
  std::uint64_t last_heard_ = 0;
  std::vector<std::byte> login_;  // the packet, made once
};

std::string_view to_string(GlimpseFailure failure) noexcept;

}  // namespace lln::handler
