// The book that everybody writes first: std::unordered_map from reference to order, std::map of price levels, std::list
// of orders in each. Full depth with queues and the same events as ours, so that the same work is compared.
// It believes its input: for the well-formed streams of the bench only.
#pragma once

#include <lln/feed/digest.hpp>
#include <lln/handler/book_types.hpp>
#include <lln/handler/itch_view.hpp>

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <span>
#include <unordered_map>
#include <vector>

namespace lln::book_bench {

class MapBooks {
 public:
  explicit MapBooks(std::size_t symbols) : books_(symbols + 1) {}

  template <class Sink>
  void apply_one(std::span<const std::byte> message, Sink& sink) {
    namespace itch = handler::itch;
    const std::byte* p = message.data();
    switch (static_cast<char>(p[0])) {
      case 'A':
      case 'F': {
        const itch::AddOrderView m{{{p}}};
        return change(m.locate(), sink, [&](Book& book) {
          add(book, m.side() == 'B' ? feed::Side::buy : feed::Side::sell, m.ref(), m.shares(), m.price());
        });
      }
      case 'E':
      case 'C': {
        const itch::OrderExecutedView m{{{p}}};
        return change(m.locate(), sink, [&](Book& book) { reduce(book, m.ref(), m.executed()); });
      }
      case 'X': {
        const itch::OrderCancelView m{{{p}}};
        return change(m.locate(), sink, [&](Book& book) { reduce(book, m.ref(), m.cancelled()); });
      }
      case 'D': {
        const itch::OrderView m{{p}};
        return change(m.locate(), sink, [&](Book& book) { remove(book, m.ref()); });
      }
      case 'U': {
        const itch::OrderReplaceView m{{{p}}};
        return change(m.locate(), sink, [&](Book& book) {
          const feed::Side side = orders_.at(m.ref()).side;
          remove(book, m.ref());
          add(book, side, m.new_ref(), m.shares(), m.price());
        });
      }
      default:
        return;
    }
  }

  std::uint64_t digest(feed::Locate locate) const {
    feed::DigestBuilder digest;
    const Book& book = books_[locate.value];
    const auto add_level = [&](feed::Side side, std::uint32_t price, const Level& level) {
      for (const std::uint64_t ref : level.queue) digest.add(ref, side, {price}, orders_.at(ref).shares);
    };
    for (auto it = book.bids.rbegin(); it != book.bids.rend(); ++it)
      add_level(feed::Side::buy, it->first, it->second);
    for (const auto& [price, level] : book.asks) add_level(feed::Side::sell, price, level);
    return digest.value();
  }

 private:
  struct Level {
    std::uint64_t shares = 0;
    std::list<std::uint64_t> queue;
  };
  using Levels = std::map<std::uint32_t, Level>;
  struct Book {
    Levels bids;
    Levels asks;
    handler::Bbo bbo;
  };
  struct Order {
    feed::Side side;
    std::uint32_t shares;
    Levels::iterator level;
    std::list<std::uint64_t>::iterator place;
  };

  template <class Sink, class Change>
  void change(std::uint16_t locate, Sink& sink, Change&& how) {
    Book& book = books_[locate];
    how(book);
    handler::Bbo bbo;
    if (!book.bids.empty()) {
      bbo.bid_price = book.bids.rbegin()->first;
      bbo.bid_shares = book.bids.rbegin()->second.shares;
    }
    if (!book.asks.empty()) {
      bbo.ask_price = book.asks.begin()->first;
      bbo.ask_shares = book.asks.begin()->second.shares;
    }
    if (bbo == book.bbo) return;
    book.bbo = bbo;
    sink.on_bbo({locate}, bbo);
  }

  void add(Book& book, feed::Side side, std::uint64_t ref, std::uint32_t shares, std::uint32_t price) {
    Levels& levels = side == feed::Side::buy ? book.bids : book.asks;
    const auto level = levels.try_emplace(price).first;
    level->second.shares += shares;
    orders_[ref] = {side, shares, level, level->second.queue.insert(level->second.queue.end(), ref)};
  }

  void reduce(Book& book, std::uint64_t ref, std::uint32_t shares) {
    Order& order = orders_.at(ref);
    if (shares >= order.shares) return remove(book, ref);
    order.shares -= shares;
    order.level->second.shares -= shares;
  }

  void remove(Book& book, std::uint64_t ref) {
    const auto found = orders_.find(ref);
    const Order& order = found->second;
    Level& level = order.level->second;
    level.shares -= order.shares;
    level.queue.erase(order.place);
    if (level.queue.empty()) (order.side == feed::Side::buy ? book.bids : book.asks).erase(order.level);
    orders_.erase(found);
  }

  std::unordered_map<std::uint64_t, Order> orders_;
  std::vector<Book> books_;
};

}  // namespace lln::book_bench
