// Numbers in network byte order, at any address.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>

namespace lln::app::detail {

// GCC and clang make one load and one byte swap of the loop.
template <std::unsigned_integral T>
constexpr T load_be(const std::byte* from) noexcept {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i)
    value = static_cast<T>(value << 8 | std::to_integer<std::uint8_t>(from[i]));
  return value;
}

template <>
constexpr std::uint8_t load_be<std::uint8_t>(const std::byte* from) noexcept {
  return std::to_integer<std::uint8_t>(*from);
}

template <std::unsigned_integral T>
constexpr void store_be(std::byte* to, T value) noexcept {
  for (std::size_t i = sizeof(T); i-- > 0;) {
    to[i] = static_cast<std::byte>(value & 0xFF);
    if constexpr (sizeof(T) > 1) value = static_cast<T>(value >> 8);
  }
}

}  // namespace lln::app::detail
