#include <lln/feed/digest_file.hpp>
#include <lln/feed/whole_file.hpp>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>

namespace lln::feed {
namespace {

bool by_locate(const SymbolDigest& a, const SymbolDigest& b) { return a.locate < b.locate; }

template <class Number>
bool parse(const std::string& text, int base, Number& number) {
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number, base);
  return error == std::errc{} && stop == end;
}

bool parse_line(const std::string& line, SymbolDigest& result) {
  std::istringstream words(line);
  std::string locate, orders, digest, rest;
  if (!(words >> locate >> result.symbol >> orders >> digest) || words >> rest || digest.size() != 16)
    return false;
  return parse(locate, 10, result.locate.value) && parse(orders, 10, result.orders) &&
         parse(digest, 16, result.digest);
}

// One word, whatever bytes a damaged directory message put into the symbol.
std::string word(std::string text) {
  for (char& c : text)
    if (c <= ' ' || c > '~') c = '_';
  return text.empty() ? "-" : text;
}

[[noreturn]] void fail_digests(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

void write_digests(const std::filesystem::path& path, std::vector<SymbolDigest> digests) {
  std::sort(digests.begin(), digests.end(), by_locate);
  std::ostringstream text;
  for (const SymbolDigest& line : digests) {
    char digest[17];
    std::snprintf(digest, sizeof digest, "%016llx", static_cast<unsigned long long>(line.digest));
    text << line.locate.value << ' ' << word(line.symbol) << ' ' << line.orders << ' ' << digest << '\n';
  }
  write_file(path.string(), text.str());
}

std::vector<SymbolDigest> read_digests(const std::filesystem::path& path) {
  errno = 0;
  std::ifstream file(path);
  if (!file) fail_digests("opening digests " + path.string());
  std::vector<SymbolDigest> digests;
  std::string line;
  for (std::size_t number = 1; std::getline(file, line); ++number) {
    const auto wrong = [&](const std::string& why) {
      throw std::runtime_error(path.string() + ":" + std::to_string(number) + ": " + why + ": \"" + line +
                               "\"");
    };
    SymbolDigest parsed;
    if (!parse_line(line, parsed))
      wrong("expected \"locate symbol orders digest\" with a digest of 16 hex digits");
    if (!digests.empty() && !by_locate(digests.back(), parsed)) wrong("locates must ascend");
    digests.push_back(parsed);
  }
  if (file.bad()) fail_digests("reading digests " + path.string());
  return digests;
}

std::vector<DigestMismatch> compare_digests(std::span<const SymbolDigest> expected,
                                            std::span<const SymbolDigest> actual) {
  std::vector<SymbolDigest> left(expected.begin(), expected.end());
  std::vector<SymbolDigest> right(actual.begin(), actual.end());
  std::sort(left.begin(), left.end(), by_locate);
  std::sort(right.begin(), right.end(), by_locate);

  std::vector<DigestMismatch> mismatches;
  const auto check = [&](const SymbolDigest& a, const SymbolDigest& b) {
    if (a.orders != b.orders || a.digest != b.digest) mismatches.push_back({a, b});
  };
  auto l = left.begin();
  auto r = right.begin();
  while (l != left.end() || r != right.end()) {
    if (r == right.end() || (l != left.end() && by_locate(*l, *r))) {
      check(*l, {l->locate, l->symbol, 0, fnv_offset_basis});
      ++l;
    } else if (l == left.end() || by_locate(*r, *l)) {
      check({r->locate, r->symbol, 0, fnv_offset_basis}, *r);
      ++r;
    } else {
      check(*l++, *r++);
    }
  }
  return mismatches;
}

}  // namespace lln::feed
