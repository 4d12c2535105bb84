// A small server for tests, which answers as its script says.
#pragma once

#include "server_address.hpp"

#include <lln/app/echo/protocol.hpp>
#include <lln/net/file_descriptor.hpp>

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace lln::echo_client::test {

using Bytes = std::vector<std::byte>;

// Accepts connections on loopback (or an abstract Unix socket), one after the other or `at_once` together, and gives each
// to `serve` in a thread.
class Server {
 public:
  using Serve = std::function<void(int fd)>;
  Server(ServerAddress::Kind kind, Serve serve, int connections = 1) {
    const bool is_unix = kind == ServerAddress::Kind::unix_stream;
    const bool datagrams = kind == ServerAddress::Kind::udp;
    fd_.reset(::socket(is_unix ? AF_UNIX : AF_INET, datagrams ? SOCK_DGRAM : SOCK_STREAM, 0));
    sockaddr_storage name{};
    socklen_t length = sizeof(sockaddr_in);
    if (is_unix) {
      name.ss_family = AF_UNIX;
      length = sizeof(sa_family_t);  // the kernel chooses an abstract name
    } else {
      const sockaddr_in loopback = net::Endpoint{{0x7F000001}, 0}.to_sockaddr();
      std::memcpy(&name, &loopback, sizeof loopback);
    }
    EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&name), length), 0) << std::strerror(errno);
    length = sizeof name;
    EXPECT_EQ(::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&name), &length), 0);
    address_.kind = kind;
    if (is_unix) {
      const auto* path = reinterpret_cast<sockaddr_un*>(&name)->sun_path;
      address_.path = "@" + std::string(path + 1, length - offsetof(sockaddr_un, sun_path) - 1);
    } else {
      sockaddr_in bound;
      std::memcpy(&bound, &name, sizeof bound);
      address_.endpoint = net::Endpoint::from_sockaddr(bound);
    }
    if (datagrams) {
      threads_.emplace_back([this, serve] { serve(fd_.get()); });
      return;
    }
    EXPECT_EQ(::listen(fd_.get(), 16), 0);
    for (int i = 0; i < connections; ++i) {
      threads_.emplace_back([this, serve] {
        const net::FileDescriptor peer(::accept(fd_.get(), nullptr, nullptr));
        if (peer) serve(peer.get());
      });
    }
  }
  ~Server() {
    ::shutdown(fd_.get(), SHUT_RDWR);  // an accept that nobody came for
    for (std::thread& thread : threads_) thread.join();
  }
  const ServerAddress& address() const { return address_; }

 private:
  ServerAddress address_;
  net::FileDescriptor fd_;
  std::vector<std::thread> threads_;
};

// Until `bytes` are there or the client is gone.
inline bool read_all(int fd, Bytes& bytes) {
  std::size_t got = 0;
  while (got < bytes.size()) {
    const ssize_t n = ::recv(fd, bytes.data() + got, bytes.size() - got, 0);
    if (n <= 0) return false;
    got += static_cast<std::size_t>(n);
  }
  return true;
}

inline void write_all(int fd, const Bytes& bytes, std::size_t piece = ~std::size_t{0}) {
  for (std::size_t at = 0; at < bytes.size();) {
    const ssize_t n = ::send(fd, bytes.data() + at, std::min(piece, bytes.size() - at), MSG_NOSIGNAL);
    if (n <= 0) return;
    at += static_cast<std::size_t>(n);
  }
}

inline Server::Serve echo(std::size_t size, std::size_t piece = ~std::size_t{0}, bool raw = false) {
  return [=](int fd) {
    Bytes message(size);
    while (read_all(fd, message)) {
      if (!raw) app::make_echo_response(message.data(), 1'000, 1'250);
      write_all(fd, message, piece);
    }
  };
}

}  // namespace lln::echo_client::test
