// Four numbers at a time, for the few places where a loop with an unpredictable end would cost more than its work.
//
// GCC's and clang's vector extension: SSE2 on x86-64 and NEON on aarch64, both part of the base architecture. At -O2
// GCC 12 neither unrolls nor vectorises such short loops.
// Threads: pure functions. Source: GCC manual, "Using Vector Instructions through Built-in Functions".
#pragma once

#include <cstdint>
#include <cstring>

namespace lln::handler {

using Lanes = std::int32_t __attribute__((vector_size(16)));
using Lanes64 = std::int64_t __attribute__((vector_size(16)));

/// Four numbers from any address.
template <class T>
Lanes load_lanes(const T* from) noexcept {
  Lanes lanes;
  std::memcpy(&lanes, from, sizeof lanes);
  return lanes;
}
template <class T>
Lanes64 load_lanes64(const T* from) noexcept {
  Lanes64 lanes;
  std::memcpy(&lanes, from, sizeof lanes);
  return lanes;
}
template <class T>
void store_lanes(T* to, Lanes lanes) noexcept {
  std::memcpy(to, &lanes, sizeof lanes);
}

inline Lanes all_lanes(std::int32_t value) noexcept { return Lanes{value, value, value, value}; }
inline Lanes64 all_lanes64(std::int64_t value) noexcept { return Lanes64{value, value}; }

/// Of two results of comparing 64-bit lanes, one of comparing 32-bit lanes.
inline Lanes narrow(Lanes64 low, Lanes64 high) noexcept {
  Lanes a;
  Lanes b;
  std::memcpy(&a, &low, sizeof a);
  std::memcpy(&b, &high, sizeof b);
  return __builtin_shufflevector(a, b, 0, 2, 4, 6);
}

/// Bit i for lane i of the result of a comparison.
inline unsigned bits_of(Lanes comparison) noexcept {
#if defined(__SSE2__)
  using Floats = float __attribute__((vector_size(16)));
  Floats floats;
  std::memcpy(&floats, &comparison, sizeof floats);
  return static_cast<unsigned>(__builtin_ia32_movmskps(floats));
#else
  Lanes bits = comparison & Lanes{1, 2, 4, 8};
  bits |= __builtin_shufflevector(bits, bits, 2, 3, 0, 1);
  bits |= __builtin_shufflevector(bits, bits, 1, 0, 3, 2);
  return static_cast<unsigned>(bits[0]);
#endif
}

}  // namespace lln::handler
