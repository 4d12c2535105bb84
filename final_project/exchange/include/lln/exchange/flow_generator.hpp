// A seeded day of order flow: start of day, build-up of the books, steady state, end of day; ITCH 5.0 messages in order.
//
// Mix of the steady state: A + F 45 % (a third of them F), D 42 %, U 6 %, E 5 %, X 1 %, the rest C P Q I and rarer ones.
// Symbols are drawn by Zipf's law, prices cluster at the touch, most cancels hit recent orders while some orders stay
// all day, reference numbers come from four interleaved sequences with stride 4, books never cross. A controller nudges
// the share of adds by at most 0.8 % so that the number of live orders stays at the target.
//
// Threads: one thread an object. Guarantees: the same options give the same bytes; exactly options.messages messages;
// every reference that is named is live; intended send times never go back.
// Cost: 115 to 180 ns a message at 200 k live orders, 140 to 200 ns at 1.3 M (exchange_flow_bench, on a busy 2-core
// machine). Allocation: at construction, and while the pool of orders grows.
#pragma once

#include <lln/exchange/detail/flow_books.hpp>
#include <lln/exchange/flow_message.hpp>
#include <lln/exchange/flow_options.hpp>
#include <lln/exchange/random.hpp>
#include <lln/exchange/schedule.hpp>
#include <lln/exchange/symbol_directory.hpp>
#include <lln/exchange/zipf.hpp>
#include <lln/feed/itch.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace lln::exchange {

class FlowGenerator final : public MessageSource {
 public:
  /// Throws std::invalid_argument as FlowOptions::check() does.
  explicit FlowGenerator(const FlowOptions& options);

  bool next(FlowMessage& message) override;

  std::uint64_t generated() const noexcept { return generated_; }
  std::uint32_t live_orders() const noexcept { return books_.live(); }
  /// Messages before the steady state begins: the start of the day and the build-up.
  std::uint64_t build_up_end() const noexcept { return open_at_; }

 private:
  struct SymbolState {
    feed::Symbol name{};
    std::uint32_t base = 0;  // price of level 0
    std::uint16_t tick = 0;
    std::uint16_t fair = detail::band / 2;  // level to which the touch is drawn: bids below, asks from it on
  };

  void start_of_day(FlowMessage& message);
  void steady(FlowMessage& message);
  void end_of_day(FlowMessage& message);
  void encode(FlowMessage& message, const feed::Message& what) const;
  void system_event(FlowMessage& message, char event) const;

  void add(FlowMessage& message, bool lasting);
  void remove(FlowMessage& message);
  void replace(FlowMessage& message);
  void execute(FlowMessage& message, bool with_price);
  void cancel(FlowMessage& message);
  void other(FlowMessage& message);
  void trading_action(FlowMessage& message);

  std::uint16_t random_symbol() noexcept;
  int choose_level(std::uint16_t symbol, bool sell) noexcept;
  std::uint32_t choose_shares() noexcept;
  std::uint32_t choose_victim() noexcept;
  std::uint32_t choose_recent() noexcept;
  std::uint32_t choose_any() noexcept;
  std::uint32_t choose_executable() noexcept;
  std::uint32_t random_slot() noexcept;
  void move_fair(SymbolState& state) noexcept;
  std::uint64_t new_reference(std::uint16_t symbol) noexcept;
  std::uint32_t price_of(std::uint16_t symbol, int level) const noexcept;
  void arrived(std::uint32_t index) noexcept;
  void left(std::uint32_t index) noexcept;
  feed::Header header(std::uint16_t symbol) const noexcept;

  static constexpr std::uint32_t recent_orders = 1 << 16;
  static constexpr std::size_t looked_ahead = 16;

  FlowOptions options_;
  Random random_;
  BurstSchedule schedule_;
  Zipf zipf_;
  std::vector<SymbolInfo> directory_;
  std::vector<SymbolState> symbols_;
  std::vector<std::uint16_t> by_rank_;  // activity rank -> symbol
  detail::FlowBooks books_;

  std::vector<std::uint32_t> recent_;  // order of each of the newest arrivals, no_order when it has left
  std::uint32_t arrivals_ = 0;
  std::array<std::uint32_t, looked_ahead>
      ahead_{};  // victims chosen before they are needed, so that they can be prefetched
  std::size_t ahead_at_ = 0;

  std::array<std::uint16_t, 4096> distances_{};  // quantiles: steps behind the touch
  std::array<std::uint32_t, 4097> ages_{};       // quantiles: log-uniform 1 .. recent_orders
  std::array<std::uint64_t, 4> references_{};    // next of each sequence
  std::uint64_t matches_ = 0;
  std::uint16_t paused_ = 0xFFFF;  // symbol whose trading is paused

  std::uint64_t generated_ = 0;
  std::uint64_t build_up_at_ = 0;  // messages before the build-up, before the open, before the close
  std::uint64_t open_at_ = 0;
  std::uint64_t close_at_ = 0;
  std::int64_t offset_ns_ = 0;
  std::int64_t day_base_ns_ = 0;  // time of day = base + offset
};

}  // namespace lln::exchange
