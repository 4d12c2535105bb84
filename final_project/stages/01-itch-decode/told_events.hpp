// Events as text, from the values that were decoded and, by a table, from the bytes themselves.
#pragma once

#include <lln/project/itch_events.hpp>

#include <itch_examples.hpp>

#include <array>
#include <concepts>
#include <cstdint>
#include <string>

namespace lln::project::itch_test {

inline std::string text(char letter) {
  if (letter >= ' ' && letter <= '~') return std::string(1, letter);
  constexpr char digits[] = "0123456789abcdef";
  const auto number = static_cast<unsigned char>(letter);
  return {'\\', 'x', digits[number / 16], digits[number % 16]};
}

template <std::size_t n>
std::string text(const std::array<char, n>& letters) {
  if (letters == std::array<char, n>{}) return "none";
  std::size_t end = n;
  while (end > 0 && letters[end - 1] == ' ') --end;
  std::string all;
  for (std::size_t i = 0; i < end; ++i) all += text(letters[i]);
  return all;
}

template <std::unsigned_integral T>
std::string text(T number) {
  return std::to_string(number);
}

// A sink that writes down what it is given.
class Teller {
 public:
  void on(const SystemEvent& e) { tell("SystemEvent", e, text(e.event)); }
  void on(const StockDirectory& e) { tell("StockDirectory", e, text(e.stock)); }
  void on(const TradingAction& e) { tell("TradingAction", e, text(e.stock), text(e.state)); }
  void on(const OrderAdded& e) {
    tell("OrderAdded", e, text(e.reference), text(e.side), text(e.shares), text(e.stock), text(e.price),
         text(e.participant));
  }
  void on(const OrderExecuted& e) {
    tell("OrderExecuted", e, text(e.reference), text(e.shares), text(e.match));
  }
  void on(const OrderExecutedWithPrice& e) {
    tell("OrderExecutedWithPrice", e, text(e.reference), text(e.shares), text(e.match), text(e.printable),
         text(e.price));
  }
  void on(const OrderCancelled& e) { tell("OrderCancelled", e, text(e.reference), text(e.shares)); }
  void on(const OrderDeleted& e) { tell("OrderDeleted", e, text(e.reference)); }
  void on(const OrderReplaced& e) {
    tell("OrderReplaced", e, text(e.reference), text(e.new_reference), text(e.shares), text(e.price));
  }
  void on(const Trade& e) {
    tell("Trade", e, text(e.side), text(e.shares), text(e.stock), text(e.price), text(e.match));
  }
  void on(const CrossTrade& e) {
    tell("CrossTrade", e, text(e.shares), text(e.stock), text(e.price), text(e.match));
  }
  void on(const BrokenTrade& e) { tell("BrokenTrade", e, text(e.match)); }

  unsigned calls = 0;
  std::string told;

 private:
  template <class... Texts>
  void tell(const char* name, const EventHeader& header, const Texts&... texts) {
    ++calls;
    told = std::string(name) + '(' + text(header.locate) + ", " + text(header.timestamp_ns);
    ((told += ", " + texts), ...);
    told += ')';
  }
};

struct Layout {
  char type;
  const char* event;
  const char*
      fields;  // in the order of the event; each: offset, then n1..n8 (number), t4, t8 (text), c, or - (none)
};

inline constexpr Layout layouts[] = {
    {'S', "SystemEvent", "11c"},
    {'R', "StockDirectory", "11t8"},
    {'H', "TradingAction", "11t8 19c"},
    {'A', "OrderAdded", "11n8 19c 20n4 24t8 32n4 0-"},
    {'F', "OrderAdded", "11n8 19c 20n4 24t8 32n4 36t4"},
    {'E', "OrderExecuted", "11n8 19n4 23n8"},
    {'C', "OrderExecutedWithPrice", "11n8 19n4 23n8 31c 32n4"},
    {'X', "OrderCancelled", "11n8 19n4"},
    {'D', "OrderDeleted", "11n8"},
    {'U', "OrderReplaced", "11n8 19n8 27n4 31n4"},
    {'P', "Trade", "19c 20n4 24t8 32n4 36n8"},
    {'Q', "CrossTrade", "11n8 19t8 27n4 31n8"},
    {'B', "BrokenTrade", "11n8"},
};

inline std::uint64_t number_at(const Bytes& message, std::size_t offset, std::size_t width) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < width; ++i)
    number = number * 256 + std::to_integer<std::uint64_t>(message[offset + i]);
  return number;
}

template <std::size_t n>
std::array<char, n> letters_at(const Bytes& message, std::size_t offset) {
  std::array<char, n> letters{};
  for (std::size_t i = 0; i < n; ++i) letters[i] = static_cast<char>(message[offset + i]);
  return letters;
}

// What Teller should have written for a message that is long enough; nothing for the types without an event.
inline std::string told_of(const Bytes& message) {
  for (const Layout& layout : layouts) {
    if (layout.type != static_cast<char>(message[0])) continue;
    std::string told = std::string(layout.event) + '(' + text(number_at(message, 1, 2)) + ", " +
                       text(number_at(message, 5, 6));
    for (const char* at = layout.fields; *at != '\0';) {
      std::size_t offset = 0;
      for (; *at >= '0' && *at <= '9'; ++at) offset = offset * 10 + static_cast<std::size_t>(*at - '0');
      const char kind = *at++;
      const std::size_t width = kind == 'n' || kind == 't' ? static_cast<std::size_t>(*at++ - '0') : 1;
      told += ", ";
      if (kind == 'n') told += text(number_at(message, offset, width));
      if (kind == 'c') told += text(letters_at<1>(message, offset)[0]);
      if (kind == 't')
        told += width == 8 ? text(letters_at<8>(message, offset)) : text(letters_at<4>(message, offset));
      if (kind == '-') told += "none";
      if (*at == ' ') ++at;
    }
    return told + ')';
  }
  return "";
}

}  // namespace lln::project::itch_test
