// Books in words, for tests that tell what they saw.
#pragma once

#include <lln/project/book_types.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace lln::project::oracle {

std::string price_text(std::uint32_t price);                      // "1.0100"
std::string at_price(std::uint64_t shares, std::uint32_t price);  // "300 @ 1.0100"
std::string text(const Bbo& bbo);
std::string text(const Level& level);
std::string text(const BookOrder& order);
std::string text(const BookCounters& counters);  // those that are not zero

// "none" when there are none
std::string list(std::span<const Level> levels);
std::string list(std::span<const BookOrder> orders);

// Both sides, best first: "bids 300 @ 1.0100 in 2; offers none".
template <class Books>
std::string ladder(const Books& books, std::uint16_t locate) {
  std::vector<Level> room(1000);
  const auto one_side = [&](Side side) {
    return list(std::span(room).first(std::min(books.levels(locate, side, room), room.size())));
  };
  const std::string bids = one_side(Side::buy);
  return "bids " + bids + "; offers " + one_side(Side::sell);
}

// The orders of one symbol, in the order of the digest.
template <class Books>
std::string queue(const Books& books, std::uint16_t locate) {
  std::vector<BookOrder> room(1000);
  return list(std::span(room).first(std::min(books.orders(locate, room), room.size())));
}

}  // namespace lln::project::oracle
