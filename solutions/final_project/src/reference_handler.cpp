#include <lln/handler/reference_handler.hpp>
#include <lln/lock_free/spin_wait.hpp>

#include <sched.h>

#include <exception>
#include <future>
#include <thread>
#include <utility>

namespace lln::handler {
namespace {

// Short, for the sake of start-up: an error of 1 ppm is 10 ns over the 10 ms after which the anchor is renewed.
constexpr std::chrono::milliseconds calibration{60};

Pipeline::Options pipeline_options(const app::HandlerConfig& config, const ReferenceHandler::Tuning& tuning) {
  Pipeline::Options options;
  options.feed.gap_timer = tuning.gap_timer;
  options.feed.rerequest = config.rerequest;
  options.feed.glimpse = config.glimpse;
  options.one_way = config.one_way;
  options.watch_symbol = config.watch_symbol;
  options.output = config.output;
  options.shared = config.shared;
  return options;
}

// The polling thread's: what a transport needs of it is made and taken away by it.
template <class Stage>
class Polling {
 public:
  explicit Polling(Stage& stage) : stage_(stage) { stage_.start(); }
  ~Polling() { stage_.stop(); }
  Polling(const Polling&) = delete;
  Polling& operator=(const Polling&) = delete;

 private:
  Stage& stage_;
};

bool too_few_cpus(const app::HandlerConfig& config) {
  // On the loopback interface the exchange is on this machine and spins too.
  const int spinning = config.threads + (config.interface.address.is_loopback() ? 1 : 0);
  return static_cast<int>(jitter::allowed_cpus().size()) < spinning;
}

}  // namespace

ReferenceHandler::Prepared ReferenceHandler::prepare(const Capacity& capacity) {
  // The clock is fitted mostly asleep: meanwhile this thread touches the books' memory.
  auto clock = std::async(std::launch::async, [] { return latency::TscClock::calibrate(calibration); });
  auto books = std::make_unique<OrderBooks>(capacity);
  return {clock.get(), std::move(books)};
}

ReferenceHandler::ReferenceHandler(const app::HandlerConfig& config, const Tuning& tuning)
    : ReferenceHandler(config, tuning, prepare(tuning.capacity)) {}

ReferenceHandler::ReferenceHandler(const app::HandlerConfig& config, const Tuning& tuning, Prepared prepared)
    : config_(config),
      clock_(prepared.clock),
      pipeline_(pipeline_options(config, tuning), clock_, std::move(prepared.books)),
      receive_(make_receive(config, tuning.batch)),
      yield_(too_few_cpus(config)),
      receive_watch_(clock_) {
  if (config.threads > 1) ring_ = std::make_unique<lock_free::SpscRing<PacketSlot>>(tuning.ring_slots);
}

void ReferenceHandler::run(const std::atomic<bool>& stop) {
  const jitter::ThreadSetup setup(thread_options(0));
  note_setup("book thread", setup);
  std::visit(
      [&](auto& receive) {
        if (config_.threads > 1) {
          run_two_threads(receive, stop);
        } else {
          run_to_completion(receive, stop);
        }
      },
      receive_);
  book_usage_ = pipeline_.usage();
  refresh_kernel_drops(receive_);
  for (const ReceiveFact& fact : facts(receive_)) setup_.push_back({fact.name, fact.ok, fact.detail});
}

template <class Stage>
void ReferenceHandler::run_to_completion(Stage& receive, const std::atomic<bool>& stop) {
  const Polling polling(receive);
  GapWatch& watch = pipeline_.watch();
  const auto handle = [this](const Packet& packet) { pipeline_.on_packet(packet); };
  pipeline_.start();
  // Relaxed: a flag alone, no data stands behind it.
  while (!stop.load(std::memory_order_relaxed) && !pipeline_.ended()) {
    watch.begin_turn();
    const std::size_t taken = receive.poll(watch, handle);
    watch.end_turn(taken == 0);
    pipeline_.turn_done(taken == 0, receive.kernel_drops(Line::a) + receive.kernel_drops(Line::b));
    if (taken == 0) relax();
  }
}

template <class Stage>
void ReferenceHandler::run_two_threads(Stage& receive, const std::atomic<bool>& stop) {
  std::atomic<bool> done{false};
  std::atomic<bool> failed{false};
  std::exception_ptr failure;
  std::vector<app::SetupStep> steps;
  std::thread receiver([&] {
    const jitter::ThreadSetup setup(thread_options(1));
    for (const auto& step : setup.steps())
      steps.push_back({"receive thread " + step.name, step.ok, step.detail});
    try {
      const Polling polling(receive);
      receive_loop(receive, done);
    } catch (...) {
      failure = std::current_exception();
      failed.store(true, std::memory_order_relaxed);  // join() orders the rest
    }
  });
  pipeline_.start();
  GapWatch& watch = pipeline_.watch();
  while (!stop.load(std::memory_order_relaxed) && !failed.load(std::memory_order_relaxed) &&
         !pipeline_.ended()) {
    watch.begin_turn();
    watch.tick(latency::TscClock::now());
    const std::size_t taken = take_from_ring();
    watch.end_turn(taken == 0);
    pipeline_.turn_done(taken == 0, published_drops_.load(std::memory_order_relaxed));
    if (taken == 0) relax();
  }
  done.store(true, std::memory_order_relaxed);  // join() orders everything else
  receiver.join();
  if (failure) std::rethrow_exception(failure);
  setup_.insert(setup_.end(), steps.begin(), steps.end());
}

std::size_t ReferenceHandler::take_from_ring() noexcept {
  constexpr std::size_t most = 16;  // then the timers are looked at
  std::size_t taken = 0;
  for (; taken < most; ++taken) {
    const PacketSlot* slot = ring_->peek();
    if (slot == nullptr) break;
    pipeline_.on_packet(slot->packet());
    ring_->release();
  }
  return taken;
}

template <class Stage>
void ReferenceHandler::receive_loop(Stage& receive, const std::atomic<bool>& stop) noexcept {
  const ThreadUsage usage;
  receive_watch_.start(latency::TscClock::now());
  const auto handle = [&](const Packet& packet) { enqueue(packet, stop); };
  while (!stop.load(std::memory_order_relaxed)) {
    receive_watch_.begin_turn();
    const std::size_t taken = receive.poll(receive_watch_, handle);
    receive_watch_.end_turn(taken == 0);
    // Relaxed: a number for the progress line.
    published_drops_.store(receive.kernel_drops(Line::a) + receive.kernel_drops(Line::b),
                           std::memory_order_relaxed);
    if (taken == 0) relax();
  }
  receive_usage_ = usage.since();
}

void ReferenceHandler::enqueue(const Packet& packet, const std::atomic<bool>& stop) noexcept {
  PacketSlot* slot = ring_->loan();
  if (slot == nullptr) [[unlikely]] {
    ++ring_full_;
    while ((slot = ring_->loan()) == nullptr) {
      if (stop.load(std::memory_order_relaxed)) return;
      relax();
    }
    receive_watch_.own_work_until(latency::TscClock::now());  // waiting for our own book thread is no excuse
  }
  if (slot->put(packet)) ring_->commit();
}

jitter::ThreadOptions ReferenceHandler::thread_options(std::size_t thread) const {
  jitter::ThreadOptions options;
  if (thread < config_.cpus.size()) options.cpu = config_.cpus[thread];
  options.fifo_priority = config_.fifo_priority;
  options.lock_memory = config_.lock_memory && thread == 0;
  options.prefault_stack_bytes = 64 << 10;
  return options;
}

void ReferenceHandler::note_setup(const char* thread, const jitter::ThreadSetup& setup) {
  for (const auto& step : setup.steps()) {
    setup_.push_back({std::string(thread) + " " + step.name, step.ok, step.detail});
  }
}

void ReferenceHandler::relax() const noexcept {
  if (yield_) {
    ::sched_yield();
  } else {
    lock_free::cpu_relax();
  }
}

}  // namespace lln::handler

std::unique_ptr<lln::app::Handler> lln::app::make_handler(const HandlerConfig& config) {
  return std::make_unique<handler::ReferenceHandler>(config);
}
