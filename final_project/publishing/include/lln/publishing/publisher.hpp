// Publisher: one handler's best prices and trades for any number of processes on this machine.
//
// Every event goes into a broadcast ring; before that, into the state of its symbol, which a consumer that came late or
// was too slow reads instead. The publisher never waits and does not know its consumers.
//
// Threads    One, the book thread: everything but the constructor and the destructor.
// Guarantees noexcept, no allocation, no system call (the clocks are read through the vDSO) after the constructor, which
//            takes all memory and touches it.
// Ordering   The state of a symbol is written before the event: who notes the number of the next event and then reads
//            the states misses nothing. `next_event` of a state tells which events are in it already.
// Cost       quote(): 36 ns for one symbol, 42 with 8,192 symbols at random; 10 to 14 of them are the clock
//            reading (publishing_bench, medians of 15, Xeon at 2.3 GHz, virtual). Two cache lines are written; with consumers
//            on other cores add what their journeys cost.
// Errors     The constructor: one sentence, see shared_file.hpp.
#pragma once

#include <lln/latency/tsc_clock.hpp>
#include <lln/lock_free/broadcast_ring.hpp>
#include <lln/publishing/book_event.hpp>
#include <lln/publishing/layout.hpp>
#include <lln/publishing/shared_file.hpp>

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace lln::publishing {

struct PublisherOptions {
  std::string name;                  ///< others find us under it
  std::uint32_t symbols = 65'536;    ///< locates 0 .. symbols - 1; what is above is not published
  std::size_t ring_events = 65'536;  ///< a power of two: how far a consumer may fall behind
  mode_t mode = 0644;                ///< who may read
};

class Publisher {
 public:
  explicit Publisher(const PublisherOptions& options);
  ~Publisher();  // says that it has ended, and removes the name
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  /// Everything known so far is void: all states are cleared.
  void session(const SessionId& id) noexcept;
  void name(std::uint16_t locate, const Stock& stock) noexcept;
  void quote(std::uint16_t locate, const Quote& quote, const Cause& cause) noexcept;
  void trade(std::uint16_t locate, const TradePrint& trade, const Cause& cause) noexcept;
  /// After books_void() quotes may be wrong; before books_valid() come quote() for all that have changed.
  void books_void(const Cause& cause) noexcept;
  void books_valid(const Cause& cause) noexcept;
  void end_of_session(const Cause& cause) noexcept;

  /// A sign of life and where the feed stands; about every 10 ms.
  void beat(FeedPhase phase, std::uint64_t messages) noexcept;

  std::uint32_t symbols() const noexcept { return symbols_; }
  /// What the consumers know of this symbol.
  SymbolState state(std::uint16_t locate) const noexcept;
  std::uint64_t published() const noexcept { return published_; }

 private:
  void put(EventKind kind, const Cause& cause) noexcept;
  BookEvent event(EventKind kind, const Cause& cause) const noexcept;
  void send(const BookEvent& event) noexcept {
    ring_.publish(event);
    ++published_;
  }
  void show_feed() noexcept;

  SharedFile file_;
  Header* header_;
  SymbolCell* cells_;
  lock_free::BroadcastWriter<BookEvent> ring_;
  std::uint32_t symbols_;
  std::uint64_t published_ = 0;
  FeedStatus feed_;
};

}  // namespace lln::publishing
