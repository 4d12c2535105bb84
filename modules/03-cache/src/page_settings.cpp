#include "page_settings.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <string_view>

namespace lln::cache {
namespace {

constexpr std::size_t kib = 1024;

// "AnonHugePages:      2048 kB" or "HugePages_Free:    3".
std::size_t number_in(std::string_view line) noexcept {
  const std::size_t at = line.find_first_of("0123456789", std::min(line.find(':'), line.size()));
  std::size_t value = 0;
  if (at != std::string_view::npos) std::from_chars(line.data() + at, line.data() + line.size(), value);
  return value;
}

std::size_t meminfo(std::string_view key) {
  std::ifstream file("/proc/meminfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(key)) return number_in(line);
  }
  return 0;
}

struct Range {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
};

// "7f12a0000000-7f12a4000000 rw-p ...": a line that begins a mapping; other lines give an empty range.
Range mapping_in(std::string_view line) noexcept {
  Range range;
  const char* const end = line.data() + line.size();
  const auto [dash, error] = std::from_chars(line.data(), end, range.begin, 16);
  if (error != std::errc() || dash == end || *dash != '-') return {};
  const auto [space, error_2] = std::from_chars(dash + 1, end, range.end, 16);
  if (error_2 != std::errc() || space == end || *space != ' ') return {};
  return range;
}

}  // namespace

std::size_t plain_page_size() noexcept { return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)); }

std::size_t reserved_page_size() { return meminfo("Hugepagesize:") * kib; }

std::size_t transparent_page_size() {
  std::size_t bytes = 0;
  std::ifstream("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size") >> bytes;
  return bytes;
}

std::string transparent_setting() {
  std::ifstream file("/sys/kernel/mm/transparent_hugepage/enabled");
  for (std::string word; file >> word;) {
    if (word.starts_with('[') && word.ends_with(']')) return word.substr(1, word.size() - 2);
  }
  return {};
}

std::string reserved_pool() {
  return "of " + std::to_string(meminfo("HugePages_Total:")) + " in the pool " +
         std::to_string(meminfo("HugePages_Free:")) + " are free: /proc/sys/vm/nr_hugepages";
}

std::size_t huge_bytes_between(std::span<const std::byte> range) {
  const auto begin = reinterpret_cast<std::uintptr_t>(range.data());
  const auto end = begin + range.size();
  std::ifstream file("/proc/self/smaps");
  std::size_t bytes = 0;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (const Range mapping = mapping_in(line); mapping.end != 0) {
      inside = mapping.begin < end && begin < mapping.end;
    } else if (inside && (line.starts_with("AnonHugePages:") || line.starts_with("Private_Hugetlb:") ||
                          line.starts_with("Shared_Hugetlb:"))) {
      bytes += number_in(line) * kib;
    }
  }
  return std::min(bytes, range.size());
}

std::string size_text(std::size_t bytes) {
  const auto whole = [bytes](std::size_t unit) { return bytes >= unit && bytes % unit == 0; };
  if (whole(kib * kib)) return std::to_string(bytes / kib / kib) + " MiB";
  if (whole(kib)) return std::to_string(bytes / kib) + " KiB";
  return std::to_string(bytes) + " bytes";
}

}  // namespace lln::cache
