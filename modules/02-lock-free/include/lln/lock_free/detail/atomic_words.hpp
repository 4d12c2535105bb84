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
    std::array<std::uint64_t, count> copy{};
    std::memcpy(copy.data(), &value, sizeof value);
    for (std::size_t i = 0; i < count; ++i) words_[i].store(copy[i], order);
  }

  // into: untouched padding and all; not a T before the caller has found it whole.
  void load(std::array<std::uint64_t, count>& into, std::memory_order order) const noexcept {
    for (std::size_t i = 0; i < count; ++i) into[i] = words_[i].load(order);
  }

 private:
  std::array<std::atomic<std::uint64_t>, count> words_{};
};

}  // namespace lln::lock_free::detail
