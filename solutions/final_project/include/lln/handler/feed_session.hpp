// The feed as one thing: packets of both lines in, every message once and in order out, whatever it takes.
//
// Threads: one. Guarantees: noexcept and no allocation after construction; on_packet() does no system call;
// poll() does none while nothing is missing, and bounded work otherwise (some datagrams, 64 KiB of snapshot,
// 256 held packets), so that the sockets are read in time. Nothing hangs: every wait has a time-out, and what
// cannot be had is given up, reported as unrecovered, and the feed goes on.
// Errors: std::system_error from the constructor. Cost: see arbiter.hpp.
// Source: SPEC.md sections 4 to 6 and 8.
//
// Sink, beside that of the Arbiter (arbiter.hpp):
//   void on_snapshot_begin() noexcept;
//       The books are void: empty them. May come again before the end: a new attempt.
//   void on_snapshot_message(std::span<const std::byte>) noexcept;
//       An ITCH message, without a number.
//   void on_snapshot_end(std::uint64_t next_sequence) noexcept;
//       on_messages goes on with this one.
//
// The books are declared void only when the server has let us in: a server that cannot be reached must not
// cost them. on_session_change ends a snapshot, too. When recovery is given up after on_snapshot_begin,
// on_unrecovered comes and then on_snapshot_end.
#pragma once

#include <lln/handler/arbiter.hpp>
#include <lln/handler/feed_config.hpp>
#include <lln/handler/feed_counters.hpp>
#include <lln/handler/glimpse_client.hpp>
#include <lln/handler/recovery.hpp>
#include <lln/handler/rerequest_client.hpp>
#include <lln/latency/tsc_clock.hpp>

#include <cstdint>
#include <optional>
#include <span>

namespace lln::handler {

enum class FeedState : std::uint8_t {
  waiting,   // no packet yet
  live,      // nothing lost
  gap,       // lost on both lines, being requested
  snapshot,  // being loaded; live packets are held
  ended,     // End of Session, and nothing missing before it
  lost,      // recovery was given up a moment ago; the stream goes on
};

/// The session without sockets: Requests and Snapshots have the functions of RerequestClient and
/// GlimpseClient. nullptr: there is none.
template <class Sink, class Requests, class Snapshots>
class FeedCore {
 public:
  FeedCore(const FeedConfig& config, double ticks_per_ns, Sink& sink, Requests* requests,
           Snapshots* snapshots);

  void on_packet(const Packet& packet, std::uint64_t now) noexcept {
    arbiter_.on_packet(packet, now);
    if (tap_.session_changed || arbiter_.overflowed()) [[unlikely]]
      on_exception(now);
  }
  /// Timers, requests, a slice of the snapshot, a slice of what is held. Call after each batch of packets,
  /// and in idle loops.
  void poll(std::uint64_t now) noexcept {
    if (arbiter_.pending() || loading_ || feed_lost_) [[unlikely]]
      service(now);
  }

  bool ended() const noexcept { return arbiter_.ended(); }
  /// Something is missing, held or not yet delivered.
  bool pending() const noexcept { return arbiter_.pending(); }
  FeedState state() const noexcept;
  FeedCounters counters() const noexcept { return arbiter_.counters_now(); }
  std::uint64_t next_sequence() const noexcept { return arbiter_.next_sequence(); }
  const feed::SessionId& session() const noexcept { return arbiter_.session().id(); }
  const SkewMeter& skew() const noexcept { return arbiter_.skew(); }

 private:
  // Between arbiter and sink, to learn of a session change.
  struct Tap {
    Sink& sink;
    bool session_changed = false;
    void on_messages(const BlockRun& run, const PacketStamp& stamp) noexcept { sink.on_messages(run, stamp); }
    void on_end_of_session(std::uint64_t next) noexcept { sink.on_end_of_session(next); }
    void on_session_change(const feed::SessionId& from, const feed::SessionId& to) noexcept {
      session_changed = true;
      sink.on_session_change(from, to);
    }
    void on_unrecovered(std::uint64_t begin, std::uint64_t end) noexcept {
      if constexpr (requires { sink.on_unrecovered(begin, end); }) sink.on_unrecovered(begin, end);
    }
  };
  static constexpr int replies_per_poll = 32;
  static constexpr int steps_per_poll = 32;

  void on_exception(std::uint64_t now) noexcept;
  void service(std::uint64_t now) noexcept;
  void take_replies(std::uint64_t now) noexcept;
  void recover(std::uint64_t now) noexcept;
  void send(const Recovery::Step& step) noexcept;
  void start_snapshot(std::uint64_t now) noexcept;
  void connect(std::uint64_t now) noexcept;
  void load_snapshot(std::uint64_t now) noexcept;
  void begin_books() noexcept;
  bool right_session() const noexcept;
  void finish_snapshot(std::uint64_t now) noexcept;
  void fail_snapshot(std::uint64_t now) noexcept;
  void lose_feed(std::uint64_t now) noexcept;
  FeedCounters& count() noexcept { return arbiter_.counters(); }

  Tap tap_;
  Arbiter<Tap> arbiter_;
  bool loading_ = false;     // a snapshot is due or on its way
  bool begun_ = false;       // on_snapshot_begin was called in this attempt or an earlier one
  bool connected_ = false;   // false: waiting for retry_at_
  bool void_books_ = false;  // this attempt has called on_snapshot_begin
  Recovery recovery_;
  Requests* requests_;
  Snapshots* snapshots_;
  unsigned attempts_ = 0;          // of the snapshot that is due
  unsigned snapshots_in_row_ = 0;  // completed without catching up
  std::uint64_t catch_up_at_ = 0;  // sequence number that ends the row
  std::uint64_t retry_at_ = 0;
  bool feed_lost_ = false;
  std::uint64_t lost_at_ = 0;
  unsigned snapshot_attempts_;
  unsigned snapshots_in_a_row_;
  std::uint64_t snapshot_retry_;
  std::uint64_t snapshot_holdoff_;
};

template <class Sink>
class FeedSession {
 public:
  using State = FeedState;

  FeedSession(const FeedConfig& config, const latency::TscClock& clock, Sink& sink)
      : core_(config, clock.calibration().ticks_per_ns, sink,
              config.rerequest ? &requests_.emplace(*config.rerequest) : nullptr,
              config.glimpse ? &snapshots_.emplace(glimpse_options(config, clock.calibration().ticks_per_ns))
                             : nullptr) {}
  FeedSession(const FeedSession&) = delete;
  FeedSession& operator=(const FeedSession&) = delete;

  void on_packet(const Packet& packet, std::uint64_t now) noexcept { core_.on_packet(packet, now); }
  void poll(std::uint64_t now) noexcept { core_.poll(now); }

  bool ended() const noexcept { return core_.ended(); }
  State state() const noexcept { return core_.state(); }
  /// A copy, about 600 bytes: not for every packet.
  FeedCounters counters() const noexcept { return core_.counters(); }
  std::uint64_t next_sequence() const noexcept { return core_.next_sequence(); }
  const feed::SessionId& session() const noexcept { return core_.session(); }
  const SkewMeter& skew() const noexcept { return core_.skew(); }

 private:
  std::optional<RerequestClient> requests_;
  std::optional<GlimpseClient> snapshots_;
  FeedCore<Sink, RerequestClient, GlimpseClient> core_;
};

}  // namespace lln::handler

#include <lln/handler/detail/feed_session_impl.hpp>
