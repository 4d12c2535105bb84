// Waits in epoll_wait(2), or asks it without waiting; connections edge-triggered, listeners and datagrams by level.
#include "acceptor.hpp"
#include "worker.hpp"

#include <lln/net/epoll_loop.hpp>

#include <system_error>

namespace lln::app::detail {
namespace {

using net::EpollLoop;

class EpollBackend final : public Backend {
 public:
  EpollBackend(Worker& worker, const EchoOptions& options)
      : loop_({.batch = 256, .reserve = options.max_connections + 64}),
        accepting_(worker),
        datagrams_(worker),
        spins_(options.backend == EchoBackend::epoll_spin) {
    if (options.busy_poll && !spins_) busy_poll(*options.busy_poll);
  }

  void listen(Acceptor& acceptor) override {
    for (const int fd : {acceptor.tcp_fd(), acceptor.unix_fd()}) {
      if (fd >= 0) loop_.add(fd, EpollLoop::Interest::readable, accepting_);
    }
  }
  void watch(DatagramPort& port) override { loop_.add(port.fd(), EpollLoop::Interest::readable, datagrams_); }

  bool watch(Connection& connection) noexcept override {
    try {
      loop_.add(connection.socket.fd(), EpollLoop::Interest::readable, connection, EpollLoop::Trigger::edge);
      return true;
    } catch (const std::system_error&) {
      return false;
    }
  }
  // Not asked for from the start: a Unix socket reports an edge each time its peer reads something.
  void want_writable(Connection& connection, bool wanted) noexcept override {
    try {
      loop_.change(connection.socket.fd(),
                   wanted ? EpollLoop::Interest::both : EpollLoop::Interest::readable);
    } catch (const std::system_error&) {
      // Only for a descriptor that is not watched.
    }
  }
  void release(Connection& connection) noexcept override {
    loop_.remove(connection.socket.fd());
    connection.worker.destroy(connection);
  }

  void poll(std::chrono::milliseconds timeout) noexcept override {
    loop_.poll(spins_ ? std::chrono::milliseconds(0) : timeout);
  }
  void wake() noexcept override { loop_.wake(); }
  void stop() noexcept override {}
  bool spins() const noexcept override { return spins_; }

 private:
  struct Accepting final : EpollLoop::Handler {
    explicit Accepting(Worker& owner) noexcept : worker(owner) {}
    void on_ready(EpollLoop::Ready) noexcept override { worker.accept_some(); }
    Worker& worker;
  };
  struct Datagrams final : EpollLoop::Handler {
    explicit Datagrams(Worker& owner) noexcept : worker(owner) {}
    void on_ready(EpollLoop::Ready) noexcept override { worker.serve_datagrams(); }
    Worker& worker;
  };

  // A socket's own SO_BUSY_POLL concerns who waits in recv(2); who waits in epoll_wait(2) polls as the loop says.
  void busy_poll(std::chrono::microseconds time) {
    try {
      loop_.set_busy_poll(time, 8);
    } catch (const std::system_error&) {
      // Before Linux 6.9 only net.core.busy_poll decides, for the whole machine.
    }
  }

  EpollLoop loop_;
  Accepting accepting_;
  Datagrams datagrams_;
  bool spins_;
};

}  // namespace

std::unique_ptr<Backend> make_epoll_backend(Worker& worker, const EchoOptions& options) {
  return std::make_unique<EpollBackend>(worker, options);
}

}  // namespace lln::app::detail
