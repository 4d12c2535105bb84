#include "text.hpp"

#include <lln/app/monitor.hpp>

namespace lln::app {
namespace {

const char* name(FeedState state) {
  switch (state) {
    case FeedState::waiting:
      return "waiting";
    case FeedState::live:
      return "live";
    case FeedState::gap:
      return "gap";
    case FeedState::snapshot:
      return "snapshot";
    case FeedState::ended:
      return "ended";
    case FeedState::lost:
      return "lost";
  }
  return "?";
}

std::string head_line(const std::string& symbol, const Ladder& ladder) {
  std::string text =
      symbol + formatted("   last %s x %s   volume %s   orders %s", price_text(ladder.last_price).c_str(),
                         grouped(ladder.last_shares).c_str(), grouped(ladder.volume).c_str(),
                         grouped(ladder.orders).c_str());
  if (ladder.bid_levels > 0 && ladder.ask_levels > 0) {
    const double ask = ladder.asks[0].price;
    const double bid = ladder.bids[0].price;
    text += formatted("   spread %.4f", (ask - bid) / 1e4);
  }
  return text + "\n";
}

}  // namespace

std::string progress_line(const LiveStatus& before, const LiveStatus& now, double seconds) {
  const auto rate = [seconds](std::uint64_t from, std::uint64_t to) {
    return rate_text(seconds > 0 ? static_cast<double>(to - from) / seconds : 0.0);
  };
  return formatted("%-8s %s msg/s  %s packets/s  gaps %s  unrecovered %s  kernel drops %s  total %s",
                   name(now.state), rate(before.messages, now.messages).c_str(),
                   rate(before.packets, now.packets).c_str(), grouped(now.gaps).c_str(),
                   grouped(now.unrecovered).c_str(), grouped(now.kernel_drops).c_str(),
                   grouped(now.messages).c_str());
}

std::string draw_ladder(const std::string& symbol, const Ladder& ladder) {
  if (!ladder.known) return symbol + ": not in the stock directory (yet)\n";
  std::string text = head_line(symbol, ladder);
  text += formatted("%8s%12s%14s | %-14s%-12s%s\n", "orders", "shares", "bid", "ask", "shares", "orders");
  for (std::size_t i = 0; i < Ladder::depth; ++i) {
    const LadderLevel& bid = ladder.bids[i];
    const LadderLevel& ask = ladder.asks[i];
    text += i < ladder.bid_levels ? formatted("%8u%12s%14s |", bid.orders, grouped(bid.shares).c_str(),
                                              price_text(bid.price).c_str())
                                  : formatted("%34s |", "");
    if (i < ladder.ask_levels) {
      text +=
          formatted(" %-14s%-12s%u", price_text(ask.price).c_str(), grouped(ask.shares).c_str(), ask.orders);
    }
    text += '\n';
  }
  return text;
}

}  // namespace lln::app
