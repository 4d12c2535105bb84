#include <lln/exchange/pcap_writer.hpp>
#include <lln/feed/big_endian.hpp>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>
#include <system_error>

namespace lln::exchange {
namespace {

constexpr std::size_t ethernet_size = 14;
constexpr std::size_t ip_size = 20;
constexpr std::size_t udp_size = 8;
constexpr std::size_t largest_payload = 65'535 - ip_size - udp_size;

using feed::load_be;
using feed::store_be;

// One's complement sum of 16-bit words (RFC 1071); an odd last byte counts as if followed by zero.
std::uint32_t add_words(std::uint32_t sum, std::span<const std::byte> bytes) {
  std::size_t i = 0;
  for (; i + 1 < bytes.size(); i += 2) sum += load_be<std::uint16_t>(bytes.data() + i);
  if (i < bytes.size()) sum += std::to_integer<std::uint32_t>(bytes[i]) << 8;
  return sum;
}

std::uint16_t fold(std::uint32_t sum) {
  while ((sum >> 16) != 0) sum = (sum & 0xFFFF) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

void store_mac(std::byte* to, net::Ipv4Address address) {
  if (address.is_multicast()) {
    store_be<std::uint16_t>(to, 0x0100);
    store_be(to + 2, 0x5E00'0000U | (address.value & 0x007F'FFFF));
  } else {
    store_be<std::uint16_t>(to, 0x0200);  // locally administered
    store_be(to + 2, address.value);
  }
}

}  // namespace

PcapWriter::PcapWriter(const std::filesystem::path& path)
    : path_(path), buffer_(1 << 20), file_(std::fopen(path.c_str(), "wb")) {
  if (!file_) throw std::system_error(errno, std::generic_category(), "creating " + path.string());
  std::setvbuf(file_.get(), buffer_.data(), _IOFBF, buffer_.size());
  // The file header is in the byte order of the writer: big-endian is as good as any, and readers look at the magic.
  std::array<std::byte, 24> header{};
  store_be<std::uint32_t>(header.data(), 0xA1B23C4D);
  store_be<std::uint16_t>(header.data() + 4, 2);
  store_be<std::uint16_t>(header.data() + 6, 4);
  store_be<std::uint32_t>(header.data() + 16, 65'535 + ethernet_size);  // longest packet
  store_be<std::uint32_t>(header.data() + 20, 1);                       // Ethernet
  put(header);
}

void PcapWriter::put(std::span<const std::byte> bytes) {
  if (!bytes.empty() && std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size())
    throw std::system_error(errno, std::generic_category(), "writing " + path_.string());
}

void PcapWriter::write(std::int64_t time_ns, const net::Endpoint& from, const net::Endpoint& to,
                       std::span<const std::byte> payload) {
  if (payload.size() > largest_payload)
    throw std::invalid_argument("a UDP datagram holds at most " + std::to_string(largest_payload) +
                                " bytes, not " + std::to_string(payload.size()));
  std::array<std::byte, 16 + ethernet_size + ip_size + udp_size> h{};
  const auto frame = static_cast<std::uint32_t>(h.size() - 16 + payload.size());
  store_be(h.data(), static_cast<std::uint32_t>(time_ns / 1'000'000'000));
  store_be(h.data() + 4, static_cast<std::uint32_t>(time_ns % 1'000'000'000));
  store_be(h.data() + 8, frame);
  store_be(h.data() + 12, frame);

  std::byte* const ethernet = h.data() + 16;
  store_mac(ethernet, to.address);
  store_mac(ethernet + 6, from.address);
  store_be<std::uint16_t>(ethernet + 12, 0x0800);

  std::byte* const ip = ethernet + ethernet_size;
  const auto udp_length = static_cast<std::uint16_t>(udp_size + payload.size());
  ip[0] = std::byte{0x45};
  store_be(ip + 2, static_cast<std::uint16_t>(ip_size + udp_length));
  store_be(ip + 4, identification_++);
  store_be<std::uint16_t>(ip + 6, 0x4000);  // do not fragment
  ip[8] = std::byte{1};                     // time to live
  ip[9] = std::byte{17};
  store_be(ip + 12, from.address.value);
  store_be(ip + 16, to.address.value);
  store_be(ip + 10, fold(add_words(0, {ip, ip_size})));

  std::byte* const udp = ip + ip_size;
  store_be(udp, from.port);
  store_be(udp + 2, to.port);
  store_be(udp + 4, udp_length);
  // The pseudo header: both addresses, the protocol, the length.
  std::uint32_t sum = add_words(17U + udp_length, {ip + 12, 8});
  sum = add_words(add_words(sum, {udp, udp_size}), payload);
  const std::uint16_t checksum = fold(sum);
  store_be(udp + 6, checksum == 0 ? std::uint16_t{0xFFFF} : checksum);

  put(h);
  put(payload);
  ++packets_;
}

void PcapWriter::close() {
  if (std::fclose(file_.release()) != 0)
    throw std::system_error(errno, std::generic_category(), "writing " + path_.string());
}

}  // namespace lln::exchange
