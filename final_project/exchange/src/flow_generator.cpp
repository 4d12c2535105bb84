#include <lln/exchange/detail/itch_writer.hpp>
#include <lln/exchange/flow_generator.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <string>

namespace lln::exchange {

using detail::band;
using detail::FlowOrder;
using detail::ItchWriter;
using detail::no_level;
using detail::no_order;
using feed::MessageType;

namespace {

constexpr std::int64_t hour_ns = 3'600'000'000'000;
constexpr std::int64_t system_start = 4 * hour_ns;
constexpr std::int64_t market_open = 9 * hour_ns + hour_ns / 2;
constexpr std::int64_t market_close = 16 * hour_ns;
constexpr std::int64_t system_end = 20 * hour_ns;
constexpr std::int64_t messages_end = system_end + hour_ns / 12;

constexpr std::array<feed::Mpid, 8> participants{
    feed::alpha<4>("GSCO"), feed::alpha<4>("MSCO"), feed::alpha<4>("JPMS"), feed::alpha<4>("UBSS"),
    feed::alpha<4>("CDRG"), feed::alpha<4>("VIRT"), feed::alpha<4>("NITE"), feed::alpha<4>("ETMM")};

constexpr std::uint32_t share_of(double p) { return static_cast<std::uint32_t>(p * 0x1p32); }

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

std::uint16_t FlowGenerator::random_symbol() noexcept { return by_rank_[zipf_.sample(random_)]; }

std::uint32_t FlowGenerator::price_of(std::uint16_t symbol, int level) const noexcept {
  return symbols_[symbol].base + static_cast<std::uint32_t>(level) * symbols_[symbol].tick;
}

std::uint64_t FlowGenerator::new_reference(std::uint16_t symbol) noexcept {
  std::uint64_t& next = references_[symbol % 4];
  const std::uint64_t result = next;
  next += 4;
  return result;
}

void FlowGenerator::arrived(std::uint32_t index) noexcept {
  books_[index].arrival = arrivals_;
  recent_[arrivals_ % recent_orders] = index;
  ++arrivals_;
}

void FlowGenerator::left(std::uint32_t index) noexcept {
  std::uint32_t& entry = recent_[books_[index].arrival % recent_orders];
  if (entry == index && arrivals_ - books_[index].arrival <= recent_orders) entry = no_order;
}

// Drifts back to the middle of the band, ever more likely the further it is away.
void FlowGenerator::move_fair(SymbolState& state) noexcept {
  const std::uint32_t draw = random_.below(128 * 400);
  if (draw >= 400) return;
  const std::uint32_t up = 200 + detail::band / 2 - state.fair;  // of 400
  state.fair = static_cast<std::uint16_t>(draw < up ? state.fair + 1 : state.fair - 1);
}

// Levels are mirrored for sells, so that larger is always more aggressive.
int FlowGenerator::choose_level(std::uint16_t symbol, bool sell) noexcept {
  const SymbolState& state = symbols_[symbol];
  const int own_level = books_.best(symbol, sell);
  const int other_level = books_.best(symbol, !sell);
  const auto mirrored = [sell](int level) { return sell ? band - 1 - level : level; };
  const int target = sell ? band - 1 - state.fair : state.fair - 1;
  const int limit = other_level == no_level ? band - 1 : mirrored(other_level) - 1;
  const std::uint64_t draw = random_.next();
  const int distance = distances_[draw >> 52];
  const auto improve = static_cast<std::uint32_t>(draw) % 64;

  int level = 0;
  if (own_level == no_level) {
    level = target - distance;
  } else {
    const int own = mirrored(own_level);
    level = own - distance;
    if (own < target && improve < 16) level = own + 1 + static_cast<int>(improve) % std::min(target - own, 4);
    if (own >= target && own < target + 3 && improve == 0) level = own + 1;
  }
  level = std::min(level, limit);
  if (level < 0) level = static_cast<int>(improve % 8);
  return mirrored(level);
}

std::uint32_t FlowGenerator::choose_shares() noexcept {
  const std::uint32_t draw = random_.next32();
  const std::uint32_t low = draw % 256;
  if (draw < share_of(0.55)) return 100;
  if (draw < share_of(0.80)) return 100 * (2 + low % 4);
  if (draw < share_of(0.90)) return 1 + low % 99;  // odd lots
  if (draw < share_of(0.98)) return 100 * (6 + low % 15);
  return 1'000 * (3 + low % 18);
}

void FlowGenerator::add(FlowMessage& message, bool lasting) {
  const std::uint16_t symbol = random_symbol();
  SymbolState& state = symbols_[symbol];
  move_fair(state);
  const std::uint32_t draw = random_.next32();
  const bool sell = (draw & 1) != 0;
  const bool attributed = draw < share_of(1.0 / 3);
  const int level = choose_level(symbol, sell);
  const std::uint32_t shares = choose_shares();
  const std::uint64_t reference = new_reference(symbol);
  arrived(books_.add(symbol, sell, level, shares, reference, lasting));

  const feed::Header h = header(symbol);
  ItchWriter writer(message, attributed ? MessageType::add_order_mpid : MessageType::add_order,
                    attributed ? 40 : 36, h.locate.value, h.timestamp_ns);
  writer.put(11, reference)
      .put(19, sell ? 'S' : 'B')
      .put(20, shares)
      .put(24, state.name)
      .put(32, price_of(symbol, level));
  if (attributed) writer.put(36, participants[(draw >> 1) % participants.size()]);
}

std::uint32_t FlowGenerator::choose_recent() noexcept {
  for (int attempt = 0; attempt < 6; ++attempt) {
    const std::uint64_t draw = random_.next();
    const std::size_t cell = draw >> 52;
    const std::uint32_t age =
        ages_[cell] + static_cast<std::uint32_t>(draw) % (ages_[cell + 1] - ages_[cell] + 1);
    const std::uint32_t index = recent_[(arrivals_ - age) % recent_orders];
    if (index != no_order && books_.cancellable(index)) return index;
  }
  return no_order;
}

std::uint32_t FlowGenerator::random_slot() noexcept {
  for (int attempt = 0; attempt < 16 && books_.slots() > 0; ++attempt) {
    const std::uint32_t index = random_.below(books_.slots());
    if (books_.cancellable(index)) return index;
  }
  return no_order;
}

// Old orders are cold in the cache: they are chosen sixteen victims ahead and fetched meanwhile.
std::uint32_t FlowGenerator::choose_any() noexcept {
  const std::uint32_t index = ahead_[ahead_at_];
  const std::uint32_t fresh = random_slot();
  ahead_[ahead_at_] = fresh;
  if (fresh != no_order) books_.prefetch(fresh);
  ahead_at_ = (ahead_at_ + 1) % looked_ahead;
  const std::uint32_t half_way = ahead_[(ahead_at_ + looked_ahead / 2) % looked_ahead];
  if (half_way != no_order) books_.prefetch_neighbours(half_way);
  return index != no_order && books_.cancellable(index) ? index : fresh;
}

std::uint32_t FlowGenerator::choose_victim() noexcept {
  if (random_.next32() < share_of(0.8))
    if (const std::uint32_t index = choose_recent(); index != no_order) return index;
  return choose_any();
}

void FlowGenerator::remove(FlowMessage& message) {
  const std::uint32_t index = choose_victim();
  if (index == no_order) return add(message, false);
  const FlowOrder order = books_[index];
  left(index);
  books_.remove(index);
  const feed::Header h = header(order.symbol);
  ItchWriter(message, MessageType::order_delete, 19, h.locate.value, h.timestamp_ns).put(11, order.reference);
}

void FlowGenerator::replace(FlowMessage& message) {
  const std::uint32_t index = choose_victim();
  if (index == no_order) return add(message, false);
  left(index);
  books_.unlink(index);
  FlowOrder& order = books_[index];
  const std::uint64_t old_reference = order.reference;
  const int level = choose_level(order.symbol, order.sell);
  order.reference = new_reference(order.symbol);
  if (random_.below(3) == 0) order.shares = choose_shares();
  books_.link(index, level);
  arrived(index);
  const feed::Header h = header(order.symbol);
  ItchWriter(message, MessageType::order_replace, 35, h.locate.value, h.timestamp_ns)
      .put(11, old_reference)
      .put(19, order.reference)
      .put(27, order.shares)
      .put(31, price_of(order.symbol, level));
}

// First in line at the best price of an active symbol, on the side that the fair price has moved into.
std::uint32_t FlowGenerator::choose_executable() noexcept {
  for (int attempt = 0; attempt < 8; ++attempt) {
    const std::uint16_t symbol = random_symbol();
    if (symbol == paused_) continue;
    const int bid = books_.best(symbol, false);
    const int ask = books_.best(symbol, true);
    if (bid == no_level && ask == no_level) continue;
    bool sell = (random_.next32() & 1) != 0;
    if (bid >= symbols_[symbol].fair) sell = false;
    if (ask != no_level && ask < symbols_[symbol].fair) sell = true;
    if ((sell ? ask : bid) == no_level) sell = !sell;
    return books_.head(symbol, sell ? ask : bid);
  }
  return no_order;
}

void FlowGenerator::execute(FlowMessage& message, bool with_price) {
  const std::uint32_t index = choose_executable();
  if (index == no_order) return add(message, false);
  const FlowOrder order = books_[index];
  std::uint32_t executed = order.shares;
  const std::uint32_t draw = random_.next32();
  if (draw >= share_of(0.57) && order.shares > 1)
    executed =
        order.shares > 100 ? 100 * (1 + draw % ((order.shares - 1) / 100)) : 1 + draw % (order.shares - 1);
  if (executed == order.shares) {
    left(index);
    books_.remove(index);
  } else {
    books_[index].shares -= executed;
  }
  const feed::Header h = header(order.symbol);
  ItchWriter writer(message,
                    with_price ? MessageType::order_executed_with_price : MessageType::order_executed,
                    with_price ? 36 : 31, h.locate.value, h.timestamp_ns);
  writer.put(11, order.reference).put(19, executed).put(23, ++matches_);
  if (!with_price) return;
  const int level =
      std::clamp<int>(order.level + (order.sell ? -1 : 1) * static_cast<int>(draw % 3), 0, band - 1);
  writer.put(31, draw % 16 == 0 ? 'N' : 'Y').put(32, price_of(order.symbol, level));
}

void FlowGenerator::cancel(FlowMessage& message) {
  std::uint32_t index = no_order;
  for (int attempt = 0; attempt < 8 && (index == no_order || books_[index].shares < 2); ++attempt)
    index = choose_victim();
  if (index == no_order || books_[index].shares < 2) return add(message, false);
  FlowOrder& order = books_[index];
  const std::uint32_t cancelled = 1 + random_.below(order.shares - 1);
  order.shares -= cancelled;
  const feed::Header h = header(order.symbol);
  ItchWriter(message, MessageType::order_cancel, 23, h.locate.value, h.timestamp_ns)
      .put(11, order.reference)
      .put(19, cancelled);
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
