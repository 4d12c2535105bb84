// One message of each type: the bytes of SPEC.md section 2, and the event that they are.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace lln::project::itch_test {

using Bytes = std::vector<std::byte>;

struct Example {
  char type;
  std::string_view hex;
  std::string_view told;  // the event and its fields in the order of itch_events.hpp; empty: no event
};

// clang-format off
inline constexpr Example examples[] = {
    {'S',
     "53 00 00 00 01 1f 1a d6 35 bd 15 51 ",
     "SystemEvent(0, 34200123456789, Q)"},
    {'R',
     "52 00 0d 00 02 1f 1a d6 35 bd 16 41 41 50 4c 20 20 20 20 51 4e 00 00 00 64 59 43 5a 20 50 41 42 "
     "31 44 00 00 00 03 45 ",
     "StockDirectory(13, 34200123456790, AAPL)"},
    {'H',
     "48 00 0d 00 03 1f 1a d6 35 bd 17 41 41 50 4c 20 20 20 20 48 20 4c 55 44 50 ",
     "TradingAction(13, 34200123456791, AAPL, H)"},
    {'Y',
     "59 00 0d 00 04 1f 1a d6 35 bd 18 41 41 50 4c 20 20 20 20 31 ",
     ""},
    {'L',
     "4c 00 0d 00 05 1f 1a d6 35 bd 19 47 53 43 4f 41 41 50 4c 20 20 20 20 59 4e 41 ",
     ""},
    {'V',
     "56 00 00 00 06 1f 1a d6 35 bd 1a 00 00 00 45 44 61 bf 00 00 00 00 40 c8 fe 0e 80 "
     "00 00 00 3b 9a ca 00 01 ",
     ""},
    {'W',
     "57 00 00 00 07 1f 1a d6 35 bd 1b 32 ",
     ""},
    {'K',
     "4b 00 0d 00 08 1f 1a d6 35 bd 1c 4e 45 57 43 4f 20 20 20 00 00 90 24 41 00 02 98 10 ",
     ""},
    {'J',
     "4a 00 0d 00 09 1f 1a d6 35 bd 1d 41 41 50 4c 20 20 20 20 00 16 e3 60 00 18 08 58 00 15 be 68 "
     "00 00 00 02 ",
     ""},
    {'h',
     "68 00 0d 00 0a 1f 1a d6 35 bd 1e 41 41 50 4c 20 20 20 20 58 54 ",
     ""},
    {'A',
     "41 00 0d 00 0b 1f 1a d6 35 bd 1f 00 00 00 00 00 bc 61 4e 42 00 00 01 2c 41 41 50 4c 20 20 20 20 "
     "00 16 e8 10 ",
     "OrderAdded(13, 34200123456799, 12345678, B, 300, AAPL, 1501200, none)"},
    {'F',
     "46 00 0d 00 0c 1f 1a d6 35 bd 20 00 00 00 00 00 bc 61 52 53 00 00 00 fa 41 41 50 4c 20 20 20 20 "
     "00 16 e8 74 47 53 43 4f ",
     "OrderAdded(13, 34200123456800, 12345682, S, 250, AAPL, 1501300, GSCO)"},
    {'E',
     "45 00 0d 00 0d 1f 1a d6 35 bd 21 00 00 00 00 00 bc 61 4e 00 00 00 64 00 00 00 00 00 0f 3d dd ",
     "OrderExecuted(13, 34200123456801, 12345678, 100, 998877)"},
    {'C',
     "43 00 0d 00 0e 1f 1a d6 35 bd 22 00 00 00 00 00 bc 61 4e 00 00 00 32 00 00 00 00 00 0f 3d de 4e "
     "00 16 e8 42 ",
     "OrderExecutedWithPrice(13, 34200123456802, 12345678, 50, 998878, N, 1501250)"},
    {'X',
     "58 00 0d 00 0f 1f 1a d6 35 bd 23 00 00 00 00 00 bc 61 4e 00 00 00 14 ",
     "OrderCancelled(13, 34200123456803, 12345678, 20)"},
    {'D',
     "44 00 0d 00 10 1f 1a d6 35 bd 24 00 00 00 00 00 bc 61 4e ",
     "OrderDeleted(13, 34200123456804, 12345678)"},
    {'U',
     "55 00 0d 00 11 1f 1a d6 35 bd 25 00 00 00 00 00 bc 61 52 00 00 00 00 00 bc 61 5a 00 00 01 90 "
     "00 16 e7 ac ",
     "OrderReplaced(13, 34200123456805, 12345682, 12345690, 400, 1501100)"},
    {'P',
     "50 00 0d 00 12 1f 1a d6 35 bd 26 00 00 00 00 00 00 00 07 42 00 00 00 4b 41 41 50 4c 20 20 20 20 "
     "00 16 e8 29 00 00 00 00 00 0f 3d df ",
     "Trade(13, 34200123456806, B, 75, AAPL, 1501225, 998879)"},
    {'Q',
     "51 00 0d 00 13 1f 1a d6 35 bd 27 00 00 00 00 00 12 d6 87 41 41 50 4c 20 20 20 20 00 16 e5 54 "
     "00 00 00 00 00 0f 3d e0 4f ",
     "CrossTrade(13, 34200123456807, 1234567, AAPL, 1500500, 998880)"},
    {'B',
     "42 00 0d 00 14 1f 1a d6 35 bd 28 00 00 00 00 00 0f 3d df ",
     "BrokenTrade(13, 34200123456808, 998879)"},
    {'I',
     "49 00 0d 00 15 1f 1a d6 35 bd 29 00 00 00 00 00 07 a1 20 00 00 00 00 00 00 2e e0 42 "
     "41 41 50 4c 20 20 20 20 00 16 eb 30 00 16 e9 3c 00 16 e7 48 43 4c ",
     ""},
    {'N',
     "4e 00 0d 00 16 1f 1a d6 35 bd 2a 41 41 50 4c 20 20 20 20 41 ",
     ""},
    {'O',
     "4f 00 0d 00 17 1f 1a d6 35 bd 2b 4e 45 57 43 4f 20 20 20 59 00 02 71 00 00 05 7e 40 00 03 d0 90 "
     "00 00 1f 1a d6 26 7a d5 00 03 6e e8 00 04 32 38 ",
     ""},
};
// clang-format on

inline Bytes bytes_of(const Example& example) {
  constexpr std::string_view digits = "0123456789abcdef";
  const std::string_view hex = example.hex;
  Bytes bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 3)
    bytes.push_back(static_cast<std::byte>(digits.find(hex[i]) * 16 + digits.find(hex[i + 1])));
  return bytes;
}

inline const Example& example_of(char type) {
  for (const Example& example : examples)
    if (example.type == type) return example;
  return examples[0];
}

// The same message with one byte-string in place of another from `offset` on.
inline Bytes with(Bytes message, std::size_t offset, std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) message[offset + i] = static_cast<std::byte>(text[i]);
  return message;
}

}  // namespace lln::project::itch_test
