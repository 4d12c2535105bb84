// MpscQueue: bounded queue from many producer threads to one consumer: one ring for each producer, and a consumer
// that goes round them. Producers never meet: a push costs what SpscRing's push costs, however many there are.
// The price: items of different producers have no order among each other.
//
// Threads    Each Producer belongs to one thread at a time. One consumer (try_pop, try_pop_batch). producer():
//            any thread.
// Ordering   The items of one Producer come out in its order. What it did before a push happens before what the
//            consumer does after the pop.
// Progress   Wait-free: a push looks at its own ring only; a pop looks at each ring at most once. A producer that
//            stops anywhere hinders nobody else.
// Fairness   The consumer leaves a ring after `burst` items, also when it holds more.
// Allocation All in the constructor. No system call after that.
// Cost       README.md, "Measured"; memory: producers x capacity items.
// Source     Per-producer queues behind one consumer: C. Desrochers, "A Fast General Purpose Lock-Free Queue for
//            C++", 2014. The rings: spsc_ring.hpp.
//
// Items: the table of spsc_ring.hpp, ring by ring. Beyond it:
//
//   who         what   does           order    why
//   producer()  taken  load           relaxed  a look before the exchange; decides nothing
//   producer()  taken  exchange true  acquire  pairs with the give-back: the new owner sees the ring's private
//                                              index as the last owner left it
//   ~Producer   taken  store false    release  hands the ring over
#pragma once

#include <lln/lock_free/cache_line.hpp>
#include <lln/lock_free/spsc_ring.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

namespace lln::lock_free {

template <class T>
class MpscQueue {
  struct Lane {
    explicit Lane(std::size_t capacity) : ring(capacity) {}
    SpscRing<T> ring;
    alignas(cache_line) std::atomic<bool> taken{false};
  };

 public:
  using value_type = T;
  static constexpr std::size_t burst = 64;

  // producers: how many may hold a Producer at a time, at least 1; capacity_each: a power of two.
  // Else std::invalid_argument.
  MpscQueue(std::size_t producers, std::size_t capacity_each) {
    if (producers == 0) throw std::invalid_argument("MpscQueue: no producers");
    for (std::size_t i = 0; i < producers; ++i) lanes_.push_back(std::make_unique<Lane>(capacity_each));
  }

  MpscQueue(const MpscQueue&) = delete;
  MpscQueue& operator=(const MpscQueue&) = delete;

  // ---- producers ----

  // The right to push, given back by the destructor; what was pushed stays in the queue.
  class Producer {
   public:
    Producer(Producer&& other) noexcept : lane_(std::exchange(other.lane_, nullptr)) {}
    Producer& operator=(Producer&&) = delete;
    ~Producer() {
      if (lane_ != nullptr) lane_->taken.store(false, std::memory_order_release);
    }

    // False when this producer's ring is full; the argument is then untouched.
    bool try_push(const T& value) noexcept(std::is_nothrow_copy_constructible_v<T>) {
      return lane_->ring.try_push(value);
    }
    bool try_push(T&& value) noexcept { return lane_->ring.try_push(std::move(value)); }

    // As many items from the front as fit; returns how many.
    std::size_t try_push_batch(std::span<T> items) noexcept { return lane_->ring.try_push_batch(items); }

   private:
    friend class MpscQueue;
    explicit Producer(Lane* lane) noexcept : lane_(lane) {}
    Lane* lane_;
  };

  // Empty when all are taken.
  std::optional<Producer> producer() noexcept {
    for (const auto& lane : lanes_) {
      if (lane->taken.load(std::memory_order_relaxed)) continue;
      if (!lane->taken.exchange(true, std::memory_order_acquire)) return Producer(lane.get());
    }
    return std::nullopt;
  }

  // ---- consumer ----

  // #region mpsc-pop
  // False when every ring was found empty; value is then untouched.
  bool try_pop(T& value) noexcept {
    if (from_this_lane_ == burst) next_lane();
    for (std::size_t looked = 0; looked < lanes_.size(); ++looked) {
      if (lanes_[lane_]->ring.try_pop(value)) {
        ++from_this_lane_;
        return true;
      }
      next_lane();
    }
    return false;
  }
  // #endregion mpsc-pop

  // Up to out.size() items, ring by ring; returns how many.
  std::size_t try_pop_batch(std::span<T> out) noexcept {
    if (from_this_lane_ == burst) next_lane();
    std::size_t count = 0;
    for (std::size_t looked = 0; looked < lanes_.size() && count < out.size(); ++looked) {
      const std::size_t room = std::min(out.size() - count, burst - from_this_lane_);
      const std::size_t popped = lanes_[lane_]->ring.try_pop_batch(out.subspan(count, room));
      count += popped;
      from_this_lane_ += popped;
      if (popped < room || from_this_lane_ == burst) next_lane();
    }
    return count;
  }

 private:
  void next_lane() noexcept {
    lane_ = lane_ + 1 == lanes_.size() ? 0 : lane_ + 1;
    from_this_lane_ = 0;
  }

  std::vector<std::unique_ptr<Lane>> lanes_;
  alignas(cache_line) std::size_t lane_ = 0;  // the consumer's: where it looks next
  std::size_t from_this_lane_ = 0;            // items taken there since it came
};

}  // namespace lln::lock_free
