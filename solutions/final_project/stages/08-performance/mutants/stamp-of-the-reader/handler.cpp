// mutant: waiting release: the time begins when the program reads the packet
// The program's handler: two sockets, one thread, run to completion.
#include <lln/handler_api.hpp>
#include <lln/jitter/thread_setup.hpp>
#include <lln/latency/histogram.hpp>
#include <lln/net/multicast_receiver.hpp>

#include <feed_side.hpp>
#include <sched.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <ctime>

namespace lln::project {
namespace {

constexpr std::uint64_t house_interval_ns = 10'000'000;

std::uint64_t clock_ns(clockid_t which) noexcept {
  timespec now{};
  ::clock_gettime(which, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

net::MulticastReceiver join(const app::HandlerConfig& config, const net::Endpoint& group) {
  net::MulticastReceiver::Options options;
  options.group = group;
  options.interface = config.interface;
  options.source = config.source;
  options.batch = 8;
  options.max_datagram = 9'216;
  options.busy_poll = config.busy_poll;
  return net::MulticastReceiver(options);
}

jitter::ThreadOptions thread_options(const app::HandlerConfig& config) {
  jitter::ThreadOptions options;
  if (!config.cpus.empty()) options.cpu = config.cpus[0];
  options.fifo_priority = config.fifo_priority;
  options.lock_memory = config.lock_memory;
  options.prefault_stack_bytes = 64 << 10;
  return options;
}

class Handler final : public app::Handler {
 public:
  // The books first: their memory takes a while to touch, in which packets would pile up.
  explicit Handler(const app::HandlerConfig& config)
      : config_(config),
        books_(Capacity{}, config.output),
        feed_(config.rerequest, config.glimpse, books_),
        receivers_{join(config, config.line_a), join(config, config.line_b)} {}

  void run(const std::atomic<bool>& stop) override {
    const jitter::ThreadSetup setup(thread_options(config_));
    for (const auto& step : setup.steps()) setup_.push_back({step.name, step.ok, step.detail});
    rusage before{};
    ::getrusage(RUSAGE_THREAD, &before);
    const std::uint64_t started = clock_ns(CLOCK_MONOTONIC);
    std::uint64_t last_house = started;
    // Relaxed: a flag alone, no data stands behind it.
    while (!stop.load(std::memory_order_relaxed) && !books_.ended()) {
      const std::uint64_t now = clock_ns(CLOCK_MONOTONIC);
      const std::size_t taken = receive(Line::a, now) + receive(Line::b, now);
      feed_.service(now);
      const std::uint64_t since = now - last_house;
      if (since > house_interval_ns && (taken == 0 || since > 5 * house_interval_ns)) {
        last_house = now;
        keep_house();
      }
      if (taken == 0) ::sched_yield();  // the exchange may need this CPU
    }
    running_ns_ = clock_ns(CLOCK_MONOTONIC) - started;
    rusage after{};
    ::getrusage(RUSAGE_THREAD, &after);
    faults_ =
        static_cast<std::uint64_t>(after.ru_minflt + after.ru_majflt - before.ru_minflt - before.ru_majflt);
    switches_ = static_cast<std::uint64_t>(after.ru_nivcsw - before.ru_nivcsw);
    keep_house();
  }

  app::LiveStatus status() const noexcept override {
    return {.packets = packets_.load(std::memory_order_relaxed),
            .messages = messages_.load(std::memory_order_relaxed),
            .gaps = gaps_.load(std::memory_order_relaxed),
            .unrecovered = unrecovered_.load(std::memory_order_relaxed),
            .kernel_drops = drops_.load(std::memory_order_relaxed),
            .state = state_.load(std::memory_order_relaxed)};
  }
  bool ladder(app::Ladder&) noexcept override { return false; }
  std::vector<feed::SymbolDigest> digests() const override { return books_.digests(); }

  app::HandlerReport report() const override {
    const ArbiterCounters& counters = feed_.counters();
    app::HandlerReport report;
    report.ended = books_.ended();
    report.seconds = static_cast<double>(last_ns_ - first_ns_) * 1e-9;
    report.running_seconds = static_cast<double>(running_ns_) * 1e-9;
    report.packets = taken_;
    report.messages = books_.messages();
    for (std::size_t i = 0; i < 2; ++i) {
      const LineCounters& line = counters.lines[i];
      report.lines[i] = {.packets = line.packets,
                         .messages = line.messages,
                         .first = line.first,
                         .duplicates = line.duplicates,
                         .lost = feed_.line(i).missing(),
                         .kernel_drops = receivers_[i].kernel_drops(),
                         .unstamped = unstamped_[i]};
      report.recovered_by_other_line += line.filled;
    }
    report.gaps = counters.gaps;
    report.recovered_by_rerequest = counters.lines[2].first;
    report.recovered_by_snapshot = feed_.by_snapshot();
    report.unrecovered = feed_.unrecovered();
    report.invalid_packets = feed_.invalid();
    report.page_faults = faults_;
    report.involuntary_switches = switches_;
    report.yielding = true;
    report.series.push_back({app::series_kernel_rx_to_book, "kernel receive to book", latency_});
    report.setup = setup_;
    report.notes.emplace_back(
        "A message counts as applied when its packet is; messages that waited are left out.");
    return report;
  }

 private:
  std::size_t receive(Line line, std::uint64_t now) noexcept {
    const auto index = static_cast<std::size_t>(line);
    const auto datagrams = receivers_[index].receive();
    const auto read_ns = static_cast<std::int64_t>(clock_ns(CLOCK_REALTIME));
    for (const auto& datagram : datagrams) {
      const std::uint64_t before = books_.messages();
      feed_.on_datagram(line, datagram.bytes, now);
      const std::uint64_t applied = books_.messages() - before;
      if (datagram.kernel_rx_ns == 0) ++unstamped_[index];
      if (applied != 0) note(read_ns, applied, now);
    }
    taken_ += datagrams.size();
    return datagrams.size();
  }

  void note(std::int64_t kernel_rx_ns, std::uint64_t applied, std::uint64_t now) noexcept {
    if (first_ns_ == 0) first_ns_ = now;
    last_ns_ = now;
    const auto age = static_cast<std::int64_t>(clock_ns(CLOCK_REALTIME)) - kernel_rx_ns;
    if (kernel_rx_ns != 0 && age >= 0) latency_.record(static_cast<std::uint64_t>(age), applied);
  }

  // Relaxed: independent numbers for a progress line.
  void keep_house() noexcept {
    books_.flush();
    packets_.store(taken_, std::memory_order_relaxed);
    messages_.store(books_.messages(), std::memory_order_relaxed);
    gaps_.store(feed_.counters().gaps, std::memory_order_relaxed);
    unrecovered_.store(feed_.unrecovered(), std::memory_order_relaxed);
    drops_.store(receivers_[0].kernel_drops() + receivers_[1].kernel_drops(), std::memory_order_relaxed);
    state_.store(state(), std::memory_order_relaxed);
  }

  app::FeedState state() const noexcept {
    if (books_.ended()) return app::FeedState::ended;
    if (feed_.waiting()) return app::FeedState::waiting;
    if (feed_.state() != SnapshotState::live) return app::FeedState::snapshot;
    return feed_.gap() ? app::FeedState::gap : app::FeedState::live;
  }

  app::HandlerConfig config_;
  BookSide books_;
  FeedSide feed_;
  std::array<net::MulticastReceiver, 2> receivers_;
  latency::Histogram latency_;
  std::vector<app::SetupStep> setup_;
  std::array<std::uint64_t, 2> unstamped_{};
  std::uint64_t taken_ = 0;
  std::uint64_t first_ns_ = 0;
  std::uint64_t last_ns_ = 0;
  std::uint64_t running_ns_ = 0;
  std::uint64_t faults_ = 0;
  std::uint64_t switches_ = 0;

  std::atomic<std::uint64_t> packets_{0};
  std::atomic<std::uint64_t> messages_{0};
  std::atomic<std::uint64_t> gaps_{0};
  std::atomic<std::uint64_t> unrecovered_{0};
  std::atomic<std::uint64_t> drops_{0};
  std::atomic<app::FeedState> state_{app::FeedState::waiting};
};

}  // namespace
}  // namespace lln::project

std::unique_ptr<lln::app::Handler> lln::app::make_handler(const HandlerConfig& config) {
  return std::make_unique<project::Handler>(config);
}
