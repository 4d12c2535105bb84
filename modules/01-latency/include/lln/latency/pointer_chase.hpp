// PointerChase: loads of which each one's address is the value of the one before, so that none of them overlap.
//
// What a step costs is the latency of the cache or memory in which the bytes lie: the processor can neither begin the
// next load early nor guess it, because the lines are chained in a random order.
//
// Threads    One at a time for the same bytes.
// Allocation In the constructor: four bytes a line, given back at its end.
// Guarantee  The chain is one cycle through all whole lines (Sattolo's shuffle): a run of n steps has touched min(n,
//            lines()) of them.
// Cost       A step is one load and nothing else in the loop but its counter.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <numeric>
#include <random>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

namespace lln::latency {

class PointerChase {
 public:
  static constexpr std::size_t line = 64;

  // Over the caller's memory, which must outlive the chase and is overwritten; it begins at a multiple of 8 and holds
  // at least one line, else std::invalid_argument. The same seed gives the same order.
  explicit PointerChase(std::span<std::byte> memory, std::uint64_t seed = 42)
      : at_(memory.data()), lines_(memory.size() / line) {
    if (lines_ == 0 || lines_ > std::size_t{1} << 32 ||
        reinterpret_cast<std::uintptr_t>(memory.data()) % alignof(std::byte*) != 0) {
      throw std::invalid_argument("PointerChase: needs memory for 1 to 2^32 lines, aligned for pointers");
    }
    // #region cycle
    std::vector<std::uint32_t> order(lines_);
    std::iota(order.begin(), order.end(), 0U);
    std::mt19937_64 random(seed);
    for (std::size_t i = lines_ - 1; i > 0; --i) std::swap(order[i], order[random() % i]);
    for (std::size_t i = 0; i < lines_; ++i) {
      std::byte* const next = memory.data() + std::size_t{order[i + 1 < lines_ ? i + 1 : 0]} * line;
      ::new (memory.data() + std::size_t{order[i]} * line) std::byte*(next);
    }
    // #endregion cycle
  }

  // #region run
  // So many steps, from where the last run ended.
  void run(std::size_t steps) noexcept {
    std::byte* at = at_;
    for (std::size_t i = 0; i < steps; ++i) at = *reinterpret_cast<std::byte**>(at);
    asm volatile("" : "+r"(at) : : "memory");  // or the compiler would drop a loop without a result
    at_ = at;
  }
  // #endregion run

  const std::byte* place() const noexcept { return at_; }
  std::size_t lines() const noexcept { return lines_; }

 private:
  std::byte* at_;
  std::size_t lines_;
};

}  // namespace lln::latency
