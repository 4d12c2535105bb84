#include <lln/app/monitor.hpp>

#include <gtest/gtest.h>

#include <sstream>

namespace lln::app {
namespace {

class FakeHandler : public Handler {
 public:
  void run(const std::atomic<bool>& stop) override { stop.wait(false); }
  LiveStatus status() const noexcept override {
    return {.packets = packets.load(), .messages = 5 * packets.load(), .state = FeedState::live};
  }
  bool ladder(Ladder& out) noexcept override {
    out.known = true;
    return true;
  }
  HandlerReport report() const override { return {}; }
  std::vector<feed::SymbolDigest> digests() const override { return {}; }

  std::atomic<std::uint64_t> packets{0};
};

void wait_for(const std::atomic<bool>& stop) {
  while (!stop.load()) std::this_thread::yield();
}

TEST(Monitor, RaisesStopAfterTheSeconds) {
  FakeHandler handler;
  std::atomic<bool> stop{false};
  std::ostringstream out;
  const Monitor monitor(handler, stop, {.seconds = 0.05, .idle_exit = {}, .watch_symbol = {}, .quiet = true},
                        out);
  wait_for(stop);
  EXPECT_EQ(out.str(), "") << "quiet means quiet";
}

TEST(Monitor, RaisesStopWhenNothingArrives) {
  FakeHandler handler;
  std::atomic<bool> stop{false};
  std::ostringstream out;
  const Monitor monitor(handler, stop, {.seconds = {}, .idle_exit = 0.05, .watch_symbol = {}, .quiet = true},
                        out);
  wait_for(stop);
}

TEST(Monitor, PrintsOneLineASecondWhenPiped) {
  FakeHandler handler;
  std::atomic<bool> stop{false};
  std::ostringstream out;
  {
    const Monitor monitor(handler, stop, {.seconds = 1.25, .idle_exit = {}, .watch_symbol = {}}, out);
    while (!stop.load()) {
      handler.packets += 1;
      std::this_thread::yield();
    }
  }
  const std::string text = out.str();
  EXPECT_NE(text.find("live"), std::string::npos) << text;
  EXPECT_EQ(text.find('\r'), std::string::npos) << "no terminal, no control characters";
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_GE(std::count(text.begin(), text.end(), '\n'), 1);
}

TEST(Monitor, EndsAtOnceWhenTheRunIsOver) {
  FakeHandler handler;
  std::atomic<bool> stop{false};
  std::ostringstream out;
  { const Monitor monitor(handler, stop, {}, out); }
  EXPECT_FALSE(stop.load());
}

TEST(ProgressLine, ShowsRatesAndTotals) {
  const LiveStatus before{.packets = 100, .messages = 1'000};
  const LiveStatus now{.packets = 300,
                       .messages = 2'001'000,
                       .gaps = 3,
                       .unrecovered = 4,
                       .kernel_drops = 5,
                       .state = FeedState::snapshot};
  const std::string line = progress_line(before, now, 2.0);
  for (const char* part : {"snapshot", "1.00 M msg/s", "100 packets/s", "gaps 3", "unrecovered 4",
                           "kernel drops 5", "total 2,001,000"}) {
    EXPECT_NE(line.find(part), std::string::npos) << part << " is not in: " << line;
  }
}

TEST(LadderDrawing, ShowsTheLevelsThereAre) {
  Ladder ladder;
  EXPECT_NE(draw_ladder("AAPL", ladder).find("not in the stock directory"), std::string::npos);
  ladder.known = true;
  ladder.bid_levels = 2;
  ladder.bids[0] = {1'234'500, 300, 2};
  ladder.bids[1] = {1'234'400, 77, 1};
  ladder.ask_levels = 1;
  ladder.asks[0] = {1'234'700, 12'345, 9};
  const std::string text = draw_ladder("AAPL", ladder);
  for (const char* part : {"AAPL", "123.4500", "123.4400", "123.4700", "12,345", "spread 0.0200"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " is not in:\n" << text;
  }
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 12)
      << "as high with two levels as with ten: no flicker";
}

}  // namespace
}  // namespace lln::app
