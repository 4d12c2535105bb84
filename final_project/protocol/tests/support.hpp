// What the tests of this folder share: bytes from hex text, a seed, a directory for files.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cctype>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace lln::feed::test {

using Bytes = std::vector<std::byte>;

/// "41 00 0d" -> three bytes. Spaces are free.
inline Bytes hex(std::string_view text) {
  std::string digits;
  for (const char c : text)
    if (!std::isspace(static_cast<unsigned char>(c))) digits += c;
  if (digits.size() % 2 != 0) throw std::invalid_argument("odd number of hex digits: " + digits);
  Bytes bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2)
    bytes.push_back(static_cast<std::byte>(std::stoul(digits.substr(i, 2), nullptr, 16)));
  return bytes;
}

inline std::string to_hex(std::span<const std::byte> bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const std::byte byte : bytes) {
    if (!text.empty()) text += ' ';
    text += digits[std::to_integer<unsigned>(byte) >> 4];
    text += digits[std::to_integer<unsigned>(byte) & 15];
  }
  return text;
}

inline Bytes copy(std::span<const std::byte> bytes) { return {bytes.begin(), bytes.end()}; }

/// A heap block of exactly these bytes, so that AddressSanitizer sees a read of one more.
inline Bytes first(const Bytes& bytes, std::size_t count) {
  Bytes result(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count));
  result.shrink_to_fit();
  return result;
}

/// Seeded from LLN_SEED or anew; the seed appears in the output.
inline std::mt19937_64 random_engine() {
  const char* const given = std::getenv("LLN_SEED");
  const std::uint64_t seed = given ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  std::cout << "LLN_SEED=" << seed << '\n';
  return std::mt19937_64(seed);
}

inline std::byte random_byte(std::mt19937_64& random) { return static_cast<std::byte>(random()); }

/// A fresh directory, removed with everything in it at the end.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "lln-feed-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp " + name);
    path_ = name;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  std::filesystem::path operator/(const char* name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// The text of the exception that `action` throws; empty when it throws none.
template <class Exception, class Action>
std::string message_of(Action&& action) {
  try {
    action();
  } catch (const Exception& exception) {
    return exception.what();
  }
  return {};
}

}  // namespace lln::feed::test
