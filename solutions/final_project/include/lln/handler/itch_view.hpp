// ITCH 5.0 messages as they lie in the packet: a view is a pointer, each accessor one load and a byte swap.
//
// Threads: pure functions on bytes of the caller. Guarantees: noexcept, no allocation, no copy of the message. A view
// does no checking: make it only of a message at least itch::length_of(type) bytes long; the fields then lie inside.
// Cost: see `decode only` of lln-book-bench: a switch over the type and the fields that the book needs.
// Source: SPEC.md section 2.
#pragma once

#include <lln/feed/itch_types.hpp>

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace lln::handler::itch {

template <std::unsigned_integral T>
T load(const std::byte* from) noexcept {
  T value;
  std::memcpy(&value, from, sizeof value);
  if constexpr (std::endian::native == std::endian::little) {
    if constexpr (sizeof(T) == 2) return __builtin_bswap16(value);
    if constexpr (sizeof(T) == 4) return __builtin_bswap32(value);
    if constexpr (sizeof(T) == 8) return __builtin_bswap64(value);
  }
  return value;
}

/// Bytes of a message by its type, type byte included; 0 = no such type.
inline constexpr std::array<std::uint8_t, 256> length_by_type = [] {
  std::array<std::uint8_t, 256> table{};
  const auto set = [&table](char type, std::uint8_t length) {
    table[static_cast<unsigned char>(type)] = length;
  };
  set('S', 12), set('R', 39), set('H', 25), set('Y', 20), set('L', 26), set('V', 35), set('W', 12),
      set('K', 28);
  set('J', 35), set('h', 21), set('A', 36), set('F', 40), set('E', 31), set('C', 36), set('X', 23),
      set('D', 19);
  set('U', 35), set('P', 44), set('Q', 40), set('B', 19), set('I', 50), set('N', 20), set('O', 48);
  return table;
}();

constexpr std::size_t length_of(std::uint8_t type) noexcept { return length_by_type[type]; }

/// What all messages share.
struct View {
  const std::byte* p;

  std::uint8_t type() const noexcept { return std::to_integer<std::uint8_t>(p[0]); }
  std::uint16_t locate() const noexcept { return load<std::uint16_t>(p + 1); }
  std::uint16_t tracking() const noexcept { return load<std::uint16_t>(p + 3); }
  /// ns since midnight
  std::uint64_t timestamp_ns() const noexcept {
    return (std::uint64_t{load<std::uint16_t>(p + 5)} << 32) | load<std::uint32_t>(p + 7);
  }
};

/// E, C, X, D, U and A, F: the order's reference stands in the same place in all of them.
struct OrderView : View {
  std::uint64_t ref() const noexcept { return load<std::uint64_t>(p + 11); }
};

/// A and F
struct AddOrderView : OrderView {
  char side() const noexcept { return static_cast<char>(p[19]); }
  std::uint32_t shares() const noexcept { return load<std::uint32_t>(p + 20); }
  std::string_view stock() const noexcept { return {reinterpret_cast<const char*>(p + 24), 8}; }
  std::uint32_t price() const noexcept { return load<std::uint32_t>(p + 32); }
};

/// E, and the leading part of C
struct OrderExecutedView : OrderView {
  std::uint32_t executed() const noexcept { return load<std::uint32_t>(p + 19); }
  std::uint64_t match() const noexcept { return load<std::uint64_t>(p + 23); }
};

struct OrderExecutedWithPriceView : OrderExecutedView {
  bool printable() const noexcept { return static_cast<char>(p[31]) != 'N'; }
  std::uint32_t price() const noexcept { return load<std::uint32_t>(p + 32); }
};

struct OrderCancelView : OrderView {
  std::uint32_t cancelled() const noexcept { return load<std::uint32_t>(p + 19); }
};

struct OrderDeleteView : OrderView {};

struct OrderReplaceView : OrderView {
  std::uint64_t new_ref() const noexcept { return load<std::uint64_t>(p + 19); }
  std::uint32_t shares() const noexcept { return load<std::uint32_t>(p + 27); }
  std::uint32_t price() const noexcept { return load<std::uint32_t>(p + 31); }
};

struct TradeView : View {
  std::uint32_t shares() const noexcept { return load<std::uint32_t>(p + 20); }
  std::uint32_t price() const noexcept { return load<std::uint32_t>(p + 32); }
  std::uint64_t match() const noexcept { return load<std::uint64_t>(p + 36); }
};

struct CrossTradeView : View {
  std::uint64_t shares() const noexcept { return load<std::uint64_t>(p + 11); }
  std::uint32_t price() const noexcept { return load<std::uint32_t>(p + 27); }
  std::uint64_t match() const noexcept { return load<std::uint64_t>(p + 31); }
};

struct StockDirectoryView : View {
  std::string_view stock() const noexcept { return {reinterpret_cast<const char*>(p + 11), 8}; }
};

}  // namespace lln::handler::itch
