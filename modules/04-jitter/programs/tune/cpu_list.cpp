#include "cpu_list.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <stdexcept>

namespace lln::tune {
namespace {

constexpr int most_cpus = 8192;

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0 || value >= most_cpus) return {};
  return value;
}

std::optional<Cpus> list(std::string_view text) {
  Cpus cpus;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view part = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    const std::size_t dash = part.find('-');
    const auto first = number(part.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : number(part.substr(dash + 1));
    if (!first || !last || *last < *first) return {};
    for (int cpu = *first; cpu <= *last; ++cpu) cpus.insert(cpu);
  }
  return cpus;
}

// A mask without its commas and leading zeros; nothing for what is no mask.
std::optional<std::string> mask(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c == ',') continue;
    if (std::string_view("0123456789abcdef").find(c) == std::string_view::npos) return {};
    if (!digits.empty() || c != '0') digits += c;
  }
  return text.empty() ? std::nullopt : std::optional(digits);
}

}  // namespace

Cpus parse_cpu_list(std::string_view text) {
  auto cpus = list(text);
  if (!cpus || cpus->empty())
    throw std::invalid_argument("'" + std::string(text) + "' is no list of CPUs; one is written like 0-2,5");
  return *std::move(cpus);
}

std::string to_list(const Cpus& cpus) {
  std::string text;
  for (auto at = cpus.begin(); at != cpus.end();) {
    const int first = *at;
    int last = first;
    for (++at; at != cpus.end() && *at == last + 1; ++at) last = *at;
    text += (text.empty() ? "" : ",") + std::to_string(first);
    if (last != first) text += "-" + std::to_string(last);
  }
  return text;
}

std::string to_mask(const Cpus& cpus) {
  constexpr std::string_view digit = "0123456789abcdef";
  const int highest = cpus.empty() ? 0 : *cpus.rbegin();
  std::string text;
  for (int nibble = highest / 4; nibble >= 0; --nibble) {
    unsigned bits = 0;
    for (int bit = 0; bit < 4; ++bit)
      if (cpus.contains(nibble * 4 + bit)) bits |= 1U << bit;
    text += digit[bits];
    if (nibble % 8 == 0 && nibble != 0) text += ',';
  }
  return text;
}

Cpus without(Cpus from, const Cpus& these) {
  for (const int cpu : these) from.erase(cpu);
  return from;
}

bool contains_all(const Cpus& all, const Cpus& these) {
  return std::includes(all.begin(), all.end(), these.begin(), these.end());
}

std::string_view chosen(std::string_view text) {
  const std::size_t open = text.find('[');
  const std::size_t close = text.find(']');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return text;
  return text.substr(open + 1, close - open - 1);
}

bool same_value(std::string_view a, std::string_view b) {
  a = chosen(a);
  b = chosen(b);
  if (a == b) return true;
  if (const auto left = list(a), right = list(b); left && right && *left == *right && !left->empty())
    return true;
  const auto left = mask(a);
  return left && left == mask(b);
}

}  // namespace lln::tune
