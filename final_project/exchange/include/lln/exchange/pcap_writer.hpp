// Writes datagrams into a classic pcap file, with the Ethernet, IPv4 and UDP headers that a wire would have carried.
//
// Threads: one thread. Errors: std::system_error naming the file (cannot be created, disk full).
// Source: IETF draft-ietf-opsawg-pcap (magic 0xA1B23C4D = nanoseconds), RFC 791, RFC 768, RFC 1112 section 6.4 (the MAC
// address of a multicast group).
#pragma once

#include <lln/net/endpoint.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

namespace lln::exchange {

class PcapWriter {
 public:
  explicit PcapWriter(const std::filesystem::path& path);

  /// `time_ns` since 1970. At most 65,507 bytes, else std::invalid_argument.
  void write(std::int64_t time_ns, const net::Endpoint& from, const net::Endpoint& to,
             std::span<const std::byte> payload);
  /// Flushes and closes: only this tells whether everything has reached the file.
  void close();

  std::uint64_t packets() const noexcept { return packets_; }

 private:
  struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };
  void put(std::span<const std::byte> bytes);

  std::filesystem::path path_;
  std::vector<char> buffer_;  // outlives the file that writes through it
  std::unique_ptr<std::FILE, Close> file_;
  std::uint64_t packets_ = 0;
  std::uint16_t identification_ = 0;
};

}  // namespace lln::exchange
