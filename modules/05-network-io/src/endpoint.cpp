#include <lln/net/endpoint.hpp>

#include <arpa/inet.h>

#include <charconv>
#include <optional>
#include <stdexcept>

namespace lln::net {
namespace {

// A decimal number up to `highest` at the front of `text`, which it is removed from. No sign, no leading
// zero.
std::optional<std::uint32_t> take_number(std::string_view& text, std::uint32_t highest) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const auto digits = static_cast<std::size_t>(end - text.data());
  if (error != std::errc{} || value > highest || (text.front() == '0' && digits > 1)) return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

std::optional<std::uint32_t> take_address(std::string_view& text) {
  std::uint32_t value = 0;
  for (int part = 0; part < 4; ++part) {
    if (part > 0) {
      if (!text.starts_with('.')) return std::nullopt;
      text.remove_prefix(1);
    }
    const auto byte = take_number(text, 255);
    if (!byte) return std::nullopt;
    value = value << 8 | *byte;
  }
  return value;
}

}  // namespace

Ipv4Address Ipv4Address::parse(std::string_view text) {
  std::string_view rest = text;
  const auto value = take_address(rest);
  if (!value || !rest.empty()) {
    throw std::invalid_argument("'" + std::string(text) +
                                "' is not an IPv4 address; write it like 239.192.17.1");
  }
  return {*value};
}

std::string Ipv4Address::to_string() const {
  return std::to_string(value >> 24) + '.' + std::to_string(value >> 16 & 255) + '.' +
         std::to_string(value >> 8 & 255) + '.' + std::to_string(value & 255);
}

Endpoint Endpoint::parse(std::string_view text) {
  std::string_view rest = text;
  const auto address = take_address(rest);
  if (address && rest.starts_with(':')) {
    rest.remove_prefix(1);
    const auto port = take_number(rest, 65535);
    if (port && rest.empty()) return {{*address}, static_cast<std::uint16_t>(*port)};
  }
  throw std::invalid_argument("'" + std::string(text) +
                              "' is not an address and port; write it like 239.192.17.1:31001");
}

Endpoint Endpoint::from_sockaddr(const sockaddr_in& address) noexcept {
  return {{ntohl(address.sin_addr.s_addr)}, ntohs(address.sin_port)};
}

std::string Endpoint::to_string() const { return address.to_string() + ':' + std::to_string(port); }

sockaddr_in Endpoint::to_sockaddr() const noexcept {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(port);
  result.sin_addr.s_addr = htonl(address.value);
  return result;
}

}  // namespace lln::net
