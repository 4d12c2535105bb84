// Ethernet, IPv4 and UDP headers in one frame: what the kernel does for a socket, and what whoever goes around it
// (AF_PACKET, AF_XDP, DPDK) does alone.
//
//   bytes 0..13   Ethernet: destination, source, type 0x0800
//         14..33  IPv4 without options: 0x45, TOS, total length, id, flags, TTL, protocol 17, header checksum, addresses
//         34..41  UDP: source port, destination port, length, checksum (0 = not computed)
//         42..    payload, then perhaps padding: the shortest Ethernet frame has 60 bytes, the headers say the length
//
// Everything on the wire is big-endian. VLAN tags, IP options and fragments are refused: leave those to the kernel.
// A frame that came through veth from a socket of the same machine has no valid UDP checksum: nobody computed it,
// because it never met a wire. So parsing does not check it, and a reply in the same memory computes its own.
//
// Threads: values and pure functions. Allocation: none but in to_string() and of().
// Cost: not measured alone. Source: RFC 791, RFC 768, RFC 1071 (checksum), RFC 894.
#pragma once

#include <lln/net/endpoint.hpp>
#include <lln/net/interface.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>

namespace lln::net {

struct MacAddress {
  std::array<std::uint8_t, 6> octets{};

  // Of an Ethernet interface in the calling thread's network namespace. Throws std::system_error.
  static MacAddress of(const Interface& interface);
  std::string to_string() const;  // "02:00:00:00:00:01"

  friend constexpr auto operator<=>(const MacAddress&, const MacAddress&) noexcept = default;
};

// Both ends of a datagram, hardware addresses included. The kernel finds `to_mac` by ARP; here the caller knows it.
struct UdpPath {
  MacAddress from_mac;
  MacAddress to_mac;
  Endpoint from;
  Endpoint to;

  constexpr UdpPath reversed() const noexcept { return {to_mac, from_mac, to, from}; }
};

struct UdpFrame {
  UdpPath path;
  std::span<std::byte> payload;  // in the frame that was parsed
};

enum class UdpChecksum {
  computed,
  none,  // 0: allowed by IPv4; the receiver then trusts the Ethernet checksum
};

inline constexpr std::size_t udp_frame_headers = 42;

// One's-complement sum of big-endian 16-bit words (RFC 1071); an odd last byte is the upper half of a word.
// `start`: the sum of what comes before, of even length. The checksum is the sum's complement.
std::uint16_t internet_sum(std::span<const std::byte> bytes, std::uint16_t start = 0) noexcept;

// Nothing unless it is a whole UDP datagram in a frame as above, with a right IPv4 header checksum.
std::optional<UdpFrame> parse_udp_frame(std::span<std::byte> frame) noexcept;

// Writes the 42 bytes before a payload that is already in its place, at udp_frame_headers; returns the frame's length.
// 0 and nothing written: it does not fit into `frame`, or into UDP's 65507 bytes.
std::size_t write_udp_headers(std::span<std::byte> frame, const UdpPath& path, std::size_t payload_size,
                              UdpChecksum checksum = UdpChecksum::computed) noexcept;

}  // namespace lln::net
