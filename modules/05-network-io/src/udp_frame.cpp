#include <lln/net/file_descriptor.hpp>
#include <lln/net/udp_frame.hpp>

#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <bit>
#include <cerrno>
#include <cstdio>
#include <system_error>

namespace lln::net {
namespace {

constexpr std::size_t ip_at = 14;
constexpr std::size_t udp_at = 34;
constexpr std::size_t largest_payload = 65535 - 20 - 8;

std::uint16_t load16(const std::byte* at) noexcept {
  return static_cast<std::uint16_t>(std::to_integer<unsigned>(at[0]) << 8 | std::to_integer<unsigned>(at[1]));
}

std::uint32_t load32(const std::byte* at) noexcept {
  return std::uint32_t{load16(at)} << 16 | load16(at + 2);
}

void store16(std::byte* at, std::size_t value) noexcept {
  at[0] = static_cast<std::byte>(value >> 8);
  at[1] = static_cast<std::byte>(value);
}

void store32(std::byte* at, std::uint32_t value) noexcept {
  store16(at, value >> 16);
  store16(at + 2, value & 0xFFFF);
}

std::uint16_t fold(std::uint64_t sum) noexcept {
  while (sum >> 16 != 0) sum = (sum & 0xFFFF) + (sum >> 16);
  return static_cast<std::uint16_t>(sum);
}

constexpr std::uint64_t words_of(Ipv4Address address) noexcept {
  return (address.value >> 16) + (address.value & 0xFFFF);
}

}  // namespace

MacAddress MacAddress::of(const Interface& interface) {
  const FileDescriptor fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  interface.name.copy(request.ifr_name, IFNAMSIZ - 1);
  if (!fd || ::ioctl(fd.get(), SIOCGIFHWADDR, &request) != 0)
    throw std::system_error(errno, std::generic_category(), "hardware address of " + interface.name);
  if (request.ifr_hwaddr.sa_family != ARPHRD_ETHER)
    throw std::system_error(EAFNOSUPPORT, std::generic_category(),
                            interface.name + " is no Ethernet interface");
  MacAddress result;
  std::memcpy(result.octets.data(), request.ifr_hwaddr.sa_data, result.octets.size());
  return result;
}

std::string MacAddress::to_string() const {
  char text[18];
  std::snprintf(text, sizeof text, "%02x:%02x:%02x:%02x:%02x:%02x", octets[0], octets[1], octets[2],
                octets[3], octets[4], octets[5]);
  return text;
}

// Adding words of the machine's own byte order and swapping the end result gives the same sum (RFC 1071, 2.B).
std::uint16_t internet_sum(std::span<const std::byte> bytes, std::uint16_t start) noexcept {
  std::uint64_t sum = 0;
  std::size_t at = 0;
  for (; at + 4 <= bytes.size(); at += 4) {
    std::uint32_t word;
    std::memcpy(&word, bytes.data() + at, 4);
    sum += word;
  }
  std::array<std::byte, 4> rest{};
  if (at < bytes.size()) std::memcpy(rest.data(), bytes.data() + at, bytes.size() - at);
  std::uint32_t word;
  std::memcpy(&word, rest.data(), 4);
  std::uint16_t folded = fold(sum + word);
  if constexpr (std::endian::native == std::endian::little)
    folded = static_cast<std::uint16_t>(folded << 8 | folded >> 8);
  return fold(std::uint64_t{folded} + start);
}

std::optional<UdpFrame> parse_udp_frame(std::span<std::byte> frame) noexcept {
  if (frame.size() < udp_frame_headers) return std::nullopt;
  std::byte* const ethernet = frame.data();
  std::byte* const ip = ethernet + ip_at;
  std::byte* const udp = ethernet + udp_at;
  if (load16(ethernet + 12) != 0x0800 || ip[0] != std::byte{0x45}) return std::nullopt;
  if (ip[9] != std::byte{IPPROTO_UDP} || (load16(ip + 6) & 0x3FFF) != 0) return std::nullopt;
  if (internet_sum({ip, 20}) != 0xFFFF) return std::nullopt;
  const std::size_t ip_length = load16(ip + 2);
  const std::size_t udp_length = load16(udp + 4);
  if (ip_length > frame.size() - ip_at || udp_length < 8 || udp_length + 20 > ip_length) return std::nullopt;

  UdpFrame result;
  std::memcpy(result.path.to_mac.octets.data(), ethernet, 6);
  std::memcpy(result.path.from_mac.octets.data(), ethernet + 6, 6);
  result.path.from = {{load32(ip + 12)}, load16(udp)};
  result.path.to = {{load32(ip + 16)}, load16(udp + 2)};
  result.payload = frame.subspan(udp_frame_headers, udp_length - 8);
  return result;
}

std::size_t write_udp_headers(std::span<std::byte> frame, const UdpPath& path, std::size_t payload_size,
                              UdpChecksum checksum) noexcept {
  if (payload_size > largest_payload || frame.size() < udp_frame_headers + payload_size) return 0;
  std::byte* const ethernet = frame.data();
  std::byte* const ip = ethernet + ip_at;
  std::byte* const udp = ethernet + udp_at;
  std::memcpy(ethernet, path.to_mac.octets.data(), 6);
  std::memcpy(ethernet + 6, path.from_mac.octets.data(), 6);
  store16(ethernet + 12, 0x0800);

  // Sums are made of the values, not of what was just written: loads across several small stores would wait for them.
  const std::size_t udp_length = 8 + payload_size;
  const std::size_t ip_length = 20 + udp_length;
  constexpr std::uint16_t version_and_tos = 0x4500;
  constexpr std::uint16_t do_not_fragment = 0x4000;  // so the id is 0: only fragments need one (RFC 6864)
  constexpr std::uint16_t ttl_and_protocol = 64 << 8 | IPPROTO_UDP;
  const std::uint64_t addresses = words_of(path.from.address) + words_of(path.to.address);
  store16(ip, version_and_tos);
  store16(ip + 2, ip_length);
  store32(ip + 4, do_not_fragment);
  store16(ip + 8, ttl_and_protocol);
  store16(ip + 10, 0xFFFFU ^ fold(std::uint64_t{version_and_tos} + ip_length + do_not_fragment +
                                  ttl_and_protocol + addresses));
  store32(ip + 12, path.from.address.value);
  store32(ip + 16, path.to.address.value);

  store16(udp, path.from.port);
  store16(udp + 2, path.to.port);
  store16(udp + 4, udp_length);
  unsigned sum = 0;
  if (checksum == UdpChecksum::computed) {
    // With the pseudo header (RFC 768), which ties a datagram to its addresses: those, the protocol, the length again.
    const std::uint16_t header_sum =
        fold(addresses + IPPROTO_UDP + udp_length + path.from.port + path.to.port + udp_length);
    sum = 0xFFFFU ^ internet_sum({ethernet + udp_frame_headers, payload_size}, header_sum);
    if (sum == 0) sum = 0xFFFFU;  // 0 would say "none"; in one's complement both are zero
  }
  store16(udp + 6, sum);
  return udp_frame_headers + payload_size;
}

}  // namespace lln::net
