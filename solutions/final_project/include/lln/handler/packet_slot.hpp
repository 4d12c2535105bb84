// PacketSlot: a packet with its bytes, for the ring between receive thread and book thread.
//
// Cost: copying a 400-byte datagram in is ~10 ns, and its lines travel to the other core: that is the price of the
// second thread.
#pragma once

#include <lln/handler/packet.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace lln::handler {

struct PacketSlot {
  static constexpr std::size_t capacity = 2048;  // MulticastReceiver's longest datagram

  PacketStamp stamp;
  std::uint16_t size = 0;
  Line line = Line::a;
  std::array<std::byte, capacity> bytes;

  /// False: longer than a slot.
  bool put(const Packet& packet) noexcept {
    if (packet.bytes.size() > capacity) return false;
    stamp = packet.stamp;
    size = static_cast<std::uint16_t>(packet.bytes.size());
    line = packet.line;
    std::memcpy(bytes.data(), packet.bytes.data(), packet.bytes.size());
    return true;
  }
  Packet packet() const noexcept { return {{bytes.data(), size}, line, stamp}; }
};

}  // namespace lln::handler
