// One thread's share of a server: its connections, buffers and time limits, whatever the back end.
//
// Each connection stands in one of three lists, in the order in which it came there, each with one time limit:
//
//   idle_       nothing has begun and nothing waits; it holds no buffer
//   waiting_    a request has begun or answers wait: it holds a buffer, and since its last progress (a request
//               answered, or all answers fetched) the time of stall_timeout runs
//   lingering_  all is said; until the client ends too, or the time of linger is over
//
// When the buffers are used up, the first of waiting_ has to go: the client that has been without progress the longest.
#pragma once

#include "backend.hpp"
#include "connection.hpp"
#include "datagram_port.hpp"
#include "meter.hpp"

#include <lln/app/echo/report.hpp>
#include <lln/cache/object_pool.hpp>
#include <lln/lock_free/spsc_ring.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

namespace lln::app::detail {

class Worker {
 public:
  // stop: the server's. capacity: connections.
  Worker(const EchoOptions& options, std::size_t capacity, std::size_t buffers,
         const std::atomic<bool>& stop);
  ~Worker();

  // ---- set-up, before run() ----
  void set_backend(std::unique_ptr<Backend> backend) { backend_ = std::move(backend); }
  Backend& backend() noexcept { return *backend_; }
  // Accepted connections go to `sink`, which may be this worker's adopt() or another's hand_over().
  void listen(Acceptor& acceptor, std::function<void(net::StreamSocket)> sink);
  void add(std::unique_ptr<DatagramPort> port);

  // ---- from any thread ----
  std::size_t open_connections() const noexcept { return open_.load(std::memory_order_relaxed); }
  // From the accepting thread only; false: this worker is behind with accepting, and the connection is closed.
  bool hand_over(net::StreamSocket socket) noexcept;

  // ---- the worker's thread ----
  void run() noexcept;
  EchoReport& report() noexcept { return report_; }
  Meter& meter() noexcept { return meter_; }

  void accept_some() noexcept;
  void accepted(net::StreamSocket socket) { sink_(std::move(socket)); }
  void refuse_one(int listening) noexcept;
  void adopt(net::StreamSocket socket) noexcept;
  void serve_datagrams() noexcept;

  // Reads, answers, writes until nothing is left to do or the connection's turn is over. `all`: the kernel may have
  // more than one read shows (the end of the stream, for instance), so only EAGAIN ends it.
  void serve(Connection& connection, bool all) noexcept;

  // For back ends that move the bytes themselves:
  bool lend(Connection& connection) noexcept;  // a buffer, if it has none; false: all are in use, try later
  void lend(Connection& connection, Block* block) noexcept;
  Block* take_block() noexcept;  // for nobody in particular yet
  // At the cost of the client that has been without progress the longest, other than `but`, if there is no other.
  Block* take_block_by_force(const Connection* but) noexcept;
  void end_now(Connection& connection, EchoReason reason) noexcept;  // what Backend::end_later() promised
  void give_back(Block* block) noexcept { blocks_.destroy(block); }
  void settle(Connection& connection, bool progress) noexcept;    // after each step: buffer back, time limit
  void finish(Connection& connection) noexcept;                   // session.finished(): to the end, politely
  void drop(Connection& connection, EchoReason reason) noexcept;  // at once
  void throw_away(Connection& connection) noexcept;               // what a lingering client still sends

  // From Backend::release() or later: nothing refers to the connection any more.
  void destroy(Connection& connection) noexcept;
  bool draining() const noexcept { return draining_; }

 private:
  static constexpr int datagrams_per_turn = 64;

  bool stopping() const noexcept { return stop_.load(std::memory_order_relaxed); }
  bool write_output(Connection& connection, bool& progress) noexcept;
  void block_until_writable(Connection& connection, bool progress) noexcept;
  void again(Connection& connection) noexcept;
  void serve_again() noexcept;
  void take_handed() noexcept;
  void look_at_the_clock() noexcept;
  void expire(DeadlineList& list, std::uint64_t limit, std::uint64_t now, EchoReason reason) noexcept;
  std::chrono::milliseconds timeout() const noexcept;
  void end(Connection& connection, EchoReason reason) noexcept;
  void drain() noexcept;
  bool drain_pass() noexcept;
  bool drain_datagrams() noexcept;

  const EchoOptions& options_;
  const std::atomic<bool>& stop_;
  Meter meter_;
  EchoReport report_;
  cache::ObjectPool<Connection> connections_;
  cache::ObjectPool<Block> blocks_;
  std::unique_ptr<Backend> backend_;
  Acceptor* acceptor_ = nullptr;
  std::function<void(net::StreamSocket)> sink_;
  std::vector<std::unique_ptr<DatagramPort>> ports_;
  lock_free::SpscRing<net::StreamSocket> handed_;
  std::size_t capacity_;

  DeadlineList idle_;
  DeadlineList waiting_;
  DeadlineList lingering_;
  std::vector<Connection*> again_;    // their turn was over before they were
  std::vector<Connection*> serving_;  // of these, the ones served now
  std::vector<std::byte> waste_;      // where bytes go that nobody wants
  std::atomic<std::size_t> open_{0};
  bool draining_ = false;
};

}  // namespace lln::app::detail
