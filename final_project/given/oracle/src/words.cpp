#include <lln/project/oracle/words.hpp>

#include <array>
#include <cstdio>

namespace lln::project::oracle {

std::string price_text(std::uint32_t price) {
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "%u.%04u", price / 10'000, price % 10'000);
  return text.data();
}
std::string at_price(std::uint64_t shares, std::uint32_t price) {
  return std::to_string(shares) + " @ " + price_text(price);
}

std::string text(const Bbo& bbo) {
  const auto side = [](std::uint64_t shares, std::uint32_t price) {
    return shares == 0 && price == 0 ? std::string("nothing") : at_price(shares, price);
  };
  return "bid " + side(bbo.bid_shares, bbo.bid_price) + ", offer " + side(bbo.ask_shares, bbo.ask_price);
}
std::string text(const Level& level) {
  return at_price(level.shares, level.price) + " in " + std::to_string(level.orders);
}
std::string text(const BookOrder& order) {
  return "no. " + std::to_string(order.reference) + ' ' +
         (order.side == Side::buy    ? "B "
          : order.side == Side::sell ? "S "
                                     : "? ") +
         at_price(order.shares, order.price);
}
// Those that are not zero.
std::string text(const BookCounters& counters) {
  std::string all;
  const auto add = [&](const char* name, std::uint64_t value) {
    if (value != 0) all += (all.empty() ? "" : ", ") + std::string(name) + ' ' + std::to_string(value);
  };
  add("bad_locate", counters.bad_locate);
  add("invalid_field", counters.invalid_field);
  add("unknown_reference", counters.unknown_reference);
  add("duplicate_reference", counters.duplicate_reference);
  add("over_reduced", counters.over_reduced);
  add("capacity_exhausted", counters.capacity_exhausted);
  return all.empty() ? "nothing" : all;
}

namespace {

template <class T>
std::string joined(std::span<const T> values) {
  std::string all;
  for (const T& value : values) all += (all.empty() ? "" : ", ") + text(value);
  return all.empty() ? "none" : all;
}

}  // namespace

std::string list(std::span<const Level> levels) { return joined(levels); }
std::string list(std::span<const BookOrder> orders) { return joined(orders); }

}  // namespace lln::project::oracle
