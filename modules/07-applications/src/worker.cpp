#include "worker.hpp"

#include "acceptor.hpp"

#include <sys/socket.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>

namespace lln::app::detail {
namespace {

constexpr int accepts_per_turn = 16;
constexpr int reads_per_turn = 4;  // of a buffer each; then the others have their turn
constexpr int datagrams_per_turn = 64;
constexpr std::size_t spare_connections = 64;  // beyond the limit: to say goodbye to those that are refused
constexpr unsigned rounds_per_look = 64;       // of a back end that spins

// Time limits are no matter of microseconds: the kernel's last tick will do, and costs 5 ns.
std::uint64_t coarse_ns() noexcept {
  timespec time;
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(time.tv_nsec);
}

std::uint64_t ns_of(std::chrono::nanoseconds time) noexcept {
  return static_cast<std::uint64_t>(time.count());
}

}  // namespace

void Connection::on_ready(net::EpollLoop::Ready ready) noexcept {
  worker.serve(*this, ready.half_closed() || ready.failed());
}

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

// ---- connections are served ----

Block* Worker::take_block() noexcept {
  Block* const block = blocks_.create();
  if (block != nullptr) report_.most_buffers = std::max<std::uint64_t>(report_.most_buffers, blocks_.live());
  return block;
}

Block* Worker::take_block_by_force(const Connection* but) noexcept {
  Block* const block = take_block();
  Connection* const stalest = waiting_.first();
  if (block != nullptr || stalest == nullptr || stalest == but || draining_) return block;
  drop(*stalest, EchoReason::no_buffer);
  return take_block();  // none yet, if an operation of the one dropped is still on its way
}

bool Worker::lend(Connection& connection) noexcept {
  if (connection.session.has_buffer()) return true;
  Block* const block = take_block_by_force(&connection);
  if (block == nullptr) return false;
  lend(connection, block);
  return true;
}

void Worker::lend(Connection& connection, Block* block) noexcept {
  connection.block = block;
  connection.session.lend(block->bytes);
}

// true: all written. false: the connection waits or is gone.
bool Worker::write_output(Connection& c, bool& progress) noexcept {
  while (true) {
    const auto output = c.session.output();
    if (output.empty()) break;
    const std::size_t sent = c.socket.send(output);
    ++report_.writes;
    c.session.sent(sent);
    if (sent == output.size()) continue;
    if (c.socket.last_error() == EAGAIN) {
      block_until_writable(c, progress);
    } else {
      drop(c, EchoReason::peer_vanished);
    }
    return false;
  }
  progress = true;
  if (c.wants_writable) {
    c.wants_writable = false;
    backend_->want_writable(c, false);
  }
  return true;
}

void Worker::block_until_writable(Connection& c, bool progress) noexcept {
  settle(c, progress);
  if (c.wants_writable) return;
  c.wants_writable = true;
  if (!draining_) backend_->want_writable(c, true);
}

void Worker::serve(Connection& c, bool all) noexcept {
  if (c.phase == Phase::lingering) return throw_away(c);
  if (c.phase == Phase::gone) return;
  bool progress = false;
  bool nothing_left = false;
  // #region turn
  for (int reads = 0;;) {
    if (!c.session.output().empty() && !write_output(c, progress)) return;
    if (c.session.finished()) return finish(c);
    if (nothing_left) {
      if (!draining_) return settle(c, progress);
      if (!lend(c)) return again(c);
      c.session.close(EchoReason::shutting_down);
      continue;
    }
    if (reads++ == reads_per_turn || !lend(c)) {
      settle(c, progress);
      return again(c);
    }
    const auto space = c.session.space();
    const auto count = c.socket.receive(space);
    if (!count) {
      if (c.socket.last_error() != EAGAIN) return drop(c, EchoReason::peer_vanished);
      nothing_left = true;
    } else if (*count == 0) {
      c.session.end_of_input();
    } else {
      ++report_.reads;
      c.session.received(*count, meter_.now(), meter_);
      // A stream that gave less than was asked for has no more now; when it gets more, that is a new event.
      nothing_left = *count < space.size() && !all && !draining_;
    }
  }
  // #endregion turn
}

void Worker::settle(Connection& c, bool progress) noexcept {
  if (c.phase != Phase::serving) return;
  if (c.session.has_buffer() && c.session.idle()) {
    c.session.give_back();
    give_back(std::exchange(c.block, nullptr));
  }
  if (!c.session.has_buffer()) {
    // Without a limit for the idle, their order is of no interest. To be looked at is no activity: who spins looks
    // all the time.
    if (c.waits || (progress && options_.idle_timeout.count() > 0)) idle_.put(c, coarse_ns());
    c.waits = false;
  } else if (progress || !c.waits) {
    waiting_.put(c, coarse_ns());
    c.waits = true;
  }
}

void Worker::again(Connection& c) noexcept {
  if (c.queued || c.phase == Phase::gone) return;
  c.queued = true;
  again_.push_back(&c);
}

void Worker::serve_again() noexcept {
  serving_.swap(again_);
  // A connection may end another one of these: destroy() leaves a hole.
  for (std::size_t i = 0; i < serving_.size(); ++i) {
    Connection* const connection = serving_[i];
    if (connection == nullptr) continue;
    connection->queued = false;
    serving_[i] = nullptr;
    serve(*connection, true);
  }
  serving_.clear();
}

// ---- connections end ----

void Worker::end(Connection& c, EchoReason reason) noexcept {
  if (draining_ || !backend_->end_later(c, reason)) end_now(c, reason);
}

void Worker::end_now(Connection& c, EchoReason reason) noexcept {
  if (!lend(c)) return drop(c, reason);
  c.session.close(reason);
  bool progress = false;
  if (write_output(c, progress) && c.session.finished()) finish(c);
}

void Worker::finish(Connection& c) noexcept {
  if (c.session.reason() == EchoReason::peer_closed) {
    c.orderly = true;
    return drop(c, EchoReason::peer_closed);
  }
  // Closed with something unread, the kernel would reset the connection, and the goodbye would be lost on its way.
  c.socket.shut_down_sending();
  c.phase = Phase::lingering;
  c.session.give_back();
  give_back(std::exchange(c.block, nullptr));
  lingering_.put(c, coarse_ns());
  throw_away(c);
}

void Worker::throw_away(Connection& c) noexcept {
  for (int reads = 0; reads < reads_per_turn; ++reads) {
    const auto count = c.socket.receive(waste_);
    if (!count && c.socket.last_error() == EAGAIN) return;
    if (!count || *count == 0) {
      c.orderly = count.has_value();
      return drop(c, c.session.reason());
    }
  }
  again(c);
}

void Worker::drop(Connection& c, EchoReason reason) noexcept {
  if (c.phase == Phase::gone) return;
  c.phase = Phase::gone;
  ++report_.ended[static_cast<std::size_t>(reason)];
  DeadlineList::remove(c);
  if (c.queued) {
    std::replace(again_.begin(), again_.end(), &c, static_cast<Connection*>(nullptr));
    std::replace(serving_.begin(), serving_.end(), &c, static_cast<Connection*>(nullptr));
  }
  open_.store(open_.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
  if (draining_) return destroy(c);
  backend_->release(c);
}

void Worker::destroy(Connection& c) noexcept {
  if (!c.orderly) c.socket.abort();
  if (c.block != nullptr) give_back(c.block);
  connections_.destroy(&c);
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

// ---- the end ----

void Worker::drain() noexcept {
  const auto begin = std::chrono::steady_clock::now();
  const auto elapsed = [&] { return std::chrono::steady_clock::now() - begin; };
  backend_->stop();
  draining_ = true;
  // Accepted is who connected before the end was asked for, whether or not anybody has called accept(2).
  if (acceptor_ != nullptr) {
    while (auto socket = acceptor_->accept()) adopt(std::move(*socket));
    acceptor_->close();
  }
  take_handed();
  while (elapsed() < options_.drain && drain_datagrams()) {
  }
  bool forced = false;
  while (open_connections() > 0 && elapsed() < options_.drain) {
    if (!drain_pass()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    expire(lingering_, ns_of(options_.linger), coarse_ns(), EchoReason::ok);
    if (forced || elapsed() < options_.drain / 2) continue;
    // Who still sends has had his time; the goodbye tells where his accepted requests end.
    forced = true;
    while (Connection* const c = idle_.first()) end(*c, EchoReason::shutting_down);
    for (Connection* c = waiting_.first(); c != nullptr; c = waiting_.next(*c)) {
      if (lend(*c)) c->session.close(EchoReason::shutting_down);
    }
  }
  report_.cut_off += open_connections();
  report_.drained_in = elapsed();
}

// false: nothing waits any more.
bool Worker::drain_datagrams() noexcept {
  bool more = false;
  for (const auto& port : ports_) more |= port->serve(datagrams_per_turn, meter_, report_);
  return more;
}

// Every connection once; false: none had anything to do.
bool Worker::drain_pass() noexcept {
  const std::uint64_t before = meter_.requests + report_.writes;
  const std::size_t open = open_connections();
  for (DeadlineList* const list : {&idle_, &waiting_, &lingering_}) {
    // serve() may move a connection to the end of a list, or away; each is served once as long as none is before it.
    serving_.clear();
    for (Connection* c = list->first(); c != nullptr; c = list->next(*c)) serving_.push_back(c);
    for (std::size_t i = 0; i < serving_.size(); ++i) {
      Connection* const c = std::exchange(serving_[i], nullptr);
      if (c != nullptr) serve(*c, true);
    }
  }
  return meter_.requests + report_.writes != before || open_connections() != open;
}

}  // namespace lln::app::detail
