// A value kept as atomic words, so that reading it while it is being written is a defined operation with a
// possibly mixed result, and not a data race. Who uses it decides afterwards whether the result is whole.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace lln::lock_free::detail {

template <class T>
class AtomicWords {
  static_assert(std::is_trivially_copyable_v<T>, "a value is copied word by word: it must be plain bytes");
  static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

 public:
  static constexpr std::size_t count = (sizeof(T) + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t);

  void store(const T& value, std::memory_order order) noexcept {
    // Word by word: a copy of the whole would read, with wide loads, what the caller has just written with narrow
    // stores, and wait for those to reach the cache.
    constexpr std::size_t whole = sizeof(T) / sizeof(std::uint64_t);
    const auto* bytes = reinterpret_cast<const unsigned char*>(&value);
    for (std::size_t i = 0; i < whole; ++i) {
      std::uint64_t word;
      std::memcpy(&word, bytes + i * sizeof word, sizeof word);
      words_[i].store(word, order);
    }
    if constexpr (whole < count) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes + whole * sizeof word, sizeof value % sizeof word);
      words_[whole].store(word, order);
    }
  }

  // into: untouched padding and all; not a T before the caller has found it whole.
  void load(std::array<std::uint64_t, count>& into, std::memory_order order) const noexcept {
    for (std::size_t i = 0; i < count; ++i) into[i] = words_[i].load(order);
  }

 private:
  std::array<std::atomic<std::uint64_t>, count> words_{};
};

}  // namespace lln::lock_free::detail
