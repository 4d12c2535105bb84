// What the tests of the order books share: messages in few characters, blocks, a sink that remembers.
#pragma once

#include <lln/feed/itch.hpp>
#include <lln/handler/order_book.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <span>
#include <string>
#include <vector>

namespace lln::handler::testkit {

using Bytes = std::vector<std::byte>;

inline Bytes encoded(const feed::Message& message) {
  Bytes bytes(feed::max_message_length);
  bytes.resize(feed::encode(message, bytes));
  return bytes;
}

/// Messages about one symbol; prices in 1/10,000 dollar.
struct Symbol {
  std::uint16_t locate = 1;

  feed::Header header() const { return {.locate = {locate}, .tracking = 0, .timestamp_ns = 1}; }
  Bytes add(std::uint64_t ref, char side, std::uint32_t shares, std::uint32_t price) const {
    feed::AddOrder m;
    m.header = header(), m.reference = ref, m.side = static_cast<Side>(side), m.shares = shares;
    m.stock = feed::symbol("TEST"), m.price = {price};
    return encoded(m);
  }
  Bytes add_mpid(std::uint64_t ref, char side, std::uint32_t shares, std::uint32_t price) const {
    feed::AddOrderMpid m;
    m.header = header(), m.reference = ref, m.side = static_cast<Side>(side), m.shares = shares;
    m.stock = feed::symbol("TEST"), m.price = {price}, m.attribution = feed::alpha<4>("NSDQ");
    return encoded(m);
  }
  Bytes execute(std::uint64_t ref, std::uint32_t shares, std::uint64_t match = 7) const {
    feed::OrderExecuted m;
    m.header = header(), m.reference = ref, m.executed = shares, m.match = match;
    return encoded(m);
  }
  Bytes execute_at(std::uint64_t ref, std::uint32_t shares, std::uint32_t price, char printable = 'Y') const {
    feed::OrderExecutedWithPrice m;
    m.header = header(), m.reference = ref, m.executed = shares, m.match = 8;
    m.printable = printable, m.price = {price};
    return encoded(m);
  }
  Bytes cancel(std::uint64_t ref, std::uint32_t shares) const {
    feed::OrderCancel m;
    m.header = header(), m.reference = ref, m.cancelled = shares;
    return encoded(m);
  }
  Bytes remove(std::uint64_t ref) const {
    feed::OrderDelete m;
    m.header = header(), m.reference = ref;
    return encoded(m);
  }
  Bytes replace(std::uint64_t ref, std::uint64_t new_ref, std::uint32_t shares, std::uint32_t price) const {
    feed::OrderReplace m;
    m.header = header(), m.old_reference = ref, m.new_reference = new_ref, m.shares = shares,
    m.price = {price};
    return encoded(m);
  }
  Bytes trade(std::uint32_t shares, std::uint32_t price) const {
    feed::Trade m;
    m.header = header(), m.shares = shares, m.price = {price}, m.match = 9;
    return encoded(m);
  }
  Bytes cross(std::uint64_t shares, std::uint32_t price) const {
    feed::CrossTrade m;
    m.header = header(), m.shares = shares, m.price = {price}, m.match = 10, m.cross_type = 'O';
    return encoded(m);
  }
  Bytes directory(std::string_view name) const {
    feed::StockDirectory m;
    m.header = header(), m.stock = feed::symbol(name);
    return encoded(m);
  }
};

inline constexpr Symbol apple{1};
inline constexpr Symbol pear{2};

/// Length-prefixed blocks, as in a packet.
class Blocks {
 public:
  void append(std::span<const std::byte> message) {
    bytes_.push_back(static_cast<std::byte>(message.size() >> 8));
    bytes_.push_back(static_cast<std::byte>(message.size() & 0xFF));
    bytes_.insert(bytes_.end(), message.begin(), message.end());
    ++count_;
  }
  BlockRun run() const { return {.first = bytes_.data(), .count = count_, .first_sequence = 1}; }
  /// The same in memory that ends with the last block, so that a sanitizer sees any read beyond.
  void shrink_to_fit() { bytes_.shrink_to_fit(); }
  bool empty() const { return count_ == 0; }
  void clear() {
    bytes_ = {};
    count_ = 0;
  }

 private:
  Bytes bytes_;
  std::uint16_t count_ = 0;
};

struct TradeEvent {
  std::uint16_t locate;
  std::uint32_t price;
  std::uint64_t shares;
  std::uint64_t match;
  bool printable;
  bool operator==(const TradeEvent&) const = default;
};

struct RecordingSink {
  struct BboEvent {
    std::uint16_t locate;
    Bbo bbo;
    bool operator==(const BboEvent&) const = default;
  };
  std::vector<BboEvent> bbos;
  std::vector<TradeEvent> trades;
  std::size_t applied = 0;

  void on_bbo(Locate locate, const Bbo& bbo) noexcept { bbos.push_back({locate.value, bbo}); }
  void on_trade(Locate locate, std::uint32_t price, std::uint64_t shares, std::uint64_t match,
                bool printable) noexcept {
    trades.push_back({locate.value, price, shares, match, printable});
  }
  void on_applied(const std::byte*) noexcept { ++applied; }
};

/// Small books with their sink: `books << apple.add(...) << apple.remove(...)`.
struct Scene {
  OrderBooks books;
  RecordingSink sink;
  explicit Scene(const Capacity& capacity = {.orders = 1000, .levels = 1000, .symbols = 16})
      : books(capacity) {}

  Scene& operator<<(const Bytes& message) {
    books.apply_one(message, sink);
    return *this;
  }
  /// Best first.
  std::vector<LevelView> levels(Side side, std::uint16_t locate = 1) const {
    std::vector<LevelView> out(books.level_count({locate}, side));
    out.resize(books.levels({locate}, side, out));
    return out;
  }
  /// Priority order, bids then asks.
  std::vector<OrderView> orders(std::uint16_t locate = 1) const {
    std::vector<OrderView> out(books.order_count({locate}));
    out.resize(books.orders({locate}, out));
    return out;
  }
  std::vector<std::uint64_t> queue(std::uint16_t locate = 1) const {
    std::vector<std::uint64_t> refs;
    for (const OrderView& order : orders(locate)) refs.push_back(order.ref);
    return refs;
  }
  Bbo bbo(std::uint16_t locate = 1) const { return books.bbo({locate}); }
};

/// Of random tests; set LLN_SEED to repeat one.
inline std::uint64_t seed() {
  if (const char* text = std::getenv("LLN_SEED")) return std::strtoull(text, nullptr, 10);
  return std::random_device{}();
}

}  // namespace lln::handler::testkit

namespace lln::handler {

// For GoogleTest's messages.
inline void PrintTo(const Bbo& bbo, std::ostream* out) {
  *out << bbo.bid_shares << " @ " << bbo.bid_price << " | " << bbo.ask_price << " @ " << bbo.ask_shares;
}
inline void PrintTo(const LevelView& level, std::ostream* out) {
  *out << level.price << ": " << level.shares << " shares in " << level.orders << " orders";
}
inline void PrintTo(const OrderView& order, std::ostream* out) {
  *out << "order " << order.ref << ' ' << static_cast<char>(order.side) << ' ' << order.shares << " @ "
       << order.price;
}

}  // namespace lln::handler
