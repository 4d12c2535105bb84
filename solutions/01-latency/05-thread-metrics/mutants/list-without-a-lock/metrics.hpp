// mutant: while-recording tsan: total() walks through the list while attach() changes it
// Latency counters: each thread counts in its own recorder, an aggregator adds them up at any time.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <numeric>
#include <utility>
#include <vector>

namespace lln::exercise {

// Cell k counts the latencies with k significant bits: 0, 1, 2..3, 4..7, and so on.
inline constexpr std::size_t cells = 65;
inline constexpr std::size_t cell_of(std::uint64_t ns) {
  return static_cast<std::size_t>(std::bit_width(ns));
}

struct Snapshot {
  std::array<std::uint64_t, cells> counts{};
  std::uint64_t count() const { return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}); }
};

// The tests pass an atomic that counts how it is used; everybody else uses std::atomic.
template <template <class> class Atomic = std::atomic>
class Metrics {
 public:
  // The counters lie in the recorder itself, and no cache line (64 bytes) holds those of two recorders.
  class alignas(64) Recorder {
   public:
    // Called by one thread only, any number of times. No lock, no read-modify-write instruction, no
    // allocation, no write but to this recorder.
    void record(std::uint64_t ns) noexcept {
      // One writer: nobody can come between the load and the store.
      Atomic<std::uint64_t>& count = counts_[cell_of(ns)];
      count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }

   private:
    friend class Metrics;
    std::array<Atomic<std::uint64_t>, cells> counts_{};
    alignas(64) std::array<std::uint64_t, cells> taken_{};  // by interval(), under the mutex
  };

  // A recorder for the calling thread. It stays where it is until the Metrics is destroyed, and what it has
  // counted stays in the totals when its thread has ended. Any thread, at any time.
  Recorder& attach() {
    const std::lock_guard lock(mutex_);
    recorders_.push_back(std::make_unique<Recorder>());
    return *recorders_.back();
  }

  // All that was recorded so far. Any thread, while others record: what happened before the call is counted,
  // what goes on during it may be or not, and no count is ever lower than in an earlier snapshot.
  Snapshot total() const {
    Snapshot all;
    for (const auto& recorder : recorders_) {
      for (std::size_t cell = 0; cell < cells; ++cell) {
        all.counts[cell] += recorder->counts_[cell].load(std::memory_order_relaxed);
      }
    }
    return all;
  }

  // What was recorded since the last interval(), or since the start: each record is in exactly one interval.
  // total() does not notice. Any thread, while others record.
  Snapshot interval() {
    Snapshot fresh;
    const std::lock_guard lock(mutex_);
    for (const auto& recorder : recorders_) {
      for (std::size_t cell = 0; cell < cells; ++cell) {
        const std::uint64_t count = recorder->counts_[cell].load(std::memory_order_relaxed);
        fresh.counts[cell] += count - std::exchange(recorder->taken_[cell], count);
      }
    }
    return fresh;
  }

 private:
  mutable std::mutex mutex_;  // of the list and of taken_; record() never waits for it
  std::vector<std::unique_ptr<Recorder>> recorders_;
};

}  // namespace lln::exercise
