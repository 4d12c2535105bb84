// Exercise 03-06: the payload of a WebSocket frame is masked with a key of four bytes. The brief is in README.md.
//
// All functions do the same: data[i] ^= key[(phase + i) % 4], in place, for data at any address and of any length; and
// they return the phase with which the next fragment of the same frame goes on. They touch no byte outside of data, not
// even by reading.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#if defined(__x86_64__)
#include <immintrin.h>
#define LLN_HAS_AVX2_CODE 1
#endif

namespace lln::exercise {

using Key = std::array<std::byte, 4>;

// One byte after the other.
inline std::size_t unmask_bytes(std::span<std::byte> data, const Key& key, std::size_t phase) {
  static_cast<void>(data);  // TODO 1
  static_cast<void>(key);
  return phase;
}

// Eight bytes at a time, the rest by bytes: at most one instruction a byte.
inline std::size_t unmask_words(std::span<std::byte> data, const Key& key, std::size_t phase) {
  static_cast<void>(data);  // TODO 2
  static_cast<void>(key);
  return phase;
}

#if defined(LLN_HAS_AVX2_CODE)
// 32 bytes at a time. Called only where the CPU has AVX2; the compiler is told by the attribute.
[[gnu::target("avx2")]] inline std::size_t unmask_avx2(std::span<std::byte> data, const Key& key,
                                                       std::size_t phase) {
  static_cast<void>(data);  // TODO 3
  static_cast<void>(key);
  return phase;
}
#endif

enum class Path { bytes, words, avx2 };

// The widest that this CPU can take.
inline Path best_path() {
  return Path::bytes;  // TODO 4
}

// By the best path. The CPU is asked once, not for each message.
inline std::size_t unmask(std::span<std::byte> data, const Key& key, std::size_t phase) {
  static_cast<void>(data);  // TODO 4
  static_cast<void>(key);
  return phase;
}

}  // namespace lln::exercise
