// LiveView: what other threads may see of a running handler: counters, and the ladder of one symbol.
//
// The book thread publishes now and then (every ~10 ms, in idle moments): a dozen relaxed stores, and a ladder only
// when the reader has asked since. The reader copies; it never touches the books and never makes the writer wait.
//
// Threads: publish_*() the book thread; the rest one reader. Guarantees: noexcept, no allocation; the writer is
// wait-free; a ladder is never a mix of two (sequence lock).
// Source: H.-J. Boehm, "Can seqlocks get along with programming language memory models?", MSPC 2012.
#pragma once

#include <lln/handler_api.hpp>

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace lln::handler {

class LiveView {
 public:
  void publish_status(const app::LiveStatus& status) noexcept {
    // Relaxed: independent numbers for a progress line; a reader may see one newer than another.
    packets_.store(status.packets, std::memory_order_relaxed);
    messages_.store(status.messages, std::memory_order_relaxed);
    gaps_.store(status.gaps, std::memory_order_relaxed);
    unrecovered_.store(status.unrecovered, std::memory_order_relaxed);
    kernel_drops_.store(status.kernel_drops, std::memory_order_relaxed);
    state_.store(status.state, std::memory_order_relaxed);
  }

  app::LiveStatus status() const noexcept {
    return {packets_.load(std::memory_order_relaxed),      messages_.load(std::memory_order_relaxed),
            gaps_.load(std::memory_order_relaxed),         unrecovered_.load(std::memory_order_relaxed),
            kernel_drops_.load(std::memory_order_relaxed), state_.load(std::memory_order_relaxed)};
  }

  bool ladder_wanted() const noexcept { return wanted_.load(std::memory_order_relaxed); }

  void publish_ladder(const app::Ladder& ladder) noexcept {
    Words words;
    std::memcpy(words.data(), &ladder, sizeof ladder);
    const std::uint64_t version = version_.load(std::memory_order_relaxed);  // written by this thread only
    version_.store(version + 1, std::memory_order_relaxed);
    // Release fence: no word is stored before the odd version is visible.
    std::atomic_thread_fence(std::memory_order_release);
    for (std::size_t i = 0; i < words.size(); ++i) words_[i].store(words[i], std::memory_order_relaxed);
    // Release: the even version announces complete words.
    version_.store(version + 2, std::memory_order_release);
    wanted_.store(false, std::memory_order_relaxed);
  }

  /// The newest ladder, and the wish for a newer one. False: none yet, or it is being written right now.
  bool ladder(app::Ladder& out) noexcept {
    wanted_.store(true, std::memory_order_relaxed);
    Words words;
    // Acquire: the words read next are at least as new as this version.
    const std::uint64_t before = version_.load(std::memory_order_acquire);
    for (std::size_t i = 0; i < words.size(); ++i) words[i] = words_[i].load(std::memory_order_relaxed);
    // Acquire fence: the words are read before the version is read again.
    std::atomic_thread_fence(std::memory_order_acquire);
    const std::uint64_t after = version_.load(std::memory_order_relaxed);
    if (before == 0 || before % 2 != 0 || before != after) return false;
    std::memcpy(static_cast<void*>(&out), words.data(), sizeof out);
    return true;
  }

 private:
  static_assert(std::is_trivially_copyable_v<app::Ladder>);
  using Words = std::array<std::uint64_t, (sizeof(app::Ladder) + 7) / 8>;

  std::atomic<std::uint64_t> packets_{0};
  std::atomic<std::uint64_t> messages_{0};
  std::atomic<std::uint64_t> gaps_{0};
  std::atomic<std::uint64_t> unrecovered_{0};
  std::atomic<std::uint64_t> kernel_drops_{0};
  std::atomic<app::FeedState> state_{app::FeedState::waiting};
  std::atomic<bool> wanted_{false};
  std::atomic<std::uint64_t> version_{0};  // odd: being written
  std::array<std::atomic<std::uint64_t>, std::tuple_size_v<Words>> words_{};
};

}  // namespace lln::handler
