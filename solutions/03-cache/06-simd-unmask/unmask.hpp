// Solution of exercise 03-06; README.md says why it is right.
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

inline std::size_t unmask_bytes(std::span<std::byte> data, const Key& key, std::size_t phase) {
  for (std::size_t i = 0; i < data.size(); ++i) data[i] ^= key[(phase + i) % 4];
  return (phase + data.size()) % 4;
}

// The key as a run of bytes that begins at the phase: every word of the data meets the same one.
template <class Word>
Word turned(const Key& key, std::size_t phase) {
  std::array<std::byte, sizeof(Word)> bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = key[(phase + i) % 4];
  Word word;
  std::memcpy(&word, bytes.data(), sizeof word);
  return word;
}

inline std::size_t unmask_words(std::span<std::byte> data, const Key& key, std::size_t phase) {
  const auto mask = turned<std::uint64_t>(key, phase);
  std::size_t done = 0;
  for (; data.size() - done >= sizeof mask; done += sizeof mask) {
    std::uint64_t word;
    std::memcpy(&word, data.data() + done, sizeof word);  // one load, at any address
    word ^= mask;
    std::memcpy(data.data() + done, &word, sizeof word);
  }
  return unmask_bytes(data.subspan(done), key, phase + done);
}

#if defined(LLN_HAS_AVX2_CODE)
[[gnu::target("avx2")]] inline std::size_t unmask_avx2(std::span<std::byte> data, const Key& key,
                                                       std::size_t phase) {
  int word;
  const auto first_four = turned<std::uint32_t>(key, phase);
  std::memcpy(&word, &first_four, sizeof word);
  const __m256i mask = _mm256_set1_epi32(word);
  std::size_t done = 0;
  for (; data.size() - done >= sizeof mask; done += sizeof mask) {
    auto* const place = reinterpret_cast<__m256i*>(data.data() + done);
    _mm256_storeu_si256(place, _mm256_xor_si256(_mm256_loadu_si256(place), mask));
  }
  return unmask_words(data.subspan(done), key, phase + done);
}
#endif

enum class Path { bytes, words, avx2 };

inline Path best_path() {
#if defined(LLN_HAS_AVX2_CODE)
  if (__builtin_cpu_supports("avx2")) return Path::avx2;
#endif
  return Path::words;
}

inline std::size_t unmask(std::span<std::byte> data, const Key& key, std::size_t phase) {
  static const Path path = best_path();
#if defined(LLN_HAS_AVX2_CODE)
  if (path == Path::avx2) return unmask_avx2(data, key, phase);
#endif
  return path == Path::bytes ? unmask_bytes(data, key, phase) : unmask_words(data, key, phase);
}

}  // namespace lln::exercise
