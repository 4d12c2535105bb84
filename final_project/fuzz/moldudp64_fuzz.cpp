// MoldUDP64: validate() against a second, independent reading of the rules; cursor and builder against each other.
#include "fuzz_support.hpp"

#include <lln/feed/moldudp64.hpp>

#include <algorithm>
#include <array>
#include <vector>

namespace {

using namespace lln::feed;
using lln::fuzz::require;

// SPEC.md section 9.1 once more, on plain integers and without the library's helpers.
PacketError expected_error(std::span<const std::byte> d) {
  if (d.size() < 20) return PacketError::too_short;
  const auto number = [&](std::size_t from, std::size_t to) {
    std::uint64_t value = 0;
    for (std::size_t i = from; i < to; ++i) value = value * 256 + static_cast<std::uint8_t>(d[i]);
    return value;
  };
  const std::uint64_t sequence = number(10, 18);
  const std::uint64_t count = number(18, 20) == 0xFFFF ? 0 : number(18, 20);
  if (sequence == 0) return PacketError::zero_sequence;
  if (sequence + count < sequence) return PacketError::sequence_overflow;
  std::size_t at = 20;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (d.size() - at < 2 || d.size() - at - 2 < number(at, at + 2)) return PacketError::truncated_block;
    at += 2 + number(at, at + 2);
  }
  return PacketError::none;
}

std::size_t walk(BlockCursor cursor, PacketBuilder* copy) {
  std::size_t messages = 0;
  for (std::span<const std::byte> message; cursor.next(message); ++messages)
    if (copy) require(copy->append(message), "a message of a valid packet fits a packet of the same size");
  return messages;
}

void check_packet(std::span<const std::byte> datagram) {
  const ValidatedPacket packet = validate(datagram);
  require(packet.error == expected_error(datagram), "validate() follows SPEC.md");
  if (!packet) {
    require(packet.blocks.empty(), "an invalid packet has no blocks");
    require(walk(BlockCursor(packet), nullptr) == 0, "an invalid packet delivers nothing");
    if (datagram.size() >= header_size) {
      const std::uint16_t count = packet.header.count;
      require(walk(BlockCursor(datagram.subspan(header_size), count), nullptr) <= count,
              "the cursor is bounded");
    }
    return;
  }
  require(header_size + packet.blocks.size() + packet.trailing_bytes == datagram.size(), "no byte is lost");

  std::vector<std::byte> buffer(header_size + packet.blocks.size());
  PacketBuilder copy(buffer, packet.header.session);
  copy.begin(packet.header.sequence);
  require(walk(BlockCursor(packet), &copy) == packet.header.message_count(), "every block comes out once");
  if (packet.header.is_end_of_session()) return;
  require(std::ranges::equal(copy.finish(), datagram.first(buffer.size())),
          "rebuilding gives the same bytes");
}

void check_request(std::span<const std::byte> datagram) {
  const auto request = decode_request(datagram);
  if (!request) return;
  std::array<std::byte, header_size> again;
  encode_request(*request, again);
  require(std::ranges::equal(again, datagram), "a request survives decoding and encoding");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto datagram = lln::fuzz::bytes_of(data, size);
  check_packet(datagram);
  check_request(datagram);
  return 0;
}
