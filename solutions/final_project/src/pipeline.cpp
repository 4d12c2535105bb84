#include <lln/handler/pipeline.hpp>

#include <array>

namespace lln::handler {
namespace {

constexpr std::uint64_t warm_up_messages = 10'000;

static_assert(static_cast<int>(FeedState::lost) == static_cast<int>(app::FeedState::lost) &&
              static_cast<int>(FeedState::ended) == static_cast<int>(app::FeedState::ended));

std::uint32_t copy_side(const OrderBooks& books, Locate locate, Side side,
                        std::array<app::LadderLevel, app::Ladder::depth>& to) noexcept {
  std::array<LevelView, app::Ladder::depth> levels;
  const std::size_t count = books.levels(locate, side, levels);
  for (std::size_t i = 0; i < count; ++i) to[i] = {levels[i].price, levels[i].shares, levels[i].orders};
  return static_cast<std::uint32_t>(count);
}

}  // namespace

void Pipeline::start() noexcept {
  usage_.mark();
  metrics_.refresh_anchor();
  const std::uint64_t now = latency::TscClock::now();
  watch().start(now);
  started_ = now;
  last_house_ = now;
}

void Pipeline::turn_done(bool idle, std::uint64_t kernel_drops) noexcept {
  const std::uint64_t now = watch().last();
  session_.poll(now);
  // Recovery may take its time, and that time is ours; in a quiet session poll() is a compare, and what takes 10 us
  // then is not.
  if (session_.state() != FeedState::live) watch().own_work_until(latency::TscClock::now());
  const std::uint64_t since = now - last_house_;
  if (since < house_interval_) [[likely]]
    return;
  constexpr std::uint64_t patience = 5;  // intervals, when there is no idle turn
  if (idle || since >= patience * house_interval_) {
    last_house_ = now;
    keep_house(kernel_drops);
    watch().own_work_until(latency::TscClock::now());
  }
}

void Pipeline::keep_house(std::uint64_t kernel_drops) noexcept {
  if (!warm_ && metrics_.messages() >= warm_up_messages) {
    warm_ = true;
    usage_.mark();
  }
  publication().flush();
  shared().keep_house(session_.state(), metrics_.messages(), books_);
  metrics_.refresh_anchor();
  const FeedCounters counters = session_.counters();
  live_.publish_status({.packets = packets_,
                        .messages = metrics_.messages(),
                        .gaps = counters.gaps,
                        .unrecovered = counters.unrecovered,
                        .kernel_drops = kernel_drops,
                        .state = static_cast<app::FeedState>(session_.state())});
  if (live_.ladder_wanted()) publish_ladder();
}

void Pipeline::publish_ladder() noexcept {
  app::Ladder ladder;
  if (!watched_ || books_.symbol(*watched_) != watch_symbol_) watched_ = books_.find_symbol(watch_symbol_);
  if (watched_) {
    ladder.known = true;
    ladder.bid_levels = copy_side(books_, *watched_, Side::buy, ladder.bids);
    ladder.ask_levels = copy_side(books_, *watched_, Side::sell, ladder.asks);
    const SymbolStatistics& statistics = books_.statistics(*watched_);
    ladder.last_price = statistics.last_price;
    ladder.last_shares = statistics.last_shares;
    ladder.volume = statistics.executed_shares + statistics.cross_shares;
    ladder.orders = books_.order_count(*watched_);
  }
  live_.publish_ladder(ladder);
}

}  // namespace lln::handler
