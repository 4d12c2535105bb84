// Four rings from one producer to one consumer. Sound is right. Alder, Birch and Cedar each have one wrong memory
// order, which x86 forgives. All have the interface described at Sound. Not to be edited: the brief is in README.md.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <thread>

namespace lln::exercise {

inline constexpr std::size_t ring_capacity = 8;

struct Trade {
  std::uint64_t number = 0;
  std::uint64_t quantity = 0;
};

// What a ring saw of its test; relaxed, so that it orders nothing.
struct Seen {
  std::atomic<std::uint64_t> popped{0}, batches{0}, sums{0};
  std::atomic<std::thread::id> producer{}, consumer{};
};

template <std::memory_order publish_one, std::memory_order publish_batch, std::memory_order give_back,
          std::memory_order announce_close>
class RingOf {
 public:
  // Producer. False when full.
  bool try_push(const Trade& trade) {
    const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
    if (free_slots(tail) == 0) return false;
    slots_[tail % ring_capacity] = trade;
    note_push();
    tail_.store(tail + 1, publish_one);
    return true;
  }

  // Producer. As many as fit; returns how many.
  std::size_t push_batch(std::span<const Trade> trades) {
    const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
    const std::size_t count = std::min(trades.size(), free_slots(tail));
    for (std::size_t i = 0; i < count; ++i) slots_[(tail + i) % ring_capacity] = trades[i];
    if (count > 1) seen.batches.fetch_add(1, std::memory_order_relaxed);
    if (count > 0) note_push();
    tail_.store(tail + count, publish_batch);
    return count;
  }

  // Producer, once, after its last push: the sum of all quantities.
  void close(std::uint64_t sum) {
    sum_ = sum;
    closed_.store(true, announce_close);
  }

  // Consumer. False when empty.
  bool try_pop(Trade& trade) {
    const std::uint64_t head = head_.load(std::memory_order_relaxed);
    if (tail_.load(std::memory_order_acquire) == head) return false;
    trade = slots_[head % ring_capacity];
    seen.popped.fetch_add(1, std::memory_order_relaxed);
    seen.consumer.store(std::this_thread::get_id(), std::memory_order_relaxed);
    head_.store(head + 1, give_back);
    return true;
  }

  // Consumer. The sum, when the ring is closed.
  std::optional<std::uint64_t> closed_sum() {
    if (!closed_.load(std::memory_order_acquire)) return std::nullopt;
    seen.sums.fetch_add(1, std::memory_order_relaxed);
    return sum_;
  }

  Seen seen;

 private:
  std::size_t free_slots(std::uint64_t tail) {
    return ring_capacity - (tail - head_.load(std::memory_order_acquire));
  }
  void note_push() { seen.producer.store(std::this_thread::get_id(), std::memory_order_relaxed); }

  std::array<Trade, ring_capacity> slots_{};
  std::uint64_t sum_ = 0;
  std::atomic<bool> closed_{false};
  std::atomic<std::uint64_t> tail_{0};
  std::atomic<std::uint64_t> head_{0};
};

inline constexpr auto relaxed = std::memory_order_relaxed;
inline constexpr auto release = std::memory_order_release;

using Sound = RingOf<release, release, release, release>;
using Alder = RingOf<release, relaxed, release, release>;
using Birch = RingOf<release, release, relaxed, release>;
using Cedar = RingOf<release, release, release, relaxed>;

}  // namespace lln::exercise
