// The messages about orders: which order, what happens to it, and the book that remembers it.
#include <lln/exchange/detail/flow_constants.hpp>
#include <lln/exchange/detail/itch_writer.hpp>
#include <lln/exchange/flow_generator.hpp>

#include <algorithm>

namespace lln::exchange {

using detail::band;
using detail::FlowOrder;
using detail::ItchWriter;
using detail::no_level;
using detail::no_order;
using detail::participants;
using detail::share_of;
using feed::MessageType;

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

}  // namespace lln::exchange
