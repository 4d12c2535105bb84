// Two byte sequences side by side, as a hex editor shows them.
#include <lln/testkit/detail/text.hpp>

#include <algorithm>
#include <array>
#include <cstdio>

namespace lln::testkit::detail {
namespace {

constexpr std::size_t row = 16;
constexpr std::size_t most_rows = 16;

std::string hex(std::byte value) {
  char text[3];
  std::snprintf(text, sizeof text, "%02x", std::to_integer<unsigned>(value));
  return text;
}

std::string row_text(const char* label, std::span<const std::byte> bytes, std::size_t from) {
  char offset[40];
  std::snprintf(offset, sizeof offset, "  %-10s %04zx ", label, from);
  std::string text = offset;
  std::string letters;
  for (std::size_t i = from; i < from + row; ++i) {
    if (i >= bytes.size()) {
      text += "   ";
      continue;
    }
    text += ' ' + hex(bytes[i]);
    const auto letter = std::to_integer<unsigned char>(bytes[i]);
    letters += letter >= 0x20 && letter < 0x7f ? static_cast<char>(letter) : '.';
  }
  return text + "  |" + letters + "|\n";
}

bool differs(std::span<const std::byte> a, std::span<const std::byte> b, std::size_t at) {
  if (at >= a.size() || at >= b.size()) return at < a.size() || at < b.size();
  return a[at] != b[at];
}

std::string marks(std::span<const std::byte> a, std::span<const std::byte> b, std::size_t from) {
  std::string text(18, ' ');
  for (std::size_t i = from; i < from + row; ++i) text += differs(a, b, i) ? " ^^" : "   ";
  text.erase(text.find_last_not_of(' ') + 1);
  return text + '\n';
}

std::string dump(std::span<const std::byte> was, std::span<const std::byte> wanted, std::size_t first) {
  const std::size_t end = std::max(was.size(), wanted.size());
  std::string text;
  std::size_t rows = 0;
  // One row before the first difference shows where one is.
  for (std::size_t from = first / row * row - (first >= row ? row : 0); from < end; from += row) {
    if (++rows > most_rows) {
      text += "  ... " + std::to_string(end - from) + " more bytes\n";
      break;
    }
    bool different = false;
    for (std::size_t i = from; i < from + row; ++i) different = different || differs(was, wanted, i);
    if (!different) {
      text += row_text("both", was, from);
    } else {
      text += row_text("should be", wanted, from) + row_text("was", was, from) + marks(was, wanted, from);
    }
  }
  return text;
}

}  // namespace

BytesDifference compare_bytes(std::span<const std::byte> was, std::span<const std::byte> wanted) {
  const std::size_t common = std::min(was.size(), wanted.size());
  const auto first = static_cast<std::size_t>(
      std::mismatch(was.begin(), was.begin() + static_cast<std::ptrdiff_t>(common), wanted.begin()).first -
      was.begin());
  if (first == was.size() && first == wanted.size()) return {};
  std::string sentence = "should have been ";
  if (was.size() != wanted.size()) {
    sentence += with_units(std::to_string(wanted.size()), "bytes") + ", was " +
                with_units(std::to_string(was.size()), "bytes");
    if (first < common) sentence += "; the first difference is at byte " + std::to_string(first);
  } else {
    sentence += hex(wanted[first]) + " at byte " + std::to_string(first) + " of " +
                std::to_string(wanted.size()) + ", was " + hex(was[first]);
  }
  return {sentence, dump(was, wanted, first)};
}

}  // namespace lln::testkit::detail
