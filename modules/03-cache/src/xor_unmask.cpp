#include <lln/cache/xor_unmask.hpp>

#include <bit>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace lln::cache {
namespace {

// The key as it lies over a byte `offset` bytes on, in memory order.
std::uint32_t rotated(std::uint32_t key, std::size_t offset) noexcept {
  const int bits = static_cast<int>(offset % 4 * 8);
  return std::endian::native == std::endian::little ? std::rotr(key, bits) : std::rotl(key, bits);
}
std::uint32_t key_at(MaskKey key, std::size_t phase) noexcept {
  return rotated(std::bit_cast<std::uint32_t>(key), phase);
}

void unmask_bytes(std::span<std::byte> payload, MaskKey key, std::size_t phase) noexcept {
  for (std::size_t i = 0; i < payload.size(); ++i) payload[i] ^= key[(phase + i) % 4];
}

// memcpy is how C++ reads a word from any address: a reinterpret_cast to std::uint64_t* is undefined behaviour here,
// whether the address is aligned or not. It compiles to the same one instruction.
// #region words
template <class Word>
Word load(const std::byte* at) noexcept {
  Word word;
  std::memcpy(&word, at, sizeof word);
  return word;
}
template <class Word>
void store(std::byte* at, Word word) noexcept {
  std::memcpy(at, &word, sizeof word);
}

constexpr std::uint64_t twice(std::uint32_t key) noexcept { return key * 0x1'0000'0001ULL; }

void unmask_words(std::span<std::byte> payload, MaskKey key, std::size_t phase) noexcept {
  const std::uint64_t mask = twice(key_at(key, phase));
  std::byte* at = payload.data();
  std::size_t left = payload.size();
  for (; left >= 8; left -= 8, at += 8) store(at, load<std::uint64_t>(at) ^ mask);
  for (std::size_t i = 0; i < left; ++i) at[i] ^= key[(phase + i) % 4];  // whole words keep the phase
}
// #endregion words

#if defined(__x86_64__) || defined(__aarch64__)
// The last block lies over the one before: it is read before anything is written, so that both write the same there.
template <class Word>
void unmask_two_overlapping(std::byte* at, std::size_t n, std::uint32_t key) noexcept {
  constexpr std::size_t width = sizeof(Word);
  const auto first = static_cast<Word>(twice(key));
  const auto second = static_cast<Word>(twice(rotated(key, n - width)));
  const Word end = load<Word>(at + n - width) ^ second;
  store(at, static_cast<Word>(load<Word>(at) ^ first));
  store(at + n - width, end);
}
// Up to 15 bytes.
void unmask_short(std::byte* at, std::size_t n, std::uint32_t key) noexcept {
  if (n >= 8) return unmask_two_overlapping<std::uint64_t>(at, n, key);
  if (n >= 4) return unmask_two_overlapping<std::uint32_t>(at, n, key);
  const auto bytes = std::bit_cast<MaskKey>(key);
  for (std::size_t i = 0; i < n; ++i) at[i] ^= bytes[i];
}
#endif

#if defined(__x86_64__)
void unmask_sse2(std::byte* at, std::size_t n, std::uint32_t key) noexcept {
  if (n < 16) return unmask_short(at, n, key);
  const auto block = [](std::byte* p) { return reinterpret_cast<__m128i*>(p); };
  const __m128i mask = _mm_set1_epi32(static_cast<int>(key));
  const __m128i end_mask = _mm_set1_epi32(static_cast<int>(rotated(key, n - 16)));
  const __m128i end = _mm_xor_si128(_mm_loadu_si128(block(at + n - 16)), end_mask);
#pragma GCC unroll 4
  for (std::size_t i = 0; i + 16 <= n; i += 16)
    _mm_storeu_si128(block(at + i), _mm_xor_si128(_mm_loadu_si128(block(at + i)), mask));
  _mm_storeu_si128(block(at + n - 16), end);
}
void unmask_sse2(std::span<std::byte> payload, MaskKey key, std::size_t phase) noexcept {
  unmask_sse2(payload.data(), payload.size(), key_at(key, phase));
}

// Bytes from here to the next address that is a multiple of `to`.
std::size_t to_aligned(const std::byte* at, std::size_t to) noexcept {
  return (0 - reinterpret_cast<std::uintptr_t>(at)) % to;
}

// #region avx2
// First and last block lie anywhere, those between on multiples of 32, so that none of their stores crosses a line.
[[gnu::target("avx2")]] void unmask_avx2(std::byte* at, std::size_t n, std::uint32_t key) noexcept {
  if (n < 16) return unmask_short(at, n, key);
  if (n < 32) return unmask_sse2(at, n, key);
  const auto block = [](std::byte* p) { return reinterpret_cast<__m256i*>(p); };  // may alias anything
  const auto masked = [&](std::size_t offset) __attribute__((target("avx2"))) {
    const __m256i mask = _mm256_set1_epi32(static_cast<int>(rotated(key, offset)));
    return _mm256_xor_si256(_mm256_loadu_si256(block(at + offset)), mask);
  };
  const __m256i first = masked(0);
  const __m256i last = masked(n - 32);
  const std::size_t begin = to_aligned(at, 32);
  const __m256i mask = _mm256_set1_epi32(static_cast<int>(rotated(key, begin)));
#pragma GCC unroll 4
  for (std::size_t i = begin; i + 32 <= n; i += 32)
    _mm256_store_si256(block(at + i), _mm256_xor_si256(_mm256_load_si256(block(at + i)), mask));
  _mm256_storeu_si256(block(at), first);  // over bytes that are done already, with what they are now
  _mm256_storeu_si256(block(at + n - 32), last);
}
// #endregion avx2
void unmask_avx2(std::span<std::byte> payload, MaskKey key, std::size_t phase) noexcept {
  unmask_avx2(payload.data(), payload.size(), key_at(key, phase));
}

// Stores under a mask would need no tail at all, but a load soon behind one waits for it to leave the store buffer.
[[gnu::target("avx512f,avx512bw,avx2")]] void unmask_avx512(std::span<std::byte> payload, MaskKey key,
                                                            std::size_t phase) noexcept {
  std::byte* const at = payload.data();
  const std::size_t n = payload.size();
  const std::uint32_t key_here = key_at(key, phase);
  if (n < 16) return unmask_short(at, n, key_here);
  if (n < 64) return unmask_avx2(at, n, key_here);
  const __m512i first_mask = _mm512_set1_epi32(static_cast<int>(key_here));
  const __m512i last_mask = _mm512_set1_epi32(static_cast<int>(rotated(key_here, n - 64)));
  const __m512i first = _mm512_xor_si512(_mm512_loadu_si512(at), first_mask);
  const __m512i last = _mm512_xor_si512(_mm512_loadu_si512(at + n - 64), last_mask);
  const std::size_t begin = to_aligned(at, 64);
  const __m512i mask = _mm512_set1_epi32(static_cast<int>(rotated(key_here, begin)));
#pragma GCC unroll 4
  for (std::size_t i = begin; i + 64 <= n; i += 64)
    _mm512_store_si512(at + i, _mm512_xor_si512(_mm512_load_si512(at + i), mask));
  _mm512_storeu_si512(at, first);
  _mm512_storeu_si512(at + n - 64, last);
}
#elif defined(__aarch64__)
void unmask_neon(std::span<std::byte> payload, MaskKey key, std::size_t phase) noexcept {
  std::byte* const at = payload.data();
  const std::size_t n = payload.size();
  const std::uint32_t first = key_at(key, phase);
  if (n < 16) return unmask_short(at, n, first);
  const auto bytes = [](std::byte* p) { return reinterpret_cast<std::uint8_t*>(p); };
  const uint8x16_t mask = vreinterpretq_u8_u32(vdupq_n_u32(first));
  const uint8x16_t end_mask = vreinterpretq_u8_u32(vdupq_n_u32(rotated(first, n - 16)));
  const uint8x16_t end = veorq_u8(vld1q_u8(bytes(at + n - 16)), end_mask);
#pragma GCC unroll 4
  for (std::size_t i = 0; i + 16 <= n; i += 16)
    vst1q_u8(bytes(at + i), veorq_u8(vld1q_u8(bytes(at + i)), mask));
  vst1q_u8(bytes(at + n - 16), end);
}
#endif

constexpr std::array variants {
  UnmaskVariant{"bytes", unmask_bytes}, UnmaskVariant{"words", unmask_words},
#if defined(__x86_64__)
      UnmaskVariant{"sse2", unmask_sse2}, UnmaskVariant{"avx2", unmask_avx2},
      UnmaskVariant{"avx512", unmask_avx512},
#elif defined(__aarch64__)
      UnmaskVariant{"neon", unmask_neon},
#endif
};

std::size_t usable() noexcept {
#if defined(__x86_64__)
  if (!__builtin_cpu_supports("avx2")) return 3;
  if (!__builtin_cpu_supports("avx512bw")) return 4;
#endif
  return variants.size();
}

}  // namespace

std::span<const UnmaskVariant> unmask_variants() noexcept {
  static const std::size_t count = usable();
  return {variants.data(), count};
}

void xor_unmask(std::span<std::byte> payload, MaskKey key, std::size_t phase) noexcept {
  static const auto widest = unmask_variants().back().unmask;
  widest(payload, key, phase);
}

}  // namespace lln::cache
