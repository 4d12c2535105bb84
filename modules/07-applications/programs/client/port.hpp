// All connections of a load as one port (app::EchoPort): request i goes over connection i % connections.
//
// Threads    One at a time.
// Guarantee  See Connection. When one connection ends, the port does: a load with fewer connections is another load.
// Allocation The constructor only.
// Cost       One connection: its socket's system calls and nothing else. Several: one epoll_wait a round besides.
#pragma once

#include "connection.hpp"

#include <lln/latency/histogram.hpp>

#include <poll.h>
#include <sys/epoll.h>

#include <cstdint>
#include <string>
#include <vector>

namespace lln::echo_client {

struct PortOptions {
  std::size_t connections = 1;
  ConnectionOptions connection = {};
  bool block = false;  // wait() sleeps in the kernel; else it returns at once, and the load spins
};

class Port {
 public:
  // `server_times` gets what the server says each request took inside it, in ns; nothing of a raw server.
  Port(const ServerAddress& address, const PortOptions& options, latency::Histogram& server_times);

  bool send(std::uint64_t id) noexcept {
    const std::size_t i = one() ? 0 : id % connections_.size();
    if (!connections_[i].send(id)) return false;
    if (!unsent_[i]) {
      unsent_[i] = 1;
      to_flush_.push_back(i);
    }
    return true;
  }

  void flush() noexcept {
    std::size_t left = 0;
    for (const std::size_t i : to_flush_) {
      connections_[i].flush();
      unsent_[i] = connections_[i].has_unsent();
      if (unsent_[i]) to_flush_[left++] = i;
      if (!connections_[i].open()) note_end(i);
    }
    to_flush_.resize(left);
  }

  template <class OnAnswer>
  bool receive(OnAnswer&& on_answer) noexcept {
    const auto answered = [&](std::uint64_t id, std::uint64_t server_ns) noexcept {
      if (!raw_) server_times_.record(server_ns);
      on_answer(id);
    };
    const auto receive_of = [&](std::size_t i) noexcept {
      const bool some = connections_[i].receive(answered);
      if (!connections_[i].open()) note_end(i);
      return some;
    };
    if (one()) return receive_of(0);
    const int n = ::epoll_wait(poll_.get(), events_, most_events, 0);
    bool some = false;
    for (int i = 0; i < n; ++i) some |= receive_of(events_[i].data.u32);
    return some;
  }

  void wait(std::int64_t ns) noexcept {
    if (block_ && open()) sleep(ns);
  }

  bool open() const noexcept { return ended_ < 0; }
  // Why not: empty when it is open.
  std::string error() const;

 private:
  static constexpr int most_events = 64;

  bool one() const noexcept { return connections_.size() == 1; }
  void note_end(std::size_t i) noexcept {
    if (ended_ < 0) ended_ = static_cast<int>(i);
  }
  void sleep(std::int64_t ns) noexcept;

  bool block_;
  bool busy_poll_;
  bool raw_;
  int ended_ = -1;  // the connection that ended first
  latency::Histogram& server_times_;
  std::vector<Connection> connections_;
  net::FileDescriptor poll_;
  epoll_event events_[most_events];
  std::vector<std::size_t> to_flush_;
  std::vector<char> unsent_;
  std::vector<pollfd> sleeping_on_;
};

}  // namespace lln::echo_client
