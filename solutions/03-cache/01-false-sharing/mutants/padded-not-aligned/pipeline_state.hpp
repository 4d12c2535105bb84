// mutant: own-lines release: padding keeps the two apart, but nothing keeps the object's neighbours away
#pragma once

#include <lln/cache/cache_aligned.hpp>

#include <atomic>
#include <cstdint>

namespace lln::exercise {

struct Look {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  std::uint64_t applied = 0;
  std::uint64_t messages = 0;
  std::uint64_t waiting = 0;
};

template <template <class> class Atomic = std::atomic>
class PipelineState {
 public:
  void received(std::uint64_t bytes) {
    add(receiver_.bytes, bytes, std::memory_order_relaxed);
    add(receiver_.packets, 1, std::memory_order_relaxed);
  }

  void applied(std::uint64_t messages) {
    add(book_.messages, messages, std::memory_order_relaxed);
    add(book_.packets, 1, std::memory_order_release);
  }

  bool stopped() const { return stop_.load(std::memory_order_relaxed); }
  void stop() { stop_.store(true, std::memory_order_relaxed); }

  Look look() const {
    Look look;
    look.applied = book_.packets.load(std::memory_order_acquire);  // first: what grows later is the other
    look.messages = book_.messages.load(std::memory_order_relaxed);
    look.packets = receiver_.packets.load(std::memory_order_relaxed);
    look.bytes = receiver_.bytes.load(std::memory_order_relaxed);
    look.waiting = look.packets - look.applied;
    return look;
  }

 private:
  // One writer each: nobody comes between the load and the store.
  static void add(Atomic<std::uint64_t>& counter, std::uint64_t by, std::memory_order order) {
    counter.store(counter.load(std::memory_order_relaxed) + by, order);
  }

  struct Receiver {
    Atomic<std::uint64_t> packets{0};
    Atomic<std::uint64_t> bytes{0};
  };
  struct Book {
    Atomic<std::uint64_t> packets{0};
    Atomic<std::uint64_t> messages{0};
  };

  Receiver receiver_;
  [[maybe_unused]] char padding_1_[cache::cache_line]{};
  Book book_;
  [[maybe_unused]] char padding_2_[cache::cache_line]{};
  Atomic<bool> stop_{false};
};

}  // namespace lln::exercise
