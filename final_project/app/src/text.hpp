// Numbers as people read them.
#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <string>

namespace lln::app {

// 1234567 -> "1,234,567"
inline std::string grouped(std::uint64_t value) {
  std::string text = std::to_string(value);
  for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, 1, ',');
  return text;
}

template <class... Args>
std::string formatted(const char* format, Args... args) {
  std::array<char, 256> text{};
  std::snprintf(text.data(), text.size(), format, args...);
  return text.data();
}

// 1500 -> "1.50 us": three or four digits and the unit that suits.
inline std::string duration_text(double ns) {
  if (ns < 1e3) return formatted("%.0f ns", ns);
  if (ns < 1e4) return formatted("%.2f us", ns / 1e3);
  if (ns < 1e6) return formatted("%.1f us", ns / 1e3);
  if (ns < 1e9) return formatted("%.2f ms", ns / 1e6);
  return formatted("%.2f s", ns / 1e9);
}

// 999999 -> "1.00 M"
inline std::string rate_text(double per_second) {
  if (per_second < 1e3) return formatted("%.0f", per_second);
  if (per_second < 1e6) return formatted("%.1f k", per_second / 1e3);
  return formatted("%.2f M", per_second / 1e6);
}

// A price with four implied decimals: 1234500 -> "123.4500"
inline std::string price_text(std::uint32_t price) {
  return formatted("%u.%04u", price / 10'000, price % 10'000);
}

}  // namespace lln::app
