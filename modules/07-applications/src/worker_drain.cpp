// The end of a worker: what has arrived is answered, everybody gets a goodbye, and it takes no longer than allowed.
//
// The same for all back ends: they have let go of everything, and each connection is looked at in turn.
#include "acceptor.hpp"
#include "worker.hpp"
#include "worker_clock.hpp"

#include <chrono>
#include <thread>

namespace lln::app::detail {

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
  for (const auto& port : ports_) port->finish(report_);
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
