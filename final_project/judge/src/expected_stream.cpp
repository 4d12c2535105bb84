#include <lln/judge/expected_stream.hpp>

#include <algorithm>
#include <optional>
#include <variant>

namespace lln::judge {
namespace {

using feed::TradePrint;

// What a message trades, looked at before the books have applied it.
struct Traded {
  const feed::SimpleBooks& books;
  std::uint64_t sequence;

  const feed::BookOrder* order(std::uint64_t reference, feed::Locate locate) const {
    const feed::BookOrder* const found = books.find(reference);
    return found != nullptr && found->locate == locate ? found : nullptr;
  }
  std::optional<TradePrint> operator()(const feed::OrderExecuted& m) const {
    const feed::BookOrder* const hit = order(m.reference, m.header.locate);
    if (hit == nullptr) return std::nullopt;
    return TradePrint{sequence, m.header.locate, hit->price.value, std::min(m.executed, hit->shares),
                      m.match};
  }
  std::optional<TradePrint> operator()(const feed::OrderExecutedWithPrice& m) const {
    const feed::BookOrder* const hit = order(m.reference, m.header.locate);
    if (hit == nullptr) return std::nullopt;
    return TradePrint{sequence, m.header.locate,   m.price.value, std::min(m.executed, hit->shares),
                      m.match,  m.printable != 'N'};
  }
  std::optional<TradePrint> operator()(const feed::Trade& m) const {
    return TradePrint{sequence, m.header.locate, m.price.value, m.shares, m.match};
  }
  std::optional<TradePrint> operator()(const feed::CrossTrade& m) const {
    return TradePrint{sequence, m.header.locate, m.price.value, m.shares, m.match};
  }
  template <class Other>
  std::optional<TradePrint> operator()(const Other&) const {
    return std::nullopt;
  }
};

bool same_prices(const feed::BestPrices& a, const feed::BestPrices& b) {
  return a.bid_price == b.bid_price && a.ask_price == b.ask_price && a.bid_shares == b.bid_shares &&
         a.ask_shares == b.ask_shares;
}

bool changes_a_book(char type) {
  constexpr std::string_view types = "AFECXDU";
  return types.find(type) != std::string_view::npos;
}

}  // namespace

std::vector<feed::OutputRecord> ExpectedStream::apply(std::uint64_t sequence,
                                                      std::span<const std::byte> message) {
  std::vector<feed::OutputRecord> records;
  const feed::DecodeResult decoded = feed::decode(message);
  if (decoded) {
    const auto trade = std::visit(Traded{books_, sequence}, *decoded.message);
    if (trade && trade->shares != 0) records.emplace_back(*trade);
  }
  books_.apply(message);
  if (!decoded || !changes_a_book(static_cast<char>(message[0]))) return records;
  const feed::Locate locate = feed::header_of(*decoded.message).locate;
  const feed::BestPrices now = prices_of(locate, sequence);
  feed::BestPrices& last = last_[locate];
  if (!same_prices(now, last)) records.emplace_back(now);
  last = now;
  return records;
}

std::vector<feed::OutputRecord> ExpectedStream::all_prices(std::uint64_t next) const {
  std::vector<feed::OutputRecord> records;
  for (const feed::Locate locate : books_.locates()) {
    const feed::BestPrices prices = prices_of(locate, next - 1);
    if (!same_prices(prices, {})) records.emplace_back(prices);
  }
  return records;
}

// No sorting into levels: the best price so far, and the shares at it.
feed::BestPrices ExpectedStream::prices_of(feed::Locate locate, std::uint64_t sequence) const {
  feed::BestPrices prices{.sequence = sequence, .locate = locate};
  for (const feed::BookOrder& order : books_.orders(locate)) {
    const bool buy = order.side == feed::Side::buy;
    std::uint32_t& price = buy ? prices.bid_price : prices.ask_price;
    std::uint64_t& shares = buy ? prices.bid_shares : prices.ask_shares;
    const bool better =
        shares == 0 || (buy ? order.price.value > price : order.price.value < price);  // no order has 0
    if (better) {
      price = order.price.value;
      shares = order.shares;
    } else if (order.price.value == price) {
      shares += order.shares;
    }
  }
  return prices;
}

}  // namespace lln::judge
