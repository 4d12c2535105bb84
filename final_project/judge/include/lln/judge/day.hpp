// A day: all messages of a session in order, kept in memory. Message 1 is the first.
//
// Threads: read by any number once made. Errors: as feed::BinaryFileReader.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace lln::judge {

class Day {
 public:
  Day() = default;
  /// From a BinaryFILE, as lln-exchange --write-itch leaves one.
  explicit Day(const std::filesystem::path& itch);

  void add(std::span<const std::byte> message);

  std::uint64_t size() const noexcept { return ends_.size(); }
  /// 1 to size().
  std::span<const std::byte> message(std::uint64_t sequence) const noexcept;

 private:
  std::vector<std::byte> bytes_;
  std::vector<std::size_t> ends_;
};

/// For people: "U, locate 13: order 12345682 becomes 12345690, 400 at 150.1100".
std::string describe(std::span<const std::byte> message);

}  // namespace lln::judge
