#include "port.hpp"

#include <ctime>
#include <stdexcept>
#include <system_error>

namespace lln::echo_client {

Port::Port(const ServerAddress& address, const PortOptions& options, latency::Histogram& server_times)
    : block_(options.block), raw_(options.connection.raw), server_times_(server_times) {
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
  sleeping_on_.clear();
  sleeping_on_.push_back({one() ? connections_[0].fd() : poll_.get(), POLLIN, 0});
  for (const std::size_t i : to_flush_) sleeping_on_.push_back({connections_[i].fd(), POLLOUT, 0});
  const timespec time{ns / 1'000'000'000, ns % 1'000'000'000};
  ::ppoll(sleeping_on_.data(), sleeping_on_.size(), &time, nullptr);  // a signal ends it: the caller looks
}

}  // namespace lln::echo_client
