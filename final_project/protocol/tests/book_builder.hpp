// Short ways to write the messages that the tests of the books need.
#pragma once

#include <lln/feed/itch.hpp>

namespace lln::feed::test {

inline constexpr Locate aapl{13};
inline constexpr Locate msft{14};

inline AddOrder add(std::uint64_t reference, Side side, std::uint32_t shares, std::uint32_t price,
                    Locate locate = aapl) {
  return {{locate, 0, 1000 + reference}, reference, side, shares, symbol("AAPL"), Price4{price}};
}
inline AddOrder buy(std::uint64_t reference, std::uint32_t shares, std::uint32_t price,
                    Locate locate = aapl) {
  return add(reference, Side::buy, shares, price, locate);
}
inline AddOrder sell(std::uint64_t reference, std::uint32_t shares, std::uint32_t price,
                     Locate locate = aapl) {
  return add(reference, Side::sell, shares, price, locate);
}
inline AddOrderMpid buy_as(std::uint64_t reference, std::uint32_t shares, std::uint32_t price,
                           std::string_view mpid, Locate locate = aapl) {
  return {{locate, 0, 1000 + reference},
          reference,
          Side::buy,
          shares,
          symbol("AAPL"),
          Price4{price},
          alpha<4>(mpid)};
}
inline OrderExecuted execute(std::uint64_t reference, std::uint32_t shares, Locate locate = aapl) {
  return {{locate, 0, 0}, reference, shares, 1};
}
inline OrderExecutedWithPrice execute_at(std::uint64_t reference, std::uint32_t shares, std::uint32_t price,
                                         char printable, Locate locate = aapl) {
  return {{locate, 0, 0}, reference, shares, 1, printable, Price4{price}};
}
inline OrderCancel cancel(std::uint64_t reference, std::uint32_t shares, Locate locate = aapl) {
  return {{locate, 0, 0}, reference, shares};
}
inline OrderDelete remove(std::uint64_t reference, Locate locate = aapl) {
  return {{locate, 0, 0}, reference};
}
inline OrderReplace replace(std::uint64_t old_reference, std::uint64_t new_reference, std::uint32_t shares,
                            std::uint32_t price, Locate locate = aapl) {
  return {{locate, 0, 2000}, old_reference, new_reference, shares, Price4{price}};
}
inline StockDirectory directory(Locate locate, std::string_view name) {
  StockDirectory message;
  message.header = {locate, 0, 0};
  message.stock = symbol(name);
  return message;
}

}  // namespace lln::feed::test
