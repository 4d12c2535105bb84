#include "sockets.hpp"

#include "ping_pong.hpp"

#include <lln/net/tcp_listener.hpp>

#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace lln::round_trip {
namespace {

using Side = net::TestNet::Side;

// The calling thread is on one side of the cable as long as this lives.
class Inside {
 public:
  Inside(const Network& network, Side side) : cable_(network.cable) {
    if (cable_ != nullptr) cable_->enter(side);
  }
  ~Inside() {
    if (cable_ != nullptr) cable_->go_home();
  }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

 private:
  const Cable* cable_;
};

net::UdpSocket bound(const Network& network, Side side) {
  const Inside inside(network, side);
  net::UdpSocket socket;
  socket.bind({side == Side::near ? network.near : network.far, 0});
  return socket;
}

net::TcpListener listener(const Network& network) {
  const Inside inside(network, Side::far);
  return net::TcpListener({.local = {network.far, 0}});
}

}  // namespace

Cable::Cable(bool napi) : may_leave_(::geteuid() == 0), net_({.napi = napi}) { go_home(); }

void Cable::go_home() const { may_leave_ ? net_.leave() : net_.enter(Side::near); }

std::pair<UdpEnd, UdpEnd> udp_pair(const Network& network) {
  net::UdpSocket near = bound(network, Side::near);
  net::UdpSocket far = bound(network, Side::far);
  near.connect(far.local_endpoint());
  far.connect(near.local_endpoint());
  return {UdpEnd(std::move(near)), UdpEnd(std::move(far))};
}

std::pair<TcpEnd, TcpEnd> tcp_pair(const Network& network) {
  net::TcpListener far = listener(network);
  const Inside inside(network, Side::near);
  net::TcpStream near = net::TcpStream::connect(far.local_endpoint());
  auto accepted = far.accept(patience);
  if (!accepted) throw std::system_error(far.last_error(), std::generic_category(), "accepting a connection");
  return {TcpEnd(std::move(near)), TcpEnd(std::move(*accepted))};
}

std::pair<UnixEnd, UnixEnd> unix_pair(int type) {
  int ends[2];
  if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) != 0)
    throw std::system_error(errno, std::generic_category(), "pair of Unix sockets");
  return {UnixEnd(net::FileDescriptor(ends[0])), UnixEnd(net::FileDescriptor(ends[1]))};
}

}  // namespace lln::round_trip
