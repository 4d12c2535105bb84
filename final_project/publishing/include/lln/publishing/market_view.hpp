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
    read_states();
  }

  /// Events and states handed on; 0: nothing new.
  std::size_t poll(std::size_t most = 64) noexcept {
    std::size_t done = 0;
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
    std::size_t read = 0;
    SymbolState state;
    for (std::uint32_t i = 0; i < subscriber_.symbols(); ++i) {
      const auto locate = static_cast<std::uint16_t>(i);
      if (!load(locate, state)) continue;
      const bool empty = state.next_event == 0 && state.stock == Stock{};
      if (empty) continue;
      known_[i] = state.next_event;
      sink_.on_state(locate, state);
      ++read;
    }
    return read;
  }

  // The publisher writes a state in some ns. When it dies meanwhile, the state is never whole again.
  bool load(std::uint16_t locate, SymbolState& state) const noexcept {
    for (int tries = 0; tries < 1000; ++tries) {
      if (subscriber_.load_state(locate, state)) return true;
    }
    return false;
  }

  Subscriber& subscriber_;
  Sink& sink_;
  std::vector<std::uint64_t> known_;  // by locate: the first event that is not known yet
  std::uint64_t overruns_ = 0;
};

}  // namespace lln::publishing
