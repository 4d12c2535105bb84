// Pipeline: the stages behind the receive stage, for one thread:
//
//   packet -> FeedSession (arbitration, recovery) -> OrderBooks -> BookSink -> LatencyMetrics
//
// Threads: one, the book thread; live() may be read by another. Guarantees: on_packet() and turn_done() are noexcept and
// allocate nothing. Cost: of the parts; the pipeline itself adds a few compares a packet.
#pragma once

#include <lln/handler/book_sink.hpp>
#include <lln/handler/feed_session.hpp>
#include <lln/handler/latency_metrics.hpp>
#include <lln/handler/live_view.hpp>
#include <lln/handler/order_book.hpp>
#include <lln/handler/packet.hpp>
#include <lln/handler/thread_usage.hpp>
#include <lln/latency/tsc_clock.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace lln::handler {

class Pipeline {
 public:
  struct Options {
    FeedConfig feed;
    bool one_way = false;
    std::string watch_symbol;
    lock_free::SpscRing<BboEvent>* strategy = nullptr;
    app::OutputStream* output = nullptr;
    publishing::Publisher* shared = nullptr;
  };

  /// The books come ready made: their memory takes the longest to prepare, see ReferenceHandler.
  Pipeline(const Options& options, const latency::TscClock& clock, std::unique_ptr<OrderBooks> books)
      : clock_(clock),
        house_interval_(clock.to_ticks(std::chrono::milliseconds{10})),
        watch_symbol_(options.watch_symbol),
        metrics_(clock, options.one_way),
        sink_(metrics_, options.strategy, options.output, options.shared),
        own_books_(std::move(books)),
        books_(*own_books_),
        session_(options.feed, clock, *this) {}

  /// Called by the book thread before its first turn.
  void start() noexcept;

  void on_packet(const Packet& packet) noexcept {
    packet_taken_ = packet.stamp.user_rx_ticks;
    in_packet_ = true;
    const std::uint64_t now = metrics_.packet_begins(packet.stamp);
    session_.on_packet(packet, now);
    metrics_.packet_done();
    in_packet_ = false;
    ++packets_;
  }

  /// After each turn: timers of the session; every ~10 ms the clock's anchor and the live view, in an idle turn when
  /// there is one.
  void turn_done(bool idle, std::uint64_t kernel_drops) noexcept;

  bool ended() const noexcept { return session_.ended(); }

  // Sink of the session.
  void on_messages(const BlockRun& run, const PacketStamp& stamp) noexcept {
    publication().messages_begin(session_.session(), run.first_sequence);
    shared().messages_begin(session_.session(), run.first_sequence, stamp);
    metrics_.run_begins(stamp, !in_packet_ || stamp.user_rx_ticks != packet_taken_);
    books_.apply(run, sink_);
    metrics_.run_done(run);
  }
  void on_snapshot_begin() noexcept {
    shared().snapshot_begins(session_.session());
    books_.clear();
  }
  void on_snapshot_message(std::span<const std::byte> message) noexcept {
    books_.apply_one(message, null_sink_);
  }
  void on_snapshot_end(std::uint64_t next) noexcept {
    publication().books_replaced(session_.session(), next, books_);
    shared().books_replaced(session_.session(), next, books_);
  }
  void on_end_of_session(std::uint64_t next) noexcept {
    publication().session_ends(session_.session(), next);
    shared().session_ends(session_.session(), next, books_, metrics_.messages());
  }
  void on_unrecovered(std::uint64_t begin, std::uint64_t end) noexcept {
    publication().lost(session_.session(), begin, end);
    shared().lost(session_.session(), end);
  }
  void on_session_change(const feed::SessionId&, const feed::SessionId&) noexcept {
    publication().session_changed();
    shared().session_changed();
    books_.clear();
  }

  GapWatch& watch() noexcept { return metrics_.watch(); }
  const LatencyMetrics& metrics() const noexcept { return metrics_; }
  const OrderBooks& books() const noexcept { return books_; }
  const BookSink& sink() const noexcept { return sink_; }
  const FeedSession<Pipeline>& session() const noexcept { return session_; }
  std::uint64_t packets() const noexcept { return packets_; }
  double running_seconds() const noexcept { return clock_.to_ns(metrics_.watch().last() - started_) * 1e-9; }
  /// Since the warm-up: the first 10,000 messages, in which code and caches are touched for the first time.
  ThreadUsage::Since usage() const noexcept { return usage_.since(); }
  LiveView& live() noexcept { return live_; }
  const LiveView& live() const noexcept { return live_; }

 private:
  Publication& publication() noexcept { return sink_.publication(); }
  SharedPublication& shared() noexcept { return sink_.shared(); }
  void keep_house(std::uint64_t kernel_drops) noexcept;
  void publish_ladder() noexcept;

  latency::TscClock clock_;
  std::uint64_t house_interval_;
  std::string watch_symbol_;
  std::optional<Locate> watched_;
  LatencyMetrics metrics_;
  BookSink sink_;
  NullSink null_sink_;
  std::unique_ptr<OrderBooks> own_books_;
  OrderBooks& books_;
  FeedSession<Pipeline> session_;
  LiveView live_;
  ThreadUsage usage_;

  std::uint64_t packet_taken_ = 0;
  bool in_packet_ = false;
  bool warm_ = false;
  std::uint64_t packets_ = 0;
  std::uint64_t started_ = 0;
  std::uint64_t last_house_ = 0;
};

}  // namespace lln::handler
