// Digest of a book: equal digests mean the same orders in the same priority (chance agreement: about one in 2^64).
// FNV-1a 64 over the bids, highest price first, then the asks, lowest first; within a price in FIFO order. Each order
// adds 17 bytes: reference:8, side:1 ('B' or 'S'), price:4, shares remaining:4, all big-endian. A book without orders
// has the value fnv_offset_basis.
//
// Threads: one thread a builder. Guarantees: noexcept, no allocation. Source: SPEC.md section 10; the hash:
// draft-eastlake-fnv.
#pragma once

#include <lln/feed/big_endian.hpp>
#include <lln/feed/itch_types.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace lln::feed {

inline constexpr std::uint64_t fnv_offset_basis = 0xcbf29ce484222325;
inline constexpr std::uint64_t fnv_prime = 0x100000001b3;

class DigestBuilder {
 public:
  constexpr void add(std::uint64_t reference, Side side, Price4 price, std::uint32_t shares) noexcept {
    std::array<std::byte, 17> bytes{};
    store_be(bytes.data(), reference);
    bytes[8] = static_cast<std::byte>(side);
    store_be(bytes.data() + 9, price.value);
    store_be(bytes.data() + 13, shares);
    for (const std::byte byte : bytes) value_ = (value_ ^ std::to_integer<std::uint64_t>(byte)) * fnv_prime;
  }
  constexpr std::uint64_t value() const noexcept { return value_; }

 private:
  std::uint64_t value_ = fnv_offset_basis;
};

}  // namespace lln::feed
