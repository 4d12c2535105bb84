// The instruments of a generated day: distinct tickers in alphabetical order, their directory data and prices.
//
// Threads: a plain function. Guarantees: the same seed gives the same list; the first n symbols of a longer list are not
// those of a shorter one.
#pragma once

#include <lln/feed/itch.hpp>

#include <cstdint>
#include <vector>

namespace lln::exchange {

struct SymbolInfo {
  feed::StockDirectory directory;  ///< locate and stock filled in; no time stamp
  std::uint32_t tick = 100;        ///< smallest price step, 1/10,000; 100 = one cent
  std::uint32_t price = 0;         ///< where the day starts, 1/10,000, a multiple of tick
};

/// Locate i + 1 is element i. 1 <= count <= 65535.
std::vector<SymbolInfo> make_symbols(std::uint32_t count, std::uint64_t seed);

}  // namespace lln::exchange
