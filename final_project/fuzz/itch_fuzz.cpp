// ITCH: the input is decoded as one message, then applied to books as a run of length-prefixed messages.
#include "fuzz_support.hpp"

#include <lln/feed/glimpse.hpp>
#include <lln/feed/itch.hpp>
#include <lln/feed/moldudp64.hpp>
#include <lln/feed/simple_book.hpp>

#include <algorithm>
#include <array>
#include <set>
#include <vector>

namespace {

using namespace lln::feed;
using lln::fuzz::require;

void check_message(std::span<const std::byte> bytes) {
  const DecodeResult result = decode(bytes);
  require(result.message.has_value() == (result.error == DecodeError::none),
          "a message or an error, never both");
  const auto length = bytes.empty() ? std::nullopt : message_length(static_cast<std::uint8_t>(bytes[0]));
  require(result.message.has_value() == (length && bytes.size() >= *length), "type and length alone decide");
  if (!result) return;
  std::array<std::byte, max_message_length> again;
  require(encode(*result.message, again) == *length, "the encoder agrees on the length");
  require(std::ranges::equal(std::span(again).first(*length), bytes.first(*length)),
          "decode, encode: same bytes");
}

void check_side(const SimpleBooks& books, Locate locate, Side side) {
  std::uint64_t shares = 0;
  std::size_t orders = 0;
  const auto levels = books.levels(locate, side);
  for (std::size_t i = 0; i < levels.size(); ++i) {
    require(levels[i].orders > 0 && levels[i].shares >= levels[i].orders, "no level and no order is empty");
    if (i > 0)
      require(
          side == Side::buy ? levels[i - 1].price > levels[i].price : levels[i - 1].price < levels[i].price,
          "levels are strictly sorted");
    shares += levels[i].shares;
    orders += levels[i].orders;
  }
  for (const BookOrder& order : books.orders(locate)) {
    if (order.side != side) continue;
    shares -= order.shares;
    --orders;
  }
  require(shares == 0 && orders == 0, "levels hold exactly the orders");
}

void check_books(const SimpleBooks& books) {
  std::set<std::uint64_t> references;
  for (const Locate locate : books.locates()) {
    check_side(books, locate, Side::buy);
    check_side(books, locate, Side::sell);
    for (const BookOrder& order : books.orders(locate)) {
      require(references.insert(order.reference).second, "a reference is live once");
      require(books.find(order.reference) == &order, "the index finds the order");
      require(order.locate == locate, "an order lies in the book of its locate");
    }
  }
  require(references.size() == books.live_orders(), "the index holds nothing else");

  SimpleBooks copy;
  const auto snapshot = snapshot_messages(books, 1);
  for (std::size_t i = 0; i + 1 < snapshot.size(); ++i) copy.apply(snapshot[i]);
  require(copy.counters() == SimpleBookCounters{.messages = snapshot.size() - 1}, "a snapshot is clean");
  const auto before = books.digests();
  const auto after = copy.digests();
  require(before.size() == after.size() && compare_digests(before, after).empty(),
          "a snapshot rebuilds the books");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = lln::fuzz::bytes_of(data, size);
  check_message(bytes);

  SimpleBooks books;
  std::uint64_t messages = 0;
  BlockCursor cursor(bytes, max_message_count);
  for (std::span<const std::byte> message; cursor.next(message); ++messages) {
    check_message(message);
    std::vector<std::byte> copy(message.begin(), message.end());
    if (copy.size() > 1) copy[1] = std::byte{0};  // locates below 256: fewer books, a hundred times more runs
    books.apply(copy);
  }
  require(books.counters().messages == messages, "every message is counted");
  check_books(books);
  return 0;
}
