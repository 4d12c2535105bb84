// Random flows of events, for differential tests: sensible ones, and ones that are wrong in many ways.
#pragma once

#include <lln/project/book_types.hpp>
#include <lln/project/itch_events.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace lln::project::oracle {

// One event of any type that the books care for, which makes flows easy to cut and to change.
struct FlowEvent {
  char type = 'A';  // A E C X D U P Q R B H S
  std::uint16_t locate = 0;
  std::uint64_t reference = 0;
  std::uint64_t new_reference = 0;
  char side = 'B';
  std::uint64_t shares = 0;
  std::uint32_t price = 0;
  std::uint64_t match = 0;
  char printable = 'Y';
  char name = 'A';
};
using Flow = std::vector<FlowEvent>;

struct FlowProfile {
  std::uint16_t symbols = 3;
  std::uint32_t prices = 12;
  std::size_t live = 60;        // orders that the flow tends to
  unsigned nonsense = 0;        // per cent of the events that are wrong in some way
  bool odd_references = false;  // from all over the 64 bits, many of them alike in their low or high half
  Capacity capacity = {.symbols = 6, .orders = 400};
};

Flow random_flow(const FlowProfile& profile, std::uint64_t seed, std::size_t events);

// "symbol 1: A no. 7 B 100 @ 1.0100"
std::string text(const FlowEvent& event);

Stock stock_of(const FlowEvent& event);  // the name and the locate: "A3"

template <class To>
void give(To& to, const FlowEvent& event) {
  const auto with = [&](auto typed) {
    typed.locate = event.locate;
    if constexpr (requires { typed.reference; }) typed.reference = event.reference;
    if constexpr (requires { typed.new_reference; }) typed.new_reference = event.new_reference;
    if constexpr (requires { typed.side; }) typed.side = event.side;
    if constexpr (requires { typed.shares; })
      typed.shares = static_cast<decltype(typed.shares)>(event.shares);
    if constexpr (requires { typed.price; }) typed.price = event.price;
    if constexpr (requires { typed.match; }) typed.match = event.match;
    if constexpr (requires { typed.printable; }) typed.printable = event.printable;
    if constexpr (requires { typed.stock; }) typed.stock = stock_of(event);
    to.on(typed);
  };
  switch (event.type) {
    case 'A':
      return with(OrderAdded{});
    case 'E':
      return with(OrderExecuted{});
    case 'C':
      return with(OrderExecutedWithPrice{});
    case 'X':
      return with(OrderCancelled{});
    case 'D':
      return with(OrderDeleted{});
    case 'U':
      return with(OrderReplaced{});
    case 'P':
      return with(Trade{});
    case 'Q':
      return with(CrossTrade{});
    case 'R':
      return with(StockDirectory{});
    case 'B':
      return with(BrokenTrade{});
    case 'H':
      return with(TradingAction{});
    default:
      return with(SystemEvent{});
  }
}

// Prices with four decimals: 10'100 is 1.0100.
namespace events {

FlowEvent added(std::uint16_t locate, std::uint64_t reference, char side, std::uint64_t shares,
                std::uint32_t price);
FlowEvent executed(std::uint16_t locate, std::uint64_t reference, std::uint64_t shares,
                   std::uint64_t match = 7);
FlowEvent executed_at(std::uint16_t locate, std::uint64_t reference, std::uint64_t shares,
                      std::uint32_t price, char printable = 'Y', std::uint64_t match = 7);
FlowEvent cancelled(std::uint16_t locate, std::uint64_t reference, std::uint64_t shares);
FlowEvent deleted(std::uint16_t locate, std::uint64_t reference);
FlowEvent replaced(std::uint16_t locate, std::uint64_t reference, std::uint64_t new_reference,
                   std::uint64_t shares, std::uint32_t price);
FlowEvent hidden(std::uint16_t locate, std::uint64_t shares, std::uint32_t price, std::uint64_t match = 7);
FlowEvent crossed(std::uint16_t locate, std::uint64_t shares, std::uint32_t price, std::uint64_t match = 7);
FlowEvent directory(std::uint16_t locate, char name);

}  // namespace events
}  // namespace lln::project::oracle
