// What books should show and tell after each event: the simple books (lln/feed/simple_book.hpp), made as large as the
// ones that are judged.
#pragma once

#include <lln/project/book_types.hpp>
#include <lln/project/oracle/flow.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace lln::project::oracle {

// After one event.
struct Shown {
  BookCounters counters;
  std::string told;  // to the sink: trade, best bid and offer; see told_trade() and text(Bbo)
  Bbo bbo;           // of the event's symbol, as the next three
  std::size_t orders = 0;
  std::uint64_t digest = 0;
  std::size_t all_orders = 0;  // of all symbols
};

std::string told_trade(std::uint32_t price, std::uint64_t shares, std::uint64_t match, bool printable);

class SimpleOracle {
 public:
  explicit SimpleOracle(const Capacity& capacity);
  ~SimpleOracle();
  SimpleOracle(const SimpleOracle&) = delete;
  SimpleOracle& operator=(const SimpleOracle&) = delete;

  Shown apply(const FlowEvent& event);

  // In the order of the digest.
  std::vector<BookOrder> orders(std::uint16_t locate) const;
  std::vector<Level> levels(std::uint16_t locate, Side side) const;
  std::string symbol(std::uint16_t locate) const;

 private:
  class Books;
  std::unique_ptr<Books> books_;
};

}  // namespace lln::project::oracle
