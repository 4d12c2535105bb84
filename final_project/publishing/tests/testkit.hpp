// What the tests of publishing share: a name of their own, and a consumer that writes down what it was told.
#pragma once

#include <lln/publishing/market_view.hpp>
#include <lln/publishing/publisher.hpp>
#include <lln/publishing/subscriber.hpp>

#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace lln::publishing::testkit {

inline std::string new_name() {
  static std::atomic<int> count{0};
  return "test-" + std::to_string(::getpid()) + "-" + std::to_string(++count);
}

inline std::string path_of(const std::string& name) { return "/dev/shm/lln-" + name; }

/// Eight shares that all follow from one number: a mixture of two quotes is seen.
inline Quote quote_of(std::uint64_t n) {
  const auto price = static_cast<std::uint32_t>(n);
  return {.bid_shares = n, .ask_shares = ~n, .bid_price = price, .ask_price = price ^ 0x5555'5555U};
}
inline bool is_whole(const Quote& quote) { return quote == quote_of(quote.bid_shares); }

struct Notes {
  std::map<std::uint16_t, Quote> quotes;  // the newest, by locate
  std::map<std::uint16_t, std::uint64_t> volumes;
  std::vector<BookEvent> events;
  std::vector<EventKind> feed;
  std::uint64_t states = 0;

  void on_state(std::uint16_t locate, const SymbolState& state) {
    ++states;
    quotes[locate] = state.quote;
    volumes[locate] = state.volume;
  }
  void on_quote(const BookEvent& event) {
    events.push_back(event);
    quotes[event.locate] = event.quote();
  }
  void on_trade(const BookEvent& event) {
    events.push_back(event);
    if (event.trade().printable != 0) volumes[event.locate] += event.trade().shares;
  }
  void on_feed(const BookEvent& event) { feed.push_back(event.kind); }
};

}  // namespace lln::publishing::testkit
