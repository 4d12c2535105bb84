// xor_unmask: the four-byte mask of a WebSocket frame put on or taken off, in place.
//
// Threads    Any, on different bytes. No allocation, no system call.
// Alignment  Any address, any length. Bytes before and behind the span are neither read nor written.
// Cost       bench/unmask_bench.cpp: memcpy's bandwidth from 1 KiB on; below 125 bytes the tail decides.
// Source     RFC 6455, section 5.3: byte i of the payload is combined with byte i mod 4 of the key.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace lln::cache {

using MaskKey = std::array<std::byte, 4>;

// phase: how many bytes of this payload came before, when it comes in pieces; only phase mod 4 matters. The widest
// variant that this processor has, chosen at the first call.
void xor_unmask(std::span<std::byte> payload, MaskKey key, std::size_t phase = 0) noexcept;

// All variants that run on this processor, widest last: for tests and benches. They do the same.
struct UnmaskVariant {
  std::string_view name;  // bytes, words, sse2, avx2, avx512, neon
  void (*unmask)(std::span<std::byte> payload, MaskKey key, std::size_t phase) noexcept;
};
std::span<const UnmaskVariant> unmask_variants() noexcept;

}  // namespace lln::cache
