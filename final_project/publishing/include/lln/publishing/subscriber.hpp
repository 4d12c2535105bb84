// Subscriber: reads what a Publisher of another process publishes. Any number of them, at any time.
//
//   read()             one event after the other, or "nothing new", or "too slow: so many are lost"
//   load_state()       the latest of one symbol, whatever was missed
//   publisher()        does it still live
//
// MarketView (market_view.hpp) puts the three together; most programs want that one.
//
// Threads    One; another thread makes another Subscriber.
// Guarantees read(), load_state(), feed(): noexcept, no allocation, no system call; they write nothing that anybody else
//            sees, and a publisher that dies in the middle of a write never makes them wait.
// Trust      The header is checked when the file is opened; after that the publisher is trusted not to shrink it.
// Errors     The constructor: one sentence that says who publishes what, and why this program cannot read it.
#pragma once

#include <lln/lock_free/broadcast_ring.hpp>
#include <lln/publishing/book_event.hpp>
#include <lln/publishing/layout.hpp>
#include <lln/publishing/shared_file.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace lln::publishing {

using lock_free::ReadResult;

enum class PublisherLife : std::uint8_t {
  alive,
  silent,  // no beat for a second: dead, or stopped
  closed,  // ended by itself
};

class Subscriber {
 public:
  static constexpr std::chrono::nanoseconds patience = std::chrono::seconds(1);

  /// Sees the events from now on.
  explicit Subscriber(const std::string& name);

  ReadResult read(BookEvent& event) noexcept;
  /// Number of the event that the next read() asks for; the publisher counts from 0.
  std::uint64_t next_event() const noexcept { return reader_.position(); }
  /// Events that were overwritten, or skipped by resume_now(), before we came.
  std::uint64_t lost() const noexcept { return skipped_ + reader_.lost(); }
  /// Goes on with what will be published from now on; what lies between counts as lost.
  void resume_now() noexcept;

  std::uint32_t symbols() const noexcept { return symbols_; }
  /// False: no such locate, or it is being written just now (try again).
  bool load_state(std::uint16_t locate, SymbolState& state) const noexcept;
  bool load_feed(FeedStatus& feed) const noexcept { return header_->feed.try_load(feed); }

  PublisherLife publisher() const noexcept;
  std::int64_t publisher_pid() const noexcept { return header_->pid; }
  /// Empty while it beats, or has ended by itself. Else one sentence: silent, or killed, and what to do (a system call).
  std::string obituary() const;
  /// Whether a new Subscriber of the same name would get this publisher (a system call).
  bool still_current() const noexcept { return file_.still_current(); }

 private:
  SharedFile file_;
  const Header* header_;
  const SymbolCell* cells_;
  const EventSlot* slots_;
  std::uint32_t symbols_;
  lock_free::BroadcastReader<BookEvent> reader_;
  std::uint64_t skipped_ = 0;
};

}  // namespace lln::publishing
