#include "book_table.hpp"

#include "text.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace lln::publishing {
namespace {

using app::formatted;
using app::grouped;

const char* word(FeedPhase phase) {
  switch (phase) {
    case FeedPhase::waiting:
      return "waiting";
    case FeedPhase::live:
      return "live";
    case FeedPhase::recovering:
      return "recovering";
    case FeedPhase::ended:
      return "ended";
  }
  return "?";
}

const char* word(PublisherLife life) {
  switch (life) {
    case PublisherLife::alive:
      return "alive";
    case PublisherLife::silent:
      return "SILENT";
    case PublisherLife::closed:
      return "closed";
  }
  return "?";
}

template <std::size_t N>
std::string trimmed(const std::array<char, N>& padded) {
  std::string text;
  for (const char c : padded) text += c > ' ' && c <= '~' ? c : ' ';
  text.resize(text.find_last_not_of(' ') + 1);
  return text;
}

// A side without orders shows a dash: price 0 is a price.
std::string price(std::uint32_t price, std::uint64_t shares) {
  return shares == 0 ? "-" : app::price_text(price);
}

}  // namespace

BookTable::BookTable(const Subscriber& subscriber, std::vector<std::string> wanted, std::size_t rows)
    : subscriber_(subscriber), wanted_(std::move(wanted)), rows_(rows), table_(subscriber.symbols()) {}

void BookTable::on_state(std::uint16_t locate, const SymbolState& state) noexcept {
  table_[locate].state = state;
}

void BookTable::on_quote(const BookEvent& event) noexcept {
  Row& row = table_[event.locate];
  row.state.quote = event.quote();
  ++row.events;
  ++events_;
}

void BookTable::on_trade(const BookEvent& event) noexcept {
  Row& row = table_[event.locate];
  const TradePrint trade = event.trade();
  row.state.last_price = trade.price;
  row.state.last_shares = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(trade.shares, std::numeric_limits<std::uint32_t>::max()));
  if (trade.printable != 0) row.state.volume += trade.shares;
  ++row.events;
  ++events_;
}

void BookTable::on_feed(const BookEvent& event) noexcept {
  ++events_;
  if (event.kind == EventKind::session) std::fill(table_.begin(), table_.end(), Row{});
}

std::string BookTable::stock(std::uint16_t locate) {
  Row& row = table_[locate];
  SymbolState state;
  // Names do not come as events: most are in the state that was read first.
  if (row.state.stock == Stock{} && subscriber_.load_state(locate, state)) row.state.stock = state.stock;
  const std::string name = trimmed(row.state.stock);
  return name.empty() ? "#" + std::to_string(locate) : name;
}

std::vector<std::uint16_t> BookTable::shown() {
  std::vector<std::uint16_t> known;
  for (std::size_t i = 0; i < table_.size(); ++i) {
    const Row& row = table_[i];
    const bool any = row.events != 0 || row.state.next_event != 0 || row.state.stock != Stock{};
    if (any) known.push_back(static_cast<std::uint16_t>(i));
  }
  if (!wanted_.empty()) {
    std::vector<std::uint16_t> found;
    for (const std::string& name : wanted_) {
      const auto it =
          std::find_if(known.begin(), known.end(), [&](std::uint16_t l) { return stock(l) == name; });
      if (it != known.end()) found.push_back(*it);
    }
    return found;
  }
  const auto busier = [this](std::uint16_t a, std::uint16_t b) {
    return std::pair(table_[b].events, a) < std::pair(table_[a].events, b);
  };
  const std::size_t count = std::min(rows_, known.size());
  std::partial_sort(known.begin(), known.begin() + static_cast<std::ptrdiff_t>(count), known.end(), busier);
  known.resize(count);
  return known;
}

std::string BookTable::head(const std::string& name) const {
  FeedStatus feed;
  for (int tries = 0; tries < 1000 && !subscriber_.load_feed(feed);) ++tries;
  const std::string session = trimmed(feed.session);
  return name +
         formatted("  publisher %s (pid %lld)  session %s  %s  books %s  messages %s  events %s  lost %s\n",
                   word(subscriber_.publisher()), static_cast<long long>(subscriber_.publisher_pid()),
                   session.empty() ? "-" : session.c_str(), word(feed.phase),
                   feed.books_valid ? "valid" : "VOID", grouped(feed.messages).c_str(),
                   grouped(events_).c_str(), grouped(subscriber_.lost()).c_str());
}

std::string BookTable::text(const std::string& name) {
  std::string text = head(name);
  text += formatted("%-8s %12s %12s | %-12s %-12s %10s %12s %14s %12s\n", "symbol", "shares", "bid", "ask",
                    "shares", "spread", "last", "volume", "events");
  for (const std::uint16_t locate : shown()) {
    const Row& row = table_[locate];
    const Quote& quote = row.state.quote;
    std::string spread = "-";
    if (quote.bid_shares != 0 && quote.ask_shares != 0) {
      spread = formatted("%.4f", (static_cast<double>(quote.ask_price) - quote.bid_price) / 1e4);
    }
    text += formatted("%-8s %12s %12s | %-12s %-12s %10s %12s %14s %12s\n", stock(locate).c_str(),
                      grouped(quote.bid_shares).c_str(), price(quote.bid_price, quote.bid_shares).c_str(),
                      price(quote.ask_price, quote.ask_shares).c_str(), grouped(quote.ask_shares).c_str(),
                      spread.c_str(), price(row.state.last_price, row.state.last_shares).c_str(),
                      grouped(row.state.volume).c_str(), grouped(row.events).c_str());
  }
  return text;
}

}  // namespace lln::publishing
