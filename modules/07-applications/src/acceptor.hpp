// The listening sockets of a server: TCP and Unix, under one roof.
//
// Threads: one. Out of descriptors, a spare one is given up for a moment to accept the connection and close it: left in
// the queue, it would be reported for ever and never answered.
#pragma once

#include <lln/net/file_descriptor.hpp>
#include <lln/net/stream_socket.hpp>
#include <lln/net/tcp_listener.hpp>

#include <optional>
#include <string>

namespace lln::app::detail {

// A Unix stream socket that listens; its file, when it has one, goes with it.
class UnixListener {
 public:
  // "@name": in the abstract namespace, no file. Throws std::system_error.
  explicit UnixListener(const std::string& path);
  ~UnixListener();
  UnixListener(const UnixListener&) = delete;
  UnixListener& operator=(const UnixListener&) = delete;
  std::optional<net::StreamSocket> accept() noexcept;
  int fd() const noexcept { return fd_.get(); }
  int last_error() const noexcept { return last_error_; }

 private:
  net::FileDescriptor fd_;
  std::string file_;  // to remove
  int last_error_ = 0;
};

class Acceptor {
 public:
  Acceptor(const std::optional<net::TcpListener::Options>& tcp, const std::string& unix_path);

  const net::TcpListener* tcp() const noexcept { return tcp_ ? &*tcp_ : nullptr; }
  // The listening descriptors, -1 where there is none.
  int tcp_fd() const noexcept { return tcp_ ? tcp_->fd() : -1; }
  int unix_fd() const noexcept { return unix_ ? unix_->fd() : -1; }

  // The next connection of either; empty: nobody waits.
  std::optional<net::StreamSocket> accept() noexcept;
  // No connection is taken any more. Those that were not accepted are reset by the kernel.
  void close() noexcept;
  // For accept(2) made elsewhere that failed with EMFILE.
  void refuse_one(int listening) noexcept;

 private:
  std::optional<net::TcpListener> tcp_;
  std::optional<UnixListener> unix_;
  net::FileDescriptor spare_;
};

}  // namespace lln::app::detail
