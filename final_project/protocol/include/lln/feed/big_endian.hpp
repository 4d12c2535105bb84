// Unsigned integers in network byte order at any address, aligned or not.
//
// Threads: pure functions on memory of the caller. Guarantees: noexcept, no allocation; the compiler turns each into one
// load or store and a byte swap. Bounds are the caller's business: sizeof(T) bytes (6 for the 48-bit pair) must exist.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>

namespace lln::feed {

template <std::unsigned_integral T>
constexpr T load_be(const std::byte* from) noexcept {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) value = (value << 8) | std::to_integer<std::uint64_t>(from[i]);
  return static_cast<T>(value);
}

template <std::unsigned_integral T>
constexpr void store_be(std::byte* to, T value) noexcept {
  for (std::size_t i = 0; i < sizeof(T); ++i)
    to[i] = static_cast<std::byte>(static_cast<std::uint64_t>(value) >> (8 * (sizeof(T) - 1 - i)));
}

constexpr std::uint64_t load_be48(const std::byte* from) noexcept {
  return (std::uint64_t{load_be<std::uint16_t>(from)} << 32) | load_be<std::uint32_t>(from + 2);
}

/// Stores the low 48 bits; the upper 16 are dropped.
constexpr void store_be48(std::byte* to, std::uint64_t value) noexcept {
  store_be(to, static_cast<std::uint16_t>(value >> 32));
  store_be(to + 2, static_cast<std::uint32_t>(value));
}

}  // namespace lln::feed
