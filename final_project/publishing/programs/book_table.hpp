// BookTable: what lln-book-view shows, as text. Takes the events of a MarketView and keeps a row a symbol.
#pragma once

#include <lln/publishing/book_event.hpp>
#include <lln/publishing/subscriber.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace lln::publishing {

class BookTable {
 public:
  /// wanted: names of symbols, in the order in which they are shown; empty: the `rows` with the most events so far.
  BookTable(const Subscriber& subscriber, std::vector<std::string> wanted, std::size_t rows);

  // Sink of a MarketView.
  void on_state(std::uint16_t locate, const SymbolState& state) noexcept;
  void on_quote(const BookEvent& event) noexcept;
  void on_trade(const BookEvent& event) noexcept;
  void on_feed(const BookEvent& event) noexcept;

  /// One line about publisher and feed, a line of titles, a line for each symbol.
  std::string text(const std::string& name);

 private:
  struct Row {
    SymbolState state;
    std::uint64_t events = 0;  // seen by us
  };
  std::string head(const std::string& name) const;
  std::string stock(std::uint16_t locate);
  std::vector<std::uint16_t> shown();

  const Subscriber& subscriber_;
  std::vector<std::string> wanted_;
  std::size_t rows_;
  std::vector<Row> table_;  // by locate
  std::uint64_t events_ = 0;
};

}  // namespace lln::publishing
