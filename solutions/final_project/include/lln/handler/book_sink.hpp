// BookSink: the last stage. What the books tell, counted, timed, published, and passed to a strategy thread when there is
// one.
//
// Strategy: best bid and offer changes go into an SPSC ring; another thread takes them out. A strategy that is too
// slow loses events, counted here, and never slows the books down; the ring always holds the oldest ones.
//
// Threads: the book thread; the ring's other end one strategy thread. Guarantees: noexcept, no allocation.
// Cost: without a ring nothing beyond the metrics.
#pragma once

#include <lln/handler/book_types.hpp>
#include <lln/handler/latency_metrics.hpp>
#include <lln/handler/publication.hpp>
#include <lln/handler/shared_publication.hpp>
#include <lln/lock_free/spsc_ring.hpp>

#include <cstddef>
#include <cstdint>

namespace lln::handler {

/// What a strategy gets to see.
struct BboEvent {
  Locate locate;
  Bbo bbo;
  std::uint64_t ticks = 0;  ///< TscClock, when the previous message had been applied
};

class BookSink {
 public:
  explicit BookSink(LatencyMetrics& metrics, lock_free::SpscRing<BboEvent>* strategy = nullptr,
                    app::OutputStream* output = nullptr, publishing::Publisher* shared = nullptr) noexcept
      : metrics_(metrics), strategy_(strategy), publication_(output), shared_(shared) {}

  void on_bbo(Locate locate, const Bbo& bbo) noexcept {
    ++bbo_changes_;
    publication_.best_prices(locate, bbo);
    shared_.best_prices(locate, bbo);
    if (strategy_ != nullptr && !strategy_->try_push(BboEvent{locate, bbo, metrics_.last_message_ticks()}))
      ++not_taken_;
  }
  void on_trade(Locate locate, std::uint32_t price, std::uint64_t shares, std::uint64_t match,
                bool printable) noexcept {
    ++trades_;
    publication_.trade(locate, price, shares, match, printable);
    shared_.trade(locate, price, shares, match, printable);
  }
  void on_applied(const std::byte* message) noexcept {
    publication_.next_message();
    shared_.next_message();
    metrics_.message_applied(message);
  }

  Publication& publication() noexcept { return publication_; }
  SharedPublication& shared() noexcept { return shared_; }
  std::uint64_t bbo_changes() const noexcept { return bbo_changes_; }
  std::uint64_t trades() const noexcept { return trades_; }
  /// Events that the strategy was too slow for.
  std::uint64_t not_taken() const noexcept { return not_taken_; }

 private:
  LatencyMetrics& metrics_;
  lock_free::SpscRing<BboEvent>* strategy_;
  Publication publication_;
  SharedPublication shared_;
  std::uint64_t bbo_changes_ = 0;
  std::uint64_t trades_ = 0;
  std::uint64_t not_taken_ = 0;
};

}  // namespace lln::handler
