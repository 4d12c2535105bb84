// lln-strategy-example: a consumer that decides something at every change of a best price, and measures how long that
// took since the packet came. The rule is a stand-in: it earns nothing.
#include "quantiles.hpp"
#include "text.hpp"
#include "waiting.hpp"

#include <lln/app/files.hpp>
#include <lln/app/result_header.hpp>
#include <lln/app/signals.hpp>
#include <lln/latency/checked_stdout.hpp>
#include <lln/latency/histogram.hpp>
#include <lln/latency/realtime_anchor.hpp>
#include <lln/latency/tsc_clock.hpp>
#include <lln/lock_free/spin_wait.hpp>
#include <lln/publishing/market_view.hpp>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <sched.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <exception>
#include <iostream>
#include <optional>
#include <string>
#include <system_error>

namespace {

using namespace lln::publishing;
using lln::latency::Histogram;
using lln::latency::RealtimeAnchor;
using lln::latency::TscClock;

std::atomic<bool> stop{false};  // outlives main: the signal handler stores to it

struct Options {
  std::string name;
  std::string report;
  std::optional<int> cpu;
  std::optional<double> seconds;
  bool wait = false;
};

// Buys when four times as many shares are bid as are offered, sells when it is the other way round.
class Strategy {
 public:
  explicit Strategy(const TscClock& clock) : clock_(clock), realtime_(clock) {}

  // #region decide
  void on_quote(const BookEvent& event) noexcept {
    const Quote quote = event.quote();
    const bool two_sided = quote.bid_shares != 0 && quote.ask_shares != 0;
    if (trusted_ && two_sided) {
      buys_ += quote.bid_shares >= 4 * quote.ask_shares;
      sells_ += quote.ask_shares >= 4 * quote.bid_shares;
    }
    // Here an order would leave.
    const std::uint64_t now = TscClock::now();
    record(hop, clock_.to_ns(now - event.ticks));
    if (event.cause.rx_ns != 0) {
      record(tick_to_decision, static_cast<double>(realtime_.realtime_ns(now) - event.cause.rx_ns));
    }
  }
  // #endregion decide
  void on_trade(const BookEvent&) noexcept { ++trades_; }
  // After an overrun only the latest is known: worth knowing, too old to act on.
  void on_state(std::uint16_t, const SymbolState&) noexcept {}
  void on_feed(const BookEvent& event) noexcept {
    if (event.kind == EventKind::books_void) trusted_ = false;
    if (event.kind == EventKind::books_valid || event.kind == EventKind::session) trusted_ = true;
  }

  void refresh_clock() noexcept { realtime_.refresh(); }
  void trust(bool books_valid) noexcept { trusted_ = books_valid; }
  std::uint64_t buys() const noexcept { return buys_; }
  std::uint64_t sells() const noexcept { return sells_; }
  std::uint64_t trades() const noexcept { return trades_; }
  /// The two clocks disagreed by more than the value: shown as 0.
  std::uint64_t negative() const noexcept { return negative_; }

