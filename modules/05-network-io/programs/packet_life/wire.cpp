#include "wire.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>

namespace lln::packet_life {
namespace {

void require(bool worked, const char* attempt) {
  if (!worked) throw std::system_error(errno, std::generic_category(), attempt);
}

net::FileDescriptor open(Protocol protocol) {
  const int type = protocol == Protocol::udp ? SOCK_DGRAM : SOCK_STREAM;
  net::FileDescriptor fd(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
  require(bool{fd}, "opening a socket");
  // Room for bursts, and for the stamps that wait on the error queue. Less than asked for is no error.
  const int bytes = 4 << 20;
  for (const int option : {SO_RCVBUF, SO_SNDBUF})
    ::setsockopt(fd.get(), SOL_SOCKET, option, &bytes, sizeof bytes);
  return fd;
}

}  // namespace

Wire connect(Protocol protocol, const Sides& sides) {
  Wire wire;
  sides.go_to_receiver();
  sockaddr_in address = net::Endpoint{sides.receiver_address, 0}.to_sockaddr();
  socklen_t size = sizeof address;
  const auto at = reinterpret_cast<sockaddr*>(&address);
  net::FileDescriptor bound = open(protocol);
  require(::bind(bound.get(), at, size) == 0, "binding the receiver's socket");
  require(::getsockname(bound.get(), at, &size) == 0, "getsockname");
  if (protocol == Protocol::tcp) require(::listen(bound.get(), 1) == 0, "listening");
  sides.go_to_sender();
  wire.sender = open(protocol);
  require(::connect(wire.sender.get(), at, size) == 0, "connecting to the receiver");
  if (protocol == Protocol::udp) {
    wire.receiver = std::move(bound);
    return wire;
  }
  const int on = 1;
  require(::setsockopt(wire.sender.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0, "TCP_NODELAY on");
  wire.receiver.reset(::accept4(bound.get(), nullptr, nullptr, SOCK_CLOEXEC));
  require(bool{wire.receiver}, "accepting the connection");
  return wire;
}

}  // namespace lln::packet_life
