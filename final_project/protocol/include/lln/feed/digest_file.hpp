// The text file in which the exchange leaves its books' digests and with which a handler compares its own.
// One line a symbol, sorted by locate:  locate symbol orders digest   e.g.  "17 AAPL 231 9f3c0a5512e4b7d1".
//
// Threads: free functions; the file must not be written meanwhile. Errors: std::system_error when the file cannot be
// opened or written, std::runtime_error naming file and line when a line is wrong. Source: SPEC.md section 10.
#pragma once

#include <lln/feed/digest_builder.hpp>
#include <lln/feed/itch_types.hpp>

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace lln::feed {

struct SymbolDigest {
  Locate locate;
  std::string symbol;  ///< without padding; "-" when no directory message named it
  std::uint64_t orders = 0;
  std::uint64_t digest = fnv_offset_basis;
  bool operator==(const SymbolDigest&) const = default;
};

/// Sorted by locate; a reader sees all of it or nothing (whole_file.hpp).
void write_digests(const std::filesystem::path& path, std::vector<SymbolDigest> digests);
/// Sorted by locate. Throws std::runtime_error on a malformed line or a locate named twice.
std::vector<SymbolDigest> read_digests(const std::filesystem::path& path);

struct DigestMismatch {
  SymbolDigest expected;
  SymbolDigest actual;
};

/// Symbols whose order count or digest differ. A locate that one side lacks counts as a book without orders there;
/// names are not compared.
std::vector<DigestMismatch> compare_digests(std::span<const SymbolDigest> expected,
                                            std::span<const SymbolDigest> actual);

}  // namespace lln::feed
