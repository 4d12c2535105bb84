// A publisher that never waits, consumers that are fast, slow, and late.
#include "testkit.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace lln::publishing {
namespace {

using testkit::is_whole;
using testkit::quote_of;

constexpr std::uint16_t symbols = 8;

// Checks that nothing is torn and that no symbol ever goes back.
struct Judge {
  std::array<std::uint64_t, symbols> newest{};
  std::array<std::uint64_t, symbols> volume{};
  std::uint64_t torn = 0;
  std::uint64_t back = 0;

  void on_state(std::uint16_t locate, const SymbolState& state) noexcept {
    if (state.quote != Quote{}) look(locate, state.quote);
    volume[locate] = state.volume;
  }
  void on_quote(const BookEvent& event) noexcept { look(event.locate, event.quote()); }
  void on_trade(const BookEvent& event) noexcept { volume[event.locate] += event.trade().shares; }
  void on_feed(const BookEvent&) noexcept {}
  void look(std::uint16_t locate, const Quote& quote) noexcept {
    torn += !is_whole(quote);
    back += quote.bid_shares < newest[locate];
    newest[locate] = quote.bid_shares;
  }
};

void consume(Subscriber& subscriber, unsigned pause, Judge& judge) {
  MarketView view(subscriber, judge);
  std::uint64_t turns = 0;
  for (;;) {
    // Looked at before the ring: what was published before the end is then seen.
    const bool closed = subscriber.publisher() == PublisherLife::closed;
    if (view.poll() == 0) {
      if (closed) return;
      std::this_thread::yield();
    }
    if (pause != 0 && ++turns % pause == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

TEST(PublishingThreads, EveryConsumerEndsWithTheNewestOfEachSymbol) {
  constexpr std::uint64_t rounds = 20'000;
  const std::string name = testkit::new_name();
  const PublisherOptions options{.name = name, .symbols = symbols, .ring_events = 64};
  std::optional<Publisher> publisher(options);
  std::array<Judge, 3> judges;
  std::deque<Subscriber> subscribers;  // opened here: the name is gone when the publisher has ended
  std::vector<std::thread> consumers;
  const auto start = [&](unsigned pause) {
    Subscriber& subscriber = subscribers.emplace_back(name);
    Judge& judge = judges[consumers.size()];
    consumers.emplace_back([&subscriber, &judge, pause] { consume(subscriber, pause, judge); });
  };
  start(0);
  start(4);  // slow
  for (std::uint64_t n = 1; n <= rounds; ++n) {
    const auto locate = static_cast<std::uint16_t>(n % symbols);
    publisher->quote(locate, quote_of(n), {.sequence = n, .rx_ns = 0});
    publisher->trade(locate, {.match = n, .shares = 1, .price = 1, .printable = 1},
                     {.sequence = n, .rx_ns = 0});
    if (n == rounds / 2) start(0);  // late
    if (n % 512 == 0) std::this_thread::yield();
  }
  publisher.reset();
  for (std::thread& consumer : consumers) consumer.join();
  for (std::size_t i = 0; i < judges.size(); ++i) {
    EXPECT_EQ(judges[i].torn, 0u) << "consumer " << i;
    EXPECT_EQ(judges[i].back, 0u) << "consumer " << i;
    for (std::uint64_t n = rounds - symbols + 1; n <= rounds; ++n) {
      EXPECT_EQ(judges[i].newest[n % symbols], n) << "consumer " << i;
      EXPECT_EQ(judges[i].volume[n % symbols], rounds / symbols)
          << "consumer " << i << ", which lost " << subscribers[i].lost();
    }
  }
}

TEST(PublishingThreads, TheStateIsNeverBehindTheEventsThatAConsumerSkips) {
  constexpr std::uint64_t events = 200'000;
  const std::string name = testkit::new_name();
  Publisher publisher({.name = name, .symbols = symbols, .ring_events = 64});
  Subscriber subscriber(name);
  std::thread producer([&] {
    // Event number n - 1 carries n.
    for (std::uint64_t n = 1; n <= events; ++n) publisher.quote(1, quote_of(n), {.sequence = n, .rx_ns = 0});
  });
  std::uint64_t behind = 0;
  while (subscriber.next_event() < events) {
    subscriber.resume_now();
    SymbolState state;
    while (!subscriber.load_state(1, state)) std::this_thread::yield();
    behind += state.quote.bid_shares < subscriber.next_event();
  }
  producer.join();
  EXPECT_EQ(behind, 0u) << "a consumer that came at such a moment keeps an old price until the next change";
}

}  // namespace
}  // namespace lln::publishing
