// A worker's connections: read, answered, written, ended.
#include "worker.hpp"
#include "worker_clock.hpp"

#include <algorithm>
#include <cerrno>

namespace lln::app::detail {
namespace {

constexpr int reads_per_turn = 4;  // of a buffer each; then the others have their turn

}  // namespace

void Connection::on_ready(net::EpollLoop::Ready ready) noexcept {
  worker.serve(*this, ready.half_closed() || ready.failed());
}

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
      nothing_left = *count < space.size() && !all;
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

}  // namespace lln::app::detail
