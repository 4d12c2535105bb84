// ExpectedStream: what a right handler publishes for each message, by the most obvious books (feed::SimpleBooks).
//
// Threads: one. Allocates freely. Cost: a message that changes a book walks through all orders of that book.
// Source: SPEC.md sections 9 and 11.
#pragma once

#include <lln/feed/output_stream.hpp>
#include <lln/feed/simple_book.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace lln::judge {

class ExpectedStream {
 public:
  /// The trade and the best prices that this message makes a handler publish, in this order: none, one or both.
  std::vector<feed::OutputRecord> apply(std::uint64_t sequence, std::span<const std::byte> message);

  /// What follows an R whose first missing message is `next`: the best prices of each book that is not empty.
  std::vector<feed::OutputRecord> all_prices(std::uint64_t next) const;

  const feed::SimpleBooks& books() const noexcept { return books_; }

 private:
  feed::BestPrices prices_of(feed::Locate locate, std::uint64_t sequence) const;

  feed::SimpleBooks books_;
  std::map<feed::Locate, feed::BestPrices> last_;
};

}  // namespace lln::judge
