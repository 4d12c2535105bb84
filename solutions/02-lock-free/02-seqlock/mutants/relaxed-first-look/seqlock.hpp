// mutant: every-interleaving model: the reader's first look is relaxed, and the words may be older than the version
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace lln::exercise {

template <class T, template <class> class Atomic = std::atomic>
class Seqlock {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  bool try_store(const T& value) {
    std::uint64_t version = version_.load(std::memory_order_relaxed);
    if (version % 2 != 0) return false;
    if (!version_.compare_exchange_strong(version, version + 1, std::memory_order_acquire,
                                          std::memory_order_relaxed)) {
      return false;
    }
    std::array<std::uint64_t, words> copy{};
    std::memcpy(copy.data(), &value, sizeof value);
    for (std::size_t i = 0; i < words; ++i) value_[i].store(copy[i], std::memory_order_release);
    version_.store(version + 2, std::memory_order_release);
    return true;
  }

  bool try_load(T& value) const {
    const std::uint64_t before = version_.load(std::memory_order_relaxed);
    if (before % 2 != 0) return false;
    std::array<std::uint64_t, words> copy;
    for (std::size_t i = 0; i < words; ++i) copy[i] = value_[i].load(std::memory_order_acquire);
    if (version_.load(std::memory_order_relaxed) != before) return false;
    std::memcpy(static_cast<void*>(&value), copy.data(), sizeof value);
    return true;
  }

 private:
  static constexpr std::size_t words = (sizeof(T) + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t);

  Atomic<std::uint64_t> version_{0};                // even: the value is whole; odd: it is being written
  std::array<Atomic<std::uint64_t>, words> value_;  // T's bytes, all zero at first
};

}  // namespace lln::exercise
