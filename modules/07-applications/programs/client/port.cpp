#include "port.hpp"

#include <sys/time.h>

#include <ctime>
#include <stdexcept>
#include <system_error>

namespace lln::echo_client {
namespace {

// The kernel polls the device for a socket that waits in recv(2). In poll(2) it does so only when net.core.busy_poll, a
// setting of the machine, says so. Hence one connection with busy polling peeks, and comes back to look at the time.
constexpr std::int64_t longest_peek_ns = 10'000'000;

}  // namespace

Port::Port(const ServerAddress& address, const PortOptions& options, latency::Histogram& server_times)
    : block_(options.block),
      busy_poll_(options.block && options.connections == 1 && options.connection.busy_poll_us > 0),
      raw_(options.connection.raw),
      server_times_(server_times) {
  if (options.connections == 0) throw std::invalid_argument("a load needs a connection");
  poll_.reset(::epoll_create1(EPOLL_CLOEXEC));
  if (!poll_) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  connections_.reserve(options.connections);
  for (std::size_t i = 0; i < options.connections; ++i) {
    connections_.emplace_back(address, options.connection);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u32 = static_cast<std::uint32_t>(i);
    if (::epoll_ctl(poll_.get(), EPOLL_CTL_ADD, connections_[i].fd(), &event) != 0)
      throw std::system_error(errno, std::generic_category(),
                              "epoll_ctl for connection " + std::to_string(i));
  }
  if (busy_poll_) {
    const timeval limit{0, longest_peek_ns / 1000};
    if (::setsockopt(connections_[0].fd(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0)
      throw std::system_error(errno, std::generic_category(), "SO_RCVTIMEO 10ms");
  }
  to_flush_.reserve(options.connections);
  unsent_.resize(options.connections);
  sleeping_on_.reserve(options.connections + 1);
}

std::string Port::error() const {
  if (ended_ < 0) return "";
  const auto i = static_cast<std::size_t>(ended_);
  return (one() ? "" : "connection " + std::to_string(i) + ": ") + connections_[i].error();
}

void Port::sleep(std::int64_t ns) noexcept {
  if (ns <= 0) return;
  if (busy_poll_ && ns > longest_peek_ns && to_flush_.empty()) {
    char one_byte;
    ::recv(connections_[0].fd(), &one_byte, sizeof one_byte, MSG_PEEK);
    return;
  }
  sleeping_on_.clear();
  sleeping_on_.push_back({one() ? connections_[0].fd() : poll_.get(), POLLIN, 0});
  for (const std::size_t i : to_flush_) sleeping_on_.push_back({connections_[i].fd(), POLLOUT, 0});
  const timespec time{ns / 1'000'000'000, ns % 1'000'000'000};
  ::ppoll(sleeping_on_.data(), sleeping_on_.size(), &time, nullptr);  // a signal ends it: the caller looks
}

}  // namespace lln::echo_client
