// What travels between the stages of the handler.
//
// Plain values, no ownership: the bytes belong to the receiver and stay valid until its next receive() call.
// Whoever keeps them longer copies them. Cost: none; these are a pointer and some numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace lln::handler {

// Where a packet came from. A and B carry the same stream; `rerequest` marks replies to our own requests.
enum class Line : std::uint8_t { a, b, rerequest };

inline constexpr std::size_t line_count = 3;

// When a packet arrived. Carried unchanged with packets and messages that are held back, so that a late
// message keeps its true age.
struct PacketStamp {
  std::int64_t kernel_rx_ns = 0;    // CLOCK_REALTIME, ns; 0 = the kernel gave none
  std::uint64_t user_rx_ticks = 0;  // TscClock ticks when the receive call returned
  bool disturbed = false;           // the receiving thread was off its core just before
};

struct Packet {
  std::span<const std::byte> bytes;  // the UDP payload
  Line line = Line::a;
  PacketStamp stamp;
};

// Consecutive length-prefixed MoldUDP64 blocks whose framing has been validated: each of the `count` 2-byte
// lengths and the bytes that it announces lie inside the packet. What is inside a block has not been looked
// at.
struct BlockRun {
  const std::byte* first = nullptr;  // at the length prefix of the first block
  std::uint16_t count = 0;           // blocks
  std::uint64_t first_sequence = 0;  // MoldUDP64 sequence number of the first block
};

}  // namespace lln::handler
