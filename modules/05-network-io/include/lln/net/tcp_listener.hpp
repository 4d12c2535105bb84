// Accepts TCP connections over IPv4, without waiting unless asked to.
//
// Threads: one thread at a time; several listeners, each with its thread, share a port by `reuse_port`.
// Guarantees: the constructor throws std::system_error that says what was attempted; accept() is noexcept, allocates
//   nothing and is one system call (poll(2) besides when it has to wait). Accepted streams have the options of
//   `stream`.
// The port is free for the next listener at once (SO_REUSEADDR), also when connections of this one linger in TIME_WAIT.
// Source: accept(2), listen(2), tcp(7).
#pragma once

#include <lln/net/endpoint.hpp>
#include <lln/net/tcp_stream.hpp>

#include <chrono>
#include <optional>

namespace lln::net {

class TcpListener {
 public:
  struct Options {
    Endpoint local = {};  // port 0 = any free one, see local_endpoint()
    int backlog = 1024;   // connections that wait for accept(); net.core.somaxconn caps it without an error
    bool reuse_port = false;
    TcpOptions stream = {};
  };

  explicit TcpListener(const Options& options);

  // Empty: nobody waits (last_error() == EAGAIN) or an error. Out of descriptors (EMFILE, ENFILE) the connection stays
  // in the queue, and a level-triggered loop would report it for ever: stop listening until some are closed. Other
  // errors concern that one connection only.
  std::optional<TcpStream> accept() noexcept;
  // The same, waiting up to `timeout`; negative = for ever.
  std::optional<TcpStream> accept(std::chrono::milliseconds timeout) noexcept;

  const Endpoint& local_endpoint() const noexcept { return local_; }
  int last_error() const noexcept { return last_error_; }
  int fd() const noexcept { return fd_.get(); }

 private:
  FileDescriptor fd_;
  Endpoint local_;
  int last_error_ = 0;
};

}  // namespace lln::net
