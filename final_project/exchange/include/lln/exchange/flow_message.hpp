// One message of the day and when it is meant to leave: exactly a cache line, so that a log of them is an array.
//
// The bytes from length_be on are a MoldUDP64 message block (and a BinaryFILE record) as they stand on the wire.
// Threads: a plain value.
#pragma once

#include <lln/feed/big_endian.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace lln::exchange {

/// All of ITCH 5.0 has at most 50.
inline constexpr std::size_t max_flow_message = 54;

struct alignas(64) FlowMessage {
  std::int64_t offset_ns = 0;  ///< intended send time, from the start of publishing
  std::byte length_be[2]{};
  std::byte bytes[max_flow_message]{};

  std::size_t length() const noexcept { return feed::load_be<std::uint16_t>(length_be); }
  void set_length(std::size_t length) noexcept {
    feed::store_be(length_be, static_cast<std::uint16_t>(length));
  }
  std::span<const std::byte> message() const noexcept { return {bytes, length()}; }
  /// Length prefix and message.
  std::span<const std::byte> block() const noexcept { return {length_be, 2 + length()}; }
  std::uint64_t timestamp_ns() const noexcept { return feed::load_be48(bytes + 5); }
  void set_timestamp_ns(std::uint64_t ns) noexcept { feed::store_be48(bytes + 5, ns); }
};
static_assert(sizeof(FlowMessage) == 64);

/// A day's messages in order: generated or replayed.
class MessageSource {
 public:
  virtual ~MessageSource() = default;
  /// Fills in everything (the time stamp is that of the simulated day); false at the end of the day.
  virtual bool next(FlowMessage& message) = 0;

 protected:
  MessageSource() = default;
  MessageSource(const MessageSource&) = default;
  MessageSource& operator=(const MessageSource&) = default;
};

}  // namespace lln::exchange
