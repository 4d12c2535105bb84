// A worker's thread: set-up, what it takes in, and who has run out of time.
#include "worker.hpp"

#include "acceptor.hpp"
#include "worker_clock.hpp"

#include <algorithm>
#include <chrono>

namespace lln::app::detail {
namespace {

constexpr int accepts_per_turn = 16;
constexpr std::size_t spare_connections = 64;  // beyond the limit: to say goodbye to those that are refused
constexpr unsigned rounds_per_look = 64;       // of a back end that spins

}  // namespace

Worker::Worker(const EchoOptions& options, std::size_t capacity, std::size_t buffers,
               const std::atomic<bool>& stop)
    : options_(options),
      stop_(stop),
      connections_(capacity + spare_connections),
      blocks_(buffers),
      handed_(1024),
      capacity_(capacity),
      waste_(64 * 1024) {
  again_.reserve(capacity + spare_connections);
  serving_.reserve(capacity + spare_connections);
}

Worker::~Worker() {
  if (backend_ == nullptr) return;
  while (auto* const connection = idle_.first()) drop(*connection, EchoReason::shutting_down);
  while (auto* const connection = waiting_.first()) drop(*connection, EchoReason::shutting_down);
  while (auto* const connection = lingering_.first()) drop(*connection, EchoReason::shutting_down);
}

void Worker::listen(Acceptor& acceptor, std::function<void(net::StreamSocket)> sink) {
  acceptor_ = &acceptor;
  sink_ = std::move(sink);
  backend_->listen(acceptor);
}

void Worker::add(std::unique_ptr<DatagramPort> port) {
  ports_.push_back(std::move(port));
  backend_->watch(*ports_.back());
}

// ---- connections come ----

void Worker::accept_some() noexcept {
  for (int i = 0; i < accepts_per_turn; ++i) {
    auto socket = acceptor_->accept();
    if (!socket) return;
    sink_(std::move(*socket));
  }
}

void Worker::refuse_one(int listening) noexcept { acceptor_->refuse_one(listening); }

bool Worker::hand_over(net::StreamSocket socket) noexcept {
  if (!handed_.try_push(std::move(socket))) return false;
  backend_->wake();
  return true;
}

void Worker::take_handed() noexcept {
  while (auto socket = handed_.try_pop()) adopt(std::move(*socket));
}

void Worker::adopt(net::StreamSocket socket) noexcept {
  Connection* const connection = connections_.create(*this, std::move(socket), options_.max_payload);
  if (connection == nullptr) {
    ++report_.ended[static_cast<std::size_t>(EchoReason::server_full)];
    return;
  }
  ++report_.accepted;
  const std::size_t open = open_.load(std::memory_order_relaxed) + 1;
  open_.store(open, std::memory_order_relaxed);
  idle_.put(*connection, coarse_ns());
  if (!draining_ && !backend_->watch(*connection)) return drop(*connection, EchoReason::server_full);
  if (open > capacity_) {
    end(*connection, EchoReason::server_full);
  } else {
    report_.most_open = std::max<std::uint64_t>(report_.most_open, open);
  }
}

void Worker::serve_datagrams() noexcept {
  for (const auto& port : ports_) port->serve(datagrams_per_turn, meter_, report_);
}

// ---- the thread ----

void Worker::run() noexcept {
  const unsigned rounds = backend_->spins() ? rounds_per_look : 1;
  for (unsigned round = 0; !stopping(); ++round) {
    backend_->poll(timeout());
    if (!again_.empty()) serve_again();
    if (round % rounds == 0) look_at_the_clock();
  }
  drain();
}

void Worker::look_at_the_clock() noexcept {
  take_handed();
  const std::uint64_t now = coarse_ns();
  expire(waiting_, ns_of(options_.stall_timeout), now, EchoReason::slow_sender);
  expire(lingering_, ns_of(options_.linger), now, EchoReason::ok);
  if (options_.idle_timeout.count() > 0) expire(idle_, ns_of(options_.idle_timeout), now, EchoReason::idle);
}

void Worker::expire(DeadlineList& list, std::uint64_t limit, std::uint64_t now, EchoReason reason) noexcept {
  while (Connection* const c = list.first()) {
    if (now - c->since < limit) return;
    if (&list == &lingering_) {
      drop(*c, c->session.reason());
    } else if (!c->session.output().empty()) {
      drop(*c, EchoReason::slow_reader);  // it would not read the goodbye either
    } else {
      list.put(*c, now);  // so much time for the goodbye
      end(*c, reason);
    }
  }
}

std::chrono::milliseconds Worker::timeout() const noexcept {
  using std::chrono::milliseconds;
  if (!again_.empty()) return milliseconds(0);
  const std::uint64_t now = coarse_ns();
  std::uint64_t least = ~std::uint64_t{0};
  const auto look = [&](const DeadlineList& list, milliseconds limit) {
    const Connection* const c = list.first();
    if (c == nullptr) return;
    const std::uint64_t at = c->since + ns_of(limit);
    least = std::min(least, at > now ? at - now : 0);
  };
  look(waiting_, options_.stall_timeout);
  look(lingering_, options_.linger);
  if (options_.idle_timeout.count() > 0) look(idle_, options_.idle_timeout);
  if (least == ~std::uint64_t{0}) return milliseconds(-1);
  return milliseconds(least / 1'000'000 + 1);
}

}  // namespace lln::app::detail
