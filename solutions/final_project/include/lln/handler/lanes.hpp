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

/// Four numbers from any address.
template <class T>
Lanes load_lanes(const T* from) noexcept {
  Lanes lanes;
  std::memcpy(&lanes, from, sizeof lanes);
  return lanes;
}
template <class T>
void store_lanes(T* to, Lanes lanes) noexcept {
  std::memcpy(to, &lanes, sizeof lanes);
}

inline Lanes all_lanes(std::int32_t value) noexcept { return Lanes{value, value, value, value}; }

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
