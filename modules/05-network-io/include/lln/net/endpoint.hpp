// IPv4 addresses and address:port pairs as values.
//
// Threads: plain values. Allocation: only in to_string() and in the text of errors.
// Errors: parse() throws std::invalid_argument with one sentence that quotes the input.
// Byte order: `value` and `port` are in host order; to_sockaddr()/from_sockaddr() convert.
// Source: RFC 791 (addresses), RFC 5771 (224.0.0.0/4 is multicast), ip(7).
#pragma once

#include <netinet/in.h>

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace lln::net {

struct Ipv4Address {
  std::uint32_t value = 0;  // host order: 127.0.0.1 is 0x7F000001

  // "a.b.c.d", four decimal numbers 0..255, nothing else: no names, no octal, no short forms.
  static Ipv4Address parse(std::string_view text);
  std::string to_string() const;

  constexpr bool is_multicast() const noexcept { return (value >> 28) == 0xE; }  // 224.0.0.0/4
  constexpr bool is_loopback() const noexcept { return (value >> 24) == 127; }
  constexpr bool is_any() const noexcept { return value == 0; }

  friend constexpr auto operator<=>(const Ipv4Address&, const Ipv4Address&) noexcept = default;
};

struct Endpoint {
  Ipv4Address address;
  std::uint16_t port = 0;  // 0 asks the kernel for a free one, where that makes sense

  // "a.b.c.d:port", port 0..65535.
  static Endpoint parse(std::string_view text);
  static Endpoint from_sockaddr(const sockaddr_in& address) noexcept;
  std::string to_string() const;
  sockaddr_in to_sockaddr() const noexcept;

  friend constexpr auto operator<=>(const Endpoint&, const Endpoint&) noexcept = default;
};

}  // namespace lln::net
