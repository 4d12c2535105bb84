// Writes the frequent ITCH messages straight into a FlowMessage: a few stores each, where the protocol library builds a
// variant first. Tested against the protocol library's encoder.
#pragma once

#include <lln/exchange/flow_message.hpp>
#include <lln/feed/itch_types.hpp>

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>

namespace lln::exchange::detail {

class ItchWriter {
 public:
  ItchWriter(FlowMessage& to, feed::MessageType type, std::size_t length, std::uint16_t locate,
             std::uint64_t timestamp_ns) noexcept
      : base_(to.bytes) {
    to.set_length(length);
    base_[0] = static_cast<std::byte>(type);
    put(1, locate);
    // Tracking number 0 and the 48 bits of the time stamp in one store.
    put(3, timestamp_ns & 0x0000'FFFF'FFFF'FFFF);
  }

  template <std::unsigned_integral T>
  ItchWriter& put(std::size_t at, T value) noexcept {
    if constexpr (std::endian::native == std::endian::little) {
      if constexpr (sizeof(T) == 8) value = __builtin_bswap64(value);
      if constexpr (sizeof(T) == 4) value = __builtin_bswap32(value);
      if constexpr (sizeof(T) == 2) value = __builtin_bswap16(value);
    }
    std::memcpy(base_ + at, &value, sizeof value);
    return *this;
  }
  ItchWriter& put(std::size_t at, char value) noexcept {
    base_[at] = static_cast<std::byte>(value);
    return *this;
  }
  template <std::size_t N>
  ItchWriter& put(std::size_t at, const feed::Alpha<N>& text) noexcept {
    std::memcpy(base_ + at, text.data(), N);
    return *this;
  }

 private:
  std::byte* base_;
};

}  // namespace lln::exchange::detail
