// The day: its structure, the mix of messages, and those that are about no order.
#include <lln/exchange/detail/flow_constants.hpp>
#include <lln/exchange/flow_generator.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <string>

namespace lln::exchange {

using detail::band;
using detail::no_order;
using detail::participants;
using detail::share_of;

namespace {

constexpr std::int64_t hour_ns = 3'600'000'000'000;
constexpr std::int64_t system_start = 4 * hour_ns;
constexpr std::int64_t market_open = 9 * hour_ns + hour_ns / 2;
constexpr std::int64_t market_close = 16 * hour_ns;
constexpr std::int64_t system_end = 20 * hour_ns;
constexpr std::int64_t messages_end = system_end + hour_ns / 12;

// Steps behind the touch: nine tenths close to it, one tenth spread over the band.
void fill_distances(std::array<std::uint16_t, 4096>& table) {
  const double near = 0.70;
  const double far = 0.975;
  double cumulative = 0;
  std::size_t filled = 0;
  for (int distance = 0; distance < band && filled < table.size(); ++distance) {
    cumulative += 0.9 * (1 - near) * std::pow(near, distance) + 0.1 * (1 - far) * std::pow(far, distance);
    const auto until = static_cast<std::size_t>(cumulative * static_cast<double>(table.size()));
    for (; filled < std::min(until, table.size()); ++filled)
      table[filled] = static_cast<std::uint16_t>(distance);
  }
  for (; filled < table.size(); ++filled) table[filled] = static_cast<std::uint16_t>(band / 2);
}

}  // namespace

void FlowOptions::check() const {
  const auto refuse = [](const std::string& text) { throw std::invalid_argument(text); };
  if (symbols < 1 || symbols > 65'535)
    refuse("symbols: " + std::to_string(symbols) + " is out of range; use 1 to 65535 (a locate has 16 bits)");
  if (live_orders < 1 || live_orders > 50'000'000)
    refuse("live orders: " + std::to_string(live_orders) + " is out of range; use 1 to 50000000");
  if (!(rate > 0) || rate > 1e9)
    refuse("rate: " + std::to_string(rate) + " messages/s is out of range; use more than 0, at most 1e9");
  if (messages < minimum_messages())
    refuse("messages: " + std::to_string(messages) + " is too few; start and end of a day of " +
           std::to_string(symbols) + " symbols take " + std::to_string(minimum_messages()) +
           ": ask for more messages or fewer symbols");
  if (!(zipf_exponent >= 0) || zipf_exponent > 5) refuse("Zipf exponent out of range; use 0 to 5");
  if (!(burst_share >= 0) || !(burst_factor >= 1) || !(burst_factor * burst_share < 1) ||
      !(burst_cycle_ms > 0))
    refuse("bursts: factor must be at least 1, factor x share below 1, the cycle longer than 0 ms");
}

FlowGenerator::FlowGenerator(const FlowOptions& options)
    : options_((options.check(), options)),
      random_(options.seed),
      schedule_({options.rate, options.burst_factor, options.burst_share, options.burst_cycle_ms},
                options.seed),
      zipf_(options.symbols, options.zipf_exponent),
      directory_(make_symbols(options.symbols, options.seed)),
      symbols_(options.symbols),
      by_rank_(options.symbols),
      books_(options.symbols, options.live_orders),
      recent_(recent_orders, no_order),
      day_base_ns_(system_start) {
  for (std::size_t i = 0; i < symbols_.size(); ++i) {
    symbols_[i].name = directory_[i].directory.stock;
    symbols_[i].tick = static_cast<std::uint16_t>(directory_[i].tick);
    symbols_[i].base = directory_[i].price - (band / 2) * directory_[i].tick;
  }
  std::iota(by_rank_.begin(), by_rank_.end(), std::uint16_t{0});
  for (std::size_t i = by_rank_.size(); i > 1; --i)
    std::swap(by_rank_[i - 1], by_rank_[random_.below(static_cast<std::uint32_t>(i))]);

  fill_distances(distances_);
  for (std::size_t i = 0; i < ages_.size(); ++i)
    ages_[i] = static_cast<std::uint32_t>(std::pow(recent_orders - 1.0, static_cast<double>(i) / 4096.0));
  ahead_.fill(no_order);
  for (std::uint32_t i = 0; i < references_.size(); ++i)
    references_[i] = 4 * (std::uint64_t{1'000} + random_.below(50'000)) + i;
  matches_ = 10'000 + random_.below(10'000);

  const std::uint64_t rest = options_.messages - options_.minimum_messages();
  const std::uint64_t n = options_.symbols;
  build_up_at_ = 3 * n + 3;
  open_at_ = build_up_at_ + std::min<std::uint64_t>(options_.live_orders, rest / 2);
  close_at_ = options_.messages - 3;
}

bool FlowGenerator::next(FlowMessage& message) {
  if (generated_ == options_.messages) return false;
  offset_ns_ = schedule_.next();
  message.offset_ns = offset_ns_;
  const std::uint64_t i = generated_;
  if (i > open_at_ && i < close_at_) [[likely]] {
    steady(message);
  } else if (i < build_up_at_) {
    start_of_day(message);
  } else if (i < open_at_) {
    add(message, random_.below(100) < 3);
  } else if (i == open_at_) {
    day_base_ns_ = market_open - offset_ns_;
    system_event(message, 'Q');
  } else {
    end_of_day(message);
  }
  ++generated_;
  return true;
}

feed::Header FlowGenerator::header(std::uint16_t symbol) const noexcept {
  return {feed::Locate{static_cast<std::uint16_t>(symbol + 1)}, 0,
          static_cast<std::uint64_t>(day_base_ns_ + offset_ns_)};
}

void FlowGenerator::encode(FlowMessage& message, const feed::Message& what) const {
  message.set_length(feed::encode(what, message.bytes));
}

void FlowGenerator::system_event(FlowMessage& message, char event) const {
  feed::SystemEvent what{header(0), event};
  what.header.locate.value = 0;
  encode(message, what);
}

void FlowGenerator::start_of_day(FlowMessage& message) {
  const std::uint64_t n = options_.symbols;
  const std::uint64_t i = generated_;
  if (i == 0) return system_event(message, 'O');
  const auto symbol = static_cast<std::uint16_t>((i - 1) % n);
  if (i <= n) {
    feed::StockDirectory what = directory_[symbol].directory;
    what.header = header(symbol);
    encode(message, what);
  } else if (i <= 2 * n) {
    encode(message,
           feed::StockTradingAction{header(symbol), symbols_[symbol].name, 'T', ' ', feed::alpha<4>("")});
  } else if (i <= 3 * n) {
    encode(message, feed::RegSho{header(symbol), symbols_[symbol].name, random_.below(50) == 0 ? '1' : '0'});
  } else if (i == 3 * n + 1) {
    constexpr std::uint64_t index = 410'000'000'000;  // 4,100 points, eight decimals
    feed::MwcbDeclineLevel what{header(0), {index / 100 * 93}, {index / 100 * 87}, {index / 100 * 80}};
    what.header.locate.value = 0;
    encode(message, what);
  } else {
    system_event(message, 'S');
  }
}

void FlowGenerator::end_of_day(FlowMessage& message) {
  const std::uint64_t i = generated_ - close_at_;
  const std::int64_t earliest = i == 0 ? market_close : i == 1 ? system_end : messages_end;
  day_base_ns_ = std::max(day_base_ns_, earliest - offset_ns_);
  system_event(message, "MEC"[i]);
}

void FlowGenerator::steady(FlowMessage& message) {
  constexpr std::uint32_t adds = share_of(0.45);
  constexpr double most_nudge = 0.008;
  const double error = (static_cast<double>(options_.live_orders) - books_.live()) / options_.live_orders;
  const double nudge = std::clamp(0.5 * error, -most_nudge, most_nudge);
  const std::uint32_t add_until =
      adds + static_cast<std::uint32_t>(static_cast<std::int64_t>(nudge * 0x1p32));
  const std::uint32_t draw = random_.next32();
  if (draw < add_until) return add(message, false);
  if (draw < share_of(0.87)) return remove(message);
  if (draw < share_of(0.93)) return replace(message);
  if (draw < share_of(0.98)) return execute(message, false);
  if (draw < share_of(0.99)) return cancel(message);
  if (draw < share_of(0.993)) return execute(message, true);
  other(message);
}

void FlowGenerator::trading_action(FlowMessage& message) {
  const bool resume = paused_ != 0xFFFF;
  const std::uint16_t symbol = resume ? paused_ : random_symbol();
  paused_ = resume ? std::uint16_t{0xFFFF} : symbol;
  encode(message, feed::StockTradingAction{header(symbol), symbols_[symbol].name, resume ? 'T' : 'P', ' ',
                                           feed::alpha<4>(resume ? "" : "LUDP")});
}

void FlowGenerator::other(FlowMessage& message) {
  const std::uint16_t symbol = random_symbol();
  const SymbolState& state = symbols_[symbol];
  const feed::Header h = header(symbol);
  const feed::Price4 fair{price_of(symbol, state.fair)};
  const std::uint32_t shares = choose_shares();
  const std::uint32_t draw = random_.below(1000);
  if (draw < 760) {
    encode(message, feed::Trade{h, 0, feed::Side::buy, shares, state.name, fair, ++matches_});
  } else if (draw < 860) {
    encode(message,
           feed::Noii{h, 10 * shares, shares, "BSNO"[draw % 4], state.name, fair, fair, fair, 'O', 'L'});
  } else if (draw < 910) {
    encode(message, feed::RetailPriceImprovement{h, state.name, "BSAN"[draw % 4]});
  } else if (draw < 940) {
    encode(message, feed::CrossTrade{h, shares, state.name, fair, ++matches_, "OCI"[draw % 3]});
  } else if (draw < 970) {
    encode(message, feed::MarketParticipantPosition{h, participants[draw % participants.size()], state.name,
                                                    'Y', 'N', 'A'});
  } else if (draw < 980) {
    encode(message, feed::BrokenTrade{h, matches_});
  } else if (draw < 990) {
    encode(message,
           feed::LuldAuctionCollar{
               h, state.name, fair, {fair.value + 20U * state.tick}, {fair.value - 20U * state.tick}, 0});
  } else {
    trading_action(message);
  }
}

}  // namespace lln::exchange
