// The files in a .zip archive, one at a time in memory: what the market data test needs and no more.
//
// Stored and deflated entries below 4 GiB; no encryption, no multi-part archives. Errors: std::runtime_error with one
// sentence that names the archive. Source: PKWARE APPNOTE.TXT 6.3, sections 4.3.7, 4.3.12, 4.3.16.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace lln::handler::testkit {

class ZipReader {
 public:
  struct Entry {
    std::string name;
    std::uint16_t method = 0;  // 0 stored, 8 deflated
    std::uint32_t compressed = 0;
    std::uint32_t size = 0;
    std::uint32_t crc = 0;
    std::uint32_t offset = 0;  // of the local header
  };

  explicit ZipReader(const std::filesystem::path& path);

  const std::vector<Entry>& entries() const { return entries_; }
  /// Unpacked, its checksum verified.
  std::string read(const Entry& entry) const;

 private:
  [[noreturn]] void fail(const std::string& what) const;
  std::uint32_t number(std::size_t at, int bytes) const;

  std::string name_;
  std::string bytes_;
  std::vector<Entry> entries_;
};

}  // namespace lln::handler::testkit
