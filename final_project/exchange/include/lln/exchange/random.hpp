// A small seeded random generator (xoshiro256++): the same seed gives the same day on every machine and compiler.
//
// Threads: one thread an object. Guarantees: noexcept, no allocation, period 2^256 - 1. The standard library's
// distributions are not used because their results differ between libraries.
// Cost: under 1 ns a draw. Source: D. Blackman, S. Vigna, "Scrambled Linear Pseudorandom Number Generators", 2019;
// below(): D. Lemire, "Fast Random Integer Generation in an Interval", 2019, without the rejection step (bias < n / 2^32).
#pragma once

#include <bit>
#include <cstdint>

namespace lln::exchange {

class Random {
 public:
  /// `stream` separates independent uses of one seed (the flow, each line's impairments).
  explicit constexpr Random(std::uint64_t seed, std::uint64_t stream = 0) noexcept {
    std::uint64_t x = seed + stream * 0xD1342543DE82EF95;
    for (std::uint64_t& word : state_) {  // SplitMix64: never an all-zero state
      x += 0x9E3779B97F4A7C15;
      std::uint64_t z = x;
      z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
      z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
      word = z ^ (z >> 31);
    }
  }

  constexpr std::uint64_t next() noexcept {
    const std::uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
    const std::uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

  constexpr std::uint32_t next32() noexcept { return static_cast<std::uint32_t>(next() >> 32); }

  /// 0 .. n-1; n >= 1.
  constexpr std::uint32_t below(std::uint32_t n) noexcept {
    return static_cast<std::uint32_t>((std::uint64_t{next32()} * n) >> 32);
  }

  /// [0, 1) in steps of 2^-53.
  constexpr double unit() noexcept { return static_cast<double>(next() >> 11) * 0x1p-53; }

  /// True with this probability; 0 never, 1 always.
  constexpr bool chance(double probability) noexcept { return unit() < probability; }

 private:
  std::uint64_t state_[4]{};
};

}  // namespace lln::exchange
