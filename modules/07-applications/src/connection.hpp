// One client of a stream server: its socket, its session, and its place in the lists of who has to hurry.
#pragma once

#include <lln/app/echo/server.hpp>
#include <lln/app/echo/session.hpp>
#include <lln/net/epoll_loop.hpp>
#include <lln/net/stream_socket.hpp>

#include <cstdint>

namespace lln::app::detail {

class Worker;

// A buffer of the pool. Its bytes are not cleared each time one is taken.
struct alignas(64) Block {
  Block() noexcept {}
  std::byte bytes[echo_buffer_size];
};

// Neighbours in a list, or nobody.
struct Hook {
  Hook* before = nullptr;
  Hook* behind = nullptr;
};

enum class Phase : std::uint8_t {
  serving,
  lingering,  // all is said; what the client still sends is thrown away until it ends too
  gone,       // only the back end still has to let go of it
};

struct Connection final : Hook, net::EpollLoop::Handler {
  Connection(Worker& owner, net::StreamSocket accepted, std::size_t max_payload) noexcept
      : worker(owner), socket(std::move(accepted)), session(max_payload) {}
  void on_ready(net::EpollLoop::Ready ready) noexcept override;

  Worker& worker;
  net::StreamSocket socket;
  EchoSession session;
  Block* block = nullptr;
  std::uint64_t since = 0;  // ticks; when it came to the list it stands in
  Phase phase = Phase::serving;
  bool queued = false;                  // stands among those whose turn was over before they were
  bool waits = false;                   // stands in the list of those that have to hurry
  bool orderly = false;                 // all is said and read on both sides: no reset
  bool wants_writable = false;          // what the back end was told
  EchoReason end_for = EchoReason::ok;  // to be ended, after the operation that is on its way
  // Of the back end: operations in flight, for instance.
  std::uint32_t backend_state = 0;
  std::uint32_t backend_index = 0;
};

// Connections in the order in which they came: with one time limit for all, the first is the next to run out of it.
class DeadlineList {
 public:
  DeadlineList() noexcept { ends_.before = ends_.behind = &ends_; }
  DeadlineList(const DeadlineList&) = delete;
  DeadlineList& operator=(const DeadlineList&) = delete;

  bool empty() const noexcept { return ends_.behind == &ends_; }
  Connection* first() const noexcept { return empty() ? nullptr : static_cast<Connection*>(ends_.behind); }
  // The one behind; the last has none.
  Connection* next(const Connection& connection) const noexcept {
    return connection.behind == &ends_ ? nullptr : static_cast<Connection*>(connection.behind);
  }
  // Leaves the list it stands in, if any, and comes last here.
  void put(Connection& connection, std::uint64_t now) noexcept {
    remove(connection);
    connection.since = now;
    Hook& hook = connection;
    hook.before = ends_.before;
    hook.behind = &ends_;
    ends_.before->behind = &hook;
    ends_.before = &hook;
  }
  static void remove(Connection& connection) noexcept {
    Hook& hook = connection;
    if (hook.before == nullptr) return;
    hook.before->behind = hook.behind;
    hook.behind->before = hook.before;
    hook.before = hook.behind = nullptr;
  }

 private:
  Hook ends_;
};

}  // namespace lln::app::detail
