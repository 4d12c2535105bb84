// Latency counters: each thread counts in its own recorder, an aggregator adds them up at any time.
//
// Only this file is edited.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <numeric>
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
  class Recorder {
   public:
    // Called by one thread only, any number of times. No lock, no read-modify-write instruction, no
    // allocation, no write but to this recorder.
    void record(std::uint64_t ns) noexcept {
      // TODO
      (void)ns;
    }

   private:
    friend class Metrics;
    // TODO: the counters
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
    // TODO
    return {};
  }

  // What was recorded since the last interval(), or since the start: each record is in exactly one interval.
  // total() does not notice. Any thread, while others record.
  Snapshot interval() {
    // TODO
    return {};
  }

 private:
  mutable std::mutex mutex_;  // of the list; record() never waits for it
  std::vector<std::unique_ptr<Recorder>> recorders_;
};

}  // namespace lln::exercise
