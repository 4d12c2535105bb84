// The plain answer of stage 3 as a contestant: linked lists in arrays, decoded messages handed in one by one.
#pragma once

#include "contestants.hpp"

#include <lln/project/book_types.hpp>
#include <lln/project/itch_events.hpp>

#include <order_book.hpp>

#include <cstdint>
#include <optional>
#include <span>

namespace lln::book_bench {

class StageBooks final : public Contestant, private project::BookSink {
 public:
  explicit StageBooks(std::uint32_t orders)
      : Contestant("stage_3", "the plain answer of stage 3"), books_({.orders = orders}, this) {}

  void play(std::span<const BlockRun> runs) override {
    for (const BlockRun& run : runs)
      for_each_message(run, [&](std::span<const std::byte> message) { apply(message.data()); });
  }
  std::optional<std::uint64_t> digest(feed::Locate locate) const override {
    return books_.digest(locate.value);
  }
  std::optional<CountingSink> events() const override { return sink_; }
  std::uint64_t result() const override { return sink_.checksum; }

 private:
  // Messages of the bench's own day: whole and well-formed.
  void apply(const std::byte* p) noexcept {
    namespace itch = handler::itch;
    const auto order = [&]<class Event>(Event event) {
      const itch::OrderView view{{p}};
      event.locate = view.locate();
      event.reference = view.ref();
      return event;
    };
    switch (static_cast<char>(p[0])) {
      case 'A':
      case 'F': {
        const itch::AddOrderView m{{{p}}};
        auto event = order(project::OrderAdded{});
        event.side = m.side(), event.shares = m.shares(), event.price = m.price();
        return books_.on(event);
      }
      case 'D':
        return books_.on(order(project::OrderDeleted{}));
      case 'E': {
        auto event = order(project::OrderExecuted{});
        event.shares = itch::OrderExecutedView{{{p}}}.executed();
        return books_.on(event);
      }
      case 'C': {
        auto event = order(project::OrderExecutedWithPrice{});
        event.shares = itch::OrderExecutedView{{{p}}}.executed();
        return books_.on(event);
      }
      case 'X': {
        auto event = order(project::OrderCancelled{});
        event.shares = itch::OrderCancelView{{{p}}}.cancelled();
        return books_.on(event);
      }
      case 'U': {
        const itch::OrderReplaceView m{{{p}}};
        auto event = order(project::OrderReplaced{});
        event.new_reference = m.new_ref(), event.shares = m.shares(), event.price = m.price();
        return books_.on(event);
      }
      default:
        return;
    }
  }

  void on_bbo(std::uint16_t locate, const project::Bbo& bbo) noexcept override {
    sink_.on_bbo({locate}, {.bid_shares = bbo.bid_shares,
                            .ask_shares = bbo.ask_shares,
                            .bid_price = bbo.bid_price,
                            .ask_price = bbo.ask_price});
  }
  void on_trade(std::uint16_t, std::uint32_t, std::uint64_t, std::uint64_t, bool) noexcept override {}

  project::OrderBooks books_;
  CountingSink sink_;
};

}  // namespace lln::book_bench
