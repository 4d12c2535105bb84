// Exercise 03-04: one stage of a pipeline whose stages work on one ring of slots, in place. The brief is in README.md.
//
//   receiver -> decoder -> book -> receiver (the slots that the book is done with)
//
//   Stage receiver(64, 16), decoder(0, 16), book(0, 16);           // a ring of 64 slots; indices told every 16 items
//   receiver.follow(book), decoder.follow(receiver), book.follow(decoder);
//   while (...) {                                                  // in the decoder's thread
//     const std::size_t items = decoder.available();
//     for (std::size_t i = 0; i < items; ++i) decode(slots[(decoder.position() + i) % 64]);
//     decoder.done(items);
//   }
//
// Use Atomic<...> for what another thread reads and Field<...> for what only the own thread touches: the tests put
// types in their place that count.
#pragma once

#include <lln/cache/cache_aligned.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace lln::exercise {

template <class T>
using Plain = T;

template <template <class> class Atomic = std::atomic, template <class> class Field = Plain>
class Stage {
 public:
  // lead: how many items this stage may be ahead of the one that it follows: the slots of the ring for the first
  // stage, 0 for the others. publish_every: items, at least 1. first: where all indices start; the tests start just
  // below 2^64, and so the indices wrap.
  Stage(std::size_t lead, std::size_t publish_every, std::uint64_t first = 0) {
    static_cast<void>(lead);  // TODO 1
    static_cast<void>(publish_every);
    static_cast<void>(first);
  }

  // Before anything else. Both have the same `first`.
  void follow(const Stage& other) { other_ = &other; }

  // The number of items that this stage may work on now, beginning with position(). Looks at the other stage's index
  // only when it knows of no item. Who is told 0 has no progress held back any more.
  std::size_t available() {
    return 0;  // TODO 1, TODO 2
  }

  // The first `count` of those are finished. The other threads are told of them when publish_every items have come
  // together: in one store.
  void done(std::size_t count) {
    static_cast<void>(count);  // TODO 1, TODO 3
  }

  // Tells of what is held back; stores nothing when there is nothing.
  void flush() {}  // TODO 3

  // The next item of this stage, for its own thread.
  std::uint64_t position() const {
    return 77;  // TODO 1
  }

  // What this stage has published. Any thread.
  std::uint64_t published() const { return published_.load(std::memory_order_relaxed); }

 private:
  // TODO 4: the line that the next stage reads holds nothing that changes with each item.
  Atomic<std::uint64_t> published_{0};
  const Stage* other_ = nullptr;
};

}  // namespace lln::exercise
