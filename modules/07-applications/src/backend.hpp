// What a back end does for its worker: learns that there is something to do, and has the worker do it.
//
// Everything that is the same for all of them (sessions, limits, buffers, time limits, the end) is in Worker. A back end
// calls Worker::serve() with a connection that may be read or written, or moves the bytes itself (io_uring).
#pragma once

#include "connection.hpp"

#include <chrono>
#include <memory>

namespace lln::app::detail {

class Acceptor;
class DatagramPort;

class Backend {
 public:
  virtual ~Backend() = default;
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;

  // Set-up, once each, where there is one. May throw.
  virtual void listen(Acceptor& acceptor) = 0;
  virtual void watch(DatagramPort& port) = 0;

  // From now on this connection is served. false: the kernel has no room for one more.
  virtual bool watch(Connection& connection) noexcept = 0;
  // Its output has to wait for the client (true), or has been written at last.
  virtual void want_writable(Connection&, bool) noexcept {}
  // true: an operation is on its way that uses the connection's buffer; the back end calls Worker::end_now() after it.
  virtual bool end_later(Connection&, EchoReason) noexcept { return false; }
  // Calls Worker::destroy() as soon as nothing here refers to it any more, at the latest in a later poll().
  virtual void release(Connection& connection) noexcept = 0;

  // One round: waits (negative: for ever) and serves.
  virtual void poll(std::chrono::milliseconds timeout) noexcept = 0;
  // From any thread and from signal handlers: the poll() of now or the next one does not wait.
  virtual void wake() noexcept = 0;

  // Nothing is in flight or watched afterwards; the worker serves the rest by itself.
  virtual void stop() noexcept = 0;

  // poll() never sleeps: once a round is too often for whatever is not urgent.
  virtual bool spins() const noexcept { return false; }

 protected:
  Backend() = default;
};

std::unique_ptr<Backend> make_epoll_backend(Worker& worker, const EchoOptions& options);
std::unique_ptr<Backend> make_spin_backend(Worker& worker, const EchoOptions& options);
// LLN_LIBURING_FOUND only.
std::unique_ptr<Backend> make_uring_backend(Worker& worker, const EchoOptions& options);
std::string uring_why_not();

}  // namespace lln::app::detail
