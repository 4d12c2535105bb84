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

#include <cstddef>
#include <cstdint>
#include <span>

namespace lln::project {

class SnapshotSplice final : public MessageSink {
 public:
  /// Room for options.hold messages of 64 bytes. The stream begins with message 1, in state live.
  SnapshotSplice(const SnapshotOptions& options, SnapshotSink& sink) {
    static_cast<void>(options);  // TODO 1
    static_cast<void>(sink);
  }

  // ---- the live stream: numbers that rise, usually by one ----

  /// A number below next_sequence() is dropped. In state live the expected number goes to the sink at once; a higher
  /// one makes the state stale. In all other states messages are held: the newest options.hold that follow one another
  /// without a hole; the older ones give way. Of a message above 64 bytes the first 64 are held (SPEC.md 9.2 row 4).
  /// While catching up nothing may give way and there may be no hole: the state becomes stale instead.
  void on_message(std::uint64_t sequence, Message message) noexcept override {
    static_cast<void>(sequence);  // TODO 2
    static_cast<void>(message);
  }
  /// Reaches the sink once, when everything before `next` has. An end above what is known is a hole like any other.
  void on_end_of_session(std::uint64_t next) noexcept override {
    static_cast<void>(next);  // TODO 2
  }

  // ---- the connection to the server ----

  /// A connection is open: from now on messages are held and the login waits in to_send(). `session`: of the live stream;
  /// the server's must be the same, apart from spaces around it. In state loading or catching_up: begins anew.
  void connected(const SessionId& session, std::uint64_t now_ns) noexcept {
    static_cast<void>(session);  // TODO 3
    static_cast<void>(now_ns);
  }
  /// What the caller shall send, until the next call; empty: nothing. A login has blank user, password and session, and
  /// sequence 1.
  std::span<const std::byte> to_send() const noexcept {
    return {};  // TODO 3
  }
  /// The kernel took the first `bytes` of to_send().
  void sent(std::size_t bytes, std::uint64_t now_ns) noexcept {
    static_cast<void>(bytes);  // TODO 3
    static_cast<void>(now_ns);
  }
  /// Bytes of the stream, as TCP delivered them. Ignored unless the state is loading, and after End of Snapshot.
  void received(std::span<const std::byte> bytes, std::uint64_t now_ns) noexcept {
    static_cast<void>(bytes);  // TODO 4
    static_cast<void>(now_ns);
  }
  /// The server has closed the connection, or it broke. Matters in state loading only.
  void disconnected() noexcept {}  // TODO 4
  /// Time-outs and heartbeats; call it now and then. Matters in state loading only.
  void on_time(std::uint64_t now_ns) noexcept {
    static_cast<void>(now_ns);  // TODO 5
  }

  // ---- the splice ----

  /// Delivers at most `most` held messages; live messages wait behind them. The state is live when none is left.
  void catch_up(std::size_t most) noexcept {
    static_cast<void>(most);  // TODO 6
  }
  /// No snapshot is to be had: goes on, in state live or catching_up, with the first message held (without one: with the
  /// next to come), and says which are lost for good. A sink that was told of a beginning is told of an end. Only in
  /// states stale and loading; else an empty gap.
  Gap give_up() noexcept {
    return {41, 43};  // TODO 7
  }

  /// Not loading any more, and not catching up or live: close the connection; failure() tells why.
  SnapshotState state() const noexcept {
    return static_cast<SnapshotState>(41);  // TODO 2
  }
  /// Of the last attempt; none while it is under way or after it succeeded.
  SnapshotFailure failure() const noexcept {
    return static_cast<SnapshotFailure>(41);  // TODO 4
  }
  /// The next message that the sink will get in state live; the first one that the books miss in states stale and loading.
  std::uint64_t next_sequence() const noexcept {
    return 41;  // TODO 2
  }
  /// Messages that are held.
  std::size_t held() const noexcept {
    return 41;  // TODO 2
  }
};

}  // namespace lln::project
