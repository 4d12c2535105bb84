// The sockets of the contest, as waiting.hpp wants them, in connected pairs.
#pragma once

#include <lln/net/endpoint.hpp>
#include <lln/net/file_descriptor.hpp>
#include <lln/net/tcp_stream.hpp>
#include <lln/net/test_net.hpp>
#include <lln/net/udp_socket.hpp>

#include <sys/socket.h>

#include <cstddef>
#include <span>
#include <utility>

namespace lln::round_trip {

class UdpEnd {
 public:
  explicit UdpEnd(net::UdpSocket socket) : socket_(std::move(socket)) {}
  int fd() const noexcept { return socket_.fd(); }
  bool send(std::span<const std::byte> message) noexcept { return socket_.send(message); }
  std::size_t try_receive(std::span<std::byte> message) noexcept {
    return socket_.receive(message).value_or(0);
  }

 private:
  net::UdpSocket socket_;
};

class TcpEnd {
 public:
  explicit TcpEnd(net::TcpStream stream) : stream_(std::move(stream)) {}
  int fd() const noexcept { return stream_.fd(); }
  bool send(std::span<const std::byte> message) noexcept { return stream_.send(message) == message.size(); }
  // The end of the stream is like silence: whoever waits gives up some time.
  std::size_t try_receive(std::span<std::byte> message) noexcept {
    return stream_.receive(message).value_or(0);
  }

 private:
  net::TcpStream stream_;
};

// A bare descriptor of a Unix domain socket.
class UnixEnd {
 public:
  explicit UnixEnd(net::FileDescriptor socket) noexcept : socket_(std::move(socket)) {}
  int fd() const noexcept { return socket_.get(); }
  bool send(std::span<const std::byte> message) noexcept {
    return ::send(fd(), message.data(), message.size(), MSG_DONTWAIT | MSG_NOSIGNAL) ==
           static_cast<ssize_t>(message.size());
  }
  std::size_t try_receive(std::span<std::byte> message) noexcept {
    const ssize_t size = ::recv(fd(), message.data(), message.size(), MSG_DONTWAIT);
    return size > 0 ? static_cast<std::size_t>(size) : 0;
  }

 private:
  net::FileDescriptor socket_;
};

// Two namespaces and a cable, whose devices have NAPI unless it is not wanted. Make it before any thread.
class Cable {
 public:
  explicit Cable(bool napi = true);
  void enter(net::TestNet::Side side) const { net_.enter(side); }
  // Root goes back to where it came from; a plain user, who cannot, makes the near side its home.
  void go_home() const;

 private:
  bool may_leave_;
  net::TestNet net_;
};

// Where the two ends of a pair are opened.
struct Network {
  const Cable* cable = nullptr;  // none: lo
  net::Ipv4Address near = {0x7F000001};
  net::Ipv4Address far = {0x7F000001};
};

inline Network across(const Cable& cable) {
  return {&cable, net::TestNet::address(net::TestNet::Side::near),
          net::TestNet::address(net::TestNet::Side::far)};
}

// Two UDP sockets, connected to each other.
std::pair<UdpEnd, UdpEnd> udp_pair(const Network& network = {});
// A TCP connection, TCP_NODELAY at both ends.
std::pair<TcpEnd, TcpEnd> tcp_pair(const Network& network = {});
// type: SOCK_STREAM or SOCK_DGRAM.
std::pair<UnixEnd, UnixEnd> unix_pair(int type);

}  // namespace lln::round_trip
