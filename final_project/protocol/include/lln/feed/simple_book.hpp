// Books of every symbol, kept in the most obvious way: the oracle that faster books are compared with.
//
// A symbol's orders are one std::list in order of arrival; a hash map finds an order by its reference; levels are made
// by sorting when somebody asks. Threads: one thread an object. Guarantees: no input is fatal: what is wrong is counted
// as SPEC.md section 9 says. Allocates freely.
#pragma once

#include <lln/feed/digest_file.hpp>
#include <lln/feed/itch.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace lln::feed {

struct BookOrder {
  std::uint64_t reference = 0;
  Locate locate;
  Side side = Side::buy;
  Price4 price;
  std::uint32_t shares = 0;  ///< remaining, never 0
  std::uint64_t timestamp_ns = 0;
  std::optional<Mpid> attribution;  ///< set when it came as F
};

struct BookLevel {
  Price4 price;
  std::uint64_t shares = 0;
  std::size_t orders = 0;
  bool operator==(const BookLevel&) const = default;
};

struct BookStatistics {
  std::uint64_t executions = 0;       ///< E, and C that is printable
  std::uint64_t executed_shares = 0;  ///< of those
  std::uint64_t unprinted_executions = 0;
  std::uint64_t hidden_trades = 0;  ///< P
  std::uint64_t hidden_shares = 0;
  std::uint64_t crosses = 0;  ///< Q
  std::uint64_t cross_shares = 0;
  bool operator==(const BookStatistics&) const = default;
};

struct SimpleBookCounters {
  std::uint64_t messages = 0;  ///< all that were given to apply()
  std::uint64_t unknown_type = 0;
  std::uint64_t truncated = 0;
  std::uint64_t bad_locate = 0;
  std::uint64_t invalid_field = 0;
  std::uint64_t unknown_reference = 0;
  std::uint64_t duplicate_reference = 0;
  std::uint64_t over_reduced = 0;
  bool operator==(const SimpleBookCounters&) const = default;
};

class SimpleBooks {
 public:
  /// One ITCH message, as it came off the wire.
  void apply(std::span<const std::byte> message);
  void apply(const Message& message);

  /// Best price first.
  std::vector<BookLevel> levels(Locate locate, Side side) const;
  std::optional<BookLevel> best(Locate locate, Side side) const;
  /// In order of arrival, both sides mixed; FIFO within each price.
  const std::list<BookOrder>& orders(Locate locate) const noexcept;
  /// nullptr when the reference is not live.
  const BookOrder* find(std::uint64_t reference) const noexcept;
  std::size_t live_orders() const noexcept { return by_reference_.size(); }

  std::uint64_t digest(Locate locate) const;
  /// Of every locate that was declared or has orders, sorted by locate.
  std::vector<SymbolDigest> digests() const;

  /// Locates that were declared or have orders, ascending.
  std::vector<Locate> locates() const;
  /// Name from the directory, without padding; empty when there was none.
  std::string symbol(Locate locate) const;
  const BookStatistics& statistics(Locate locate) const noexcept;
  const SimpleBookCounters& counters() const noexcept { return counters_; }

  /// Latest message of this type about this locate (kept for S R H Y h): what a snapshot begins with.
  const Message* latest(Locate locate, MessageType type) const noexcept;

 private:
  struct Book {
    std::list<BookOrder> orders;
    std::map<MessageType, Message> latest;
    BookStatistics statistics;
  };
  using Place = std::list<BookOrder>::iterator;

  void handle(const AddOrder& message);
  void handle(const AddOrderMpid& message);
  void handle(const OrderExecuted& message);
  void handle(const OrderExecutedWithPrice& message);
  void handle(const OrderCancel& message);
  void handle(const OrderDelete& message);
  void handle(const OrderReplace& message);
  void handle(const StockDirectory& message);
  void handle(const SystemEvent& message) { keep(message); }
  void handle(const StockTradingAction& message) { keep(message); }
  void handle(const RegSho& message) { keep(message); }
  void handle(const OperationalHalt& message) { keep(message); }
  void handle(const Trade& message);
  void handle(const CrossTrade& message);
  template <class Other>
  void handle(const Other&) {}

  void keep(const Message& message);
  void add(const BookOrder& order);
  void insert(const BookOrder& order);
  void remove(Place place);
  std::uint32_t reduce(Place place, std::uint32_t shares);
  std::optional<Place> place_of(std::uint64_t reference, Locate locate);
  Book& book(Locate locate);
  const Book& book_or_empty(Locate locate) const noexcept;

  std::deque<Book> books_;  // by locate; a deque never moves the lists that places point into
  std::unordered_map<std::uint64_t, Place> by_reference_;
  SimpleBookCounters counters_;
};

}  // namespace lln::feed