  Histogram hop{600'000'000'000, 3};
  Histogram tick_to_decision{600'000'000'000, 3};

 private:
  void record(Histogram& histogram, double ns) noexcept {
    negative_ += ns < 0;
    histogram.record(ns < 0 ? 0 : static_cast<std::uint64_t>(ns));
  }

  TscClock clock_;
  RealtimeAnchor realtime_;
  bool trusted_ = true;
  std::uint64_t buys_ = 0;
  std::uint64_t sells_ = 0;
  std::uint64_t trades_ = 0;
  std::uint64_t negative_ = 0;
};

struct Named {
  const char* name;
  const char* title;
  const Histogram& histogram;
};

std::array<Named, 2> series(const Strategy& s) {
  return {{{"rx_to_decision", "kernel RX to decision", s.tick_to_decision},
           {"published_to_decision", "published to decision", s.hop}}};
}

void print(const Strategy& strategy, const Subscriber& subscriber, std::uint64_t overruns) {
  using lln::app::formatted;
  using lln::app::grouped;
  std::cout << "quotes " << grouped(strategy.hop.count()) << "  trades " << grouped(strategy.trades())
            << "  buys " << grouped(strategy.buys()) << "  sells " << grouped(strategy.sells())
            << "  overruns " << grouped(overruns) << "  events lost " << grouped(subscriber.lost()) << '\n';
  for (const Named& s : series(strategy)) {
    std::cout << formatted("%-24s", s.title);
    for (const lln::app::Quantile& q : lln::app::quantiles) {
      const auto value = lln::app::quantile(s.histogram, q.percentile);
      std::cout << formatted("  %s %s", q.title,
                             value ? lln::app::duration_text(static_cast<double>(*value)).c_str() : "-");
    }
    std::cout << "  max " << lln::app::duration_text(static_cast<double>(s.histogram.max())) << '\n';
  }
}

std::string report(const Strategy& strategy, const Subscriber& subscriber, std::uint64_t overruns,
                   const std::string& command) {
  nlohmann::ordered_json json =
      lln::app::result_header("final project: a strategy in a process of its own behind lln-handler --shm",
                              command, "open", std::nullopt);
  for (const Named& s : series(strategy)) {
    nlohmann::ordered_json quantiles = nlohmann::ordered_json::object();
    for (const lln::app::Quantile& q : lln::app::quantiles) {
      if (const auto value = lln::app::quantile(s.histogram, q.percentile)) quantiles[q.key] = *value;
    }
    json["series"].push_back({{"name", s.name},
                              {"title", s.title},
                              {"unit", "ns"},
                              {"n", s.histogram.count()},
                              {"quantiles", quantiles},
                              {"min", s.histogram.min()},
                              {"max", s.histogram.max()}});
  }
  json["notes"] = {
      "From the kernel's receive stamp of the packet that changed the best price to the strategy's decision, "
      "and from the moment the handler published the event. Every quote event is in; nothing is left out."};
  json["summary"] = {{"quotes", strategy.hop.count()}, {"trades", strategy.trades()},
                     {"buys", strategy.buys()},        {"sells", strategy.sells()},
                     {"overruns", overruns},           {"events_lost", subscriber.lost()},
                     {"negative", strategy.negative()}};
  return json.dump(2) + "\n";
}

void pin(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(cpu), &set);
  if (::sched_setaffinity(0, sizeof set, &set) != 0) {
    throw std::system_error(errno, std::generic_category(), "cannot run on CPU " + std::to_string(cpu));
  }
}

int run(const Options& options, const std::string& command) {
  if (options.cpu) pin(*options.cpu);
  const TscClock clock = TscClock::calibrate();
  Strategy strategy(clock);
  const auto subscriber = subscribe(options.name, options.wait, stop);
  if (subscriber == nullptr) return 0;
  FeedStatus feed;
  if (subscriber->load_feed(feed)) strategy.trust(feed.books_valid);
  MarketView view(*subscriber, strategy);
  std::cout << "ready" << std::endl;
  const std::uint64_t begin = TscClock::now();
  const std::uint64_t house = clock.to_ticks(std::chrono::milliseconds(10));
  std::uint64_t last_house = begin;
  lln::lock_free::SpinWait idle;
  for (bool over = false; !over && !stop.load(std::memory_order_relaxed);) {
    if (view.poll() != 0) {
      idle.reset();
      continue;
    }
    idle.wait();
    const std::uint64_t now = TscClock::now();
    if (now - last_house < house) continue;
    last_house = now;
    strategy.refresh_clock();
    over = options.seconds && clock.to_ns(now - begin) >= *options.seconds * 1e9;
    if (subscriber->publisher() != PublisherLife::alive) over = view.poll() == 0;
  }
  if (const std::string why = subscriber->obituary(); !why.empty())
    std::cerr << "lln-strategy-example: " << why << '\n';
  print(strategy, *subscriber, view.overruns());
  if (!options.report.empty()) {
    try {
      lln::app::write_file(options.report, report(strategy, *subscriber, view.overruns(), command));
    } catch (const std::exception& error) {
      std::cerr << "lln-strategy-example: " << error.what() << '\n';
      return 1;
    }
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const lln::latency::CheckedStdout checked("lln-strategy-example");
  Options options;
  CLI::App app(
      "Decides at every change of a best price that a handler publishes, and measures how long it took.",
      "lln-strategy-example");
  app.footer(
      "Ends with the publisher. Exit code: 0 all good; 1 a file failed; 2 wrong command line, or nothing to "
      "read.");
  app.add_option("name", options.name, "the NAME of lln-handler --shm NAME")->required();
  app.add_option("--report", options.report, "write the figures as JSON");
  app.add_option("--cpu", options.cpu, "run on this CPU")->check(CLI::Range(0, 1023));
  app.add_option("--seconds", options.seconds, "stop after this long")->check(CLI::PositiveNumber);
  app.add_flag("--wait", options.wait, "wait for the publisher");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  std::string command;
  for (int i = 0; i < argc; ++i) command += (i == 0 ? "" : " ") + std::string(argv[i]);
  lln::app::stop_on_signals(stop);
  try {
    return run(options, command);
  } catch (const std::exception& error) {
    std::cerr << "lln-strategy-example: " << error.what() << '\n';
    return 2;
  }
}
