// Asks every socket in turn, for ever: no wait, no wake-up, one system call between the arrival of a request and its
// first instruction here. Each connection costs every round a recv(2) in vain: for a handful of clients.
#include "acceptor.hpp"
#include "worker.hpp"

#include <algorithm>
#include <vector>

namespace lln::app::detail {
namespace {

// Nobody minds a new connection to be noticed some rounds late; the others would mind an accept(2) in each.
constexpr unsigned rounds_per_accept = 64;

class SpinBackend final : public Backend {
 public:
  SpinBackend(Worker& worker, const EchoOptions& options) : worker_(worker) {
    connections_.reserve(options.max_connections + 64);
  }

  void listen(Acceptor&) override { listens_ = true; }
  void watch(DatagramPort&) override { datagrams_ = true; }
  bool watch(Connection& connection) noexcept override {
    if (connections_.size() == connections_.capacity()) return false;
    connection.backend_index = static_cast<std::uint32_t>(connections_.size());
    connections_.push_back(&connection);
    return true;
  }
  // The last one takes the place, which the round may then pass over: the next round will not.
  void release(Connection& connection) noexcept override {
    const std::size_t index = connection.backend_index;
    if (index < connections_.size() && connections_[index] == &connection) {
      connections_[index] = connections_.back();
      connections_[index]->backend_index = connection.backend_index;
      connections_.pop_back();
    }
    worker_.destroy(connection);
  }

  void poll(std::chrono::milliseconds) noexcept override {
    if (datagrams_) worker_.serve_datagrams();
    for (std::size_t i = 0; i < connections_.size(); ++i) worker_.serve(*connections_[i], false);
    if (listens_ && ++round_ % rounds_per_accept == 0) worker_.accept_some();
  }
  void wake() noexcept override {}
  void stop() noexcept override {}
  bool spins() const noexcept override { return true; }

 private:
  Worker& worker_;
  std::vector<Connection*> connections_;
  bool listens_ = false;
  bool datagrams_ = false;
  unsigned round_ = 0;
};

}  // namespace

std::unique_ptr<Backend> make_spin_backend(Worker& worker, const EchoOptions& options) {
  return std::make_unique<SpinBackend>(worker, options);
}

}  // namespace lln::app::detail
