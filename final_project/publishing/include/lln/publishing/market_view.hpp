// MarketView: a consumer that is never wrong for long. Events while it keeps up; when it was lapped, or comes late, the
// latest state of each symbol, and events again from there.
//
// The sink, all functions noexcept:
//   void on_state(std::uint16_t locate, const SymbolState& state)   the latest of one symbol, in place of its events
//   void on_quote(const BookEvent& event)
//   void on_trade(const BookEvent& event)
//   void on_feed(const BookEvent& event)    session, books_void, books_valid, end
//
// Threads    One. Guarantees: noexcept, no allocation after the constructor; a poll() handles at most `most` events, but
//            reads all states when it has been lapped.
#pragma once

#include <lln/publishing/book_event.hpp>
#include <lln/publishing/subscriber.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lln::publishing {

template <class Sink>
class MarketView {
 public:
  MarketView(Subscriber& subscriber, Sink& sink)
      : subscriber_(subscriber), sink_(sink), known_(subscriber.symbols()) {
    unread_.reserve(subscriber.symbols());
    read_states();
  }

  /// Events and states handed on; 0: nothing new.
  std::size_t poll(std::size_t most = 64) noexcept {
    std::size_t done = unread_.empty() ? 0 : read_unread();
    for (; done < most; ++done) {
      BookEvent event;
      const std::uint64_t number = subscriber_.next_event();
      const ReadResult result = subscriber_.read(event);
      if (result == ReadResult::empty) break;
      if (result == ReadResult::lapped) {
        ++overruns_;
        subscriber_.resume_now();
        return done + read_states();
      }
      hand_on(event, number);
    }
    return done;
  }

  /// Times that the publisher was a whole ring ahead.
  std::uint64_t overruns() const noexcept { return overruns_; }

 private:
  void hand_on(const BookEvent& event, std::uint64_t number) noexcept {
    if (event.kind != EventKind::quote && event.kind != EventKind::trade) return sink_.on_feed(event);
    // What came out of a state at a moment later than this event is newer than it.
    if (event.locate >= known_.size() || number < known_[event.locate]) return;
    event.kind == EventKind::quote ? sink_.on_quote(event) : sink_.on_trade(event);
  }

  std::size_t read_states() noexcept {
    unread_.clear();
    for (std::uint32_t i = 0; i < subscriber_.symbols(); ++i)
      unread_.push_back(static_cast<std::uint16_t>(i));
    return read_unread();
  }

  // All but those that the publisher is in the middle of writing: taken off its CPU just then, it is waited for from
  // poll() to poll(), and a publisher that died there keeps nobody.
  std::size_t read_unread() noexcept {
    std::size_t told = 0;
    std::erase_if(unread_, [&](std::uint16_t locate) {
      SymbolState state;
      if (!load(locate, state)) return false;
      const bool empty = state.next_event == 0 && state.stock == Stock{};
      if (empty) return true;
      known_[locate] = state.next_event;
      sink_.on_state(locate, state);
      ++told;
      return true;
    });
    return told;
  }

  // A state is written in some ns.
  bool load(std::uint16_t locate, SymbolState& state) const noexcept {
    for (int tries = 0; tries < 100; ++tries) {
      if (subscriber_.load_state(locate, state)) return true;
    }
    return false;
  }

  Subscriber& subscriber_;
  Sink& sink_;
  std::vector<std::uint64_t> known_;   // by locate: the first event that is not known yet
  std::vector<std::uint16_t> unread_;  // locates whose state is still to be read
  std::uint64_t overruns_ = 0;
};

}  // namespace lln::publishing
