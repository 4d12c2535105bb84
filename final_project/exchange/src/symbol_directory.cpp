#include <lln/exchange/random.hpp>
#include <lln/exchange/symbol_directory.hpp>

#include <cmath>
#include <set>
#include <string>

namespace lln::exchange {
namespace {

// Lengths as on the real list: mostly three and four letters, five for foreign issues, units and warrants.
std::string random_ticker(Random& random) {
  const std::uint32_t kind = random.below(100);
  const std::size_t length = kind < 2 ? 2 : kind < 32 ? 3 : kind < 85 ? 4 : 5;
  std::string ticker;
  for (std::size_t i = 0; i < length; ++i) ticker += static_cast<char>('A' + random.below(26));
  if (kind >= 95) ticker.replace(4, 1, 1, "WUYFR"[random.below(5)]);
  if (kind == 84) ticker += random.below(2) == 0 ? ".A" : "-P";
  return ticker;
}

std::uint32_t random_price(Random& random, std::uint32_t tick) {
  if (tick == 1) return 3'500 + random.below(6'000);  // under a dollar
  const double dollars = 4.0 * std::exp(5.0 * random.unit() * random.unit() + random.unit());
  return static_cast<std::uint32_t>(dollars * 100) * tick;
}

}  // namespace

std::vector<SymbolInfo> make_symbols(std::uint32_t count, std::uint64_t seed) {
  Random random(seed, 1);
  std::set<std::string> tickers;
  while (tickers.size() < count) tickers.insert(random_ticker(random));

  std::vector<SymbolInfo> symbols;
  symbols.reserve(count);
  for (const std::string& ticker : tickers) {
    SymbolInfo info;
    info.tick = random.below(100) < 3 ? 1 : 100;
    info.price = random_price(random, info.tick);
    feed::StockDirectory& d = info.directory;
    const bool etf = random.below(100) < 25;
    d.header.locate.value = static_cast<std::uint16_t>(symbols.size() + 1);
    d.stock = feed::symbol(ticker);
    d.market_category = "QQGSNNNPZV"[random.below(10)];
    d.financial_status = random.below(100) < 3 ? 'D' : 'N';
    d.round_lot = info.price > 2'500'000 ? 40 : 100;
    d.round_lots_only = 'N';
    d.issue_class = etf ? 'Q' : ticker.size() == 5 ? 'A' : 'C';
    d.issue_subtype = feed::alpha<2>(etf ? "E" : "Z");
    d.authenticity = ticker.starts_with("ZV") ? 'T' : 'P';
    d.short_sale_threshold = random.below(100) < 2 ? 'Y' : 'N';
    d.ipo_flag = random.below(200) == 0 ? 'Y' : 'N';
    d.luld_tier = random.below(8) == 0 ? '1' : '2';
    d.etp_flag = etf ? 'Y' : 'N';
    d.etp_leverage = etf && random.below(10) == 0 ? 2 : 0;
    d.inverse = d.etp_leverage != 0 && random.below(2) == 0 ? 'Y' : 'N';
    symbols.push_back(info);
  }
  return symbols;
}

}  // namespace lln::exchange
