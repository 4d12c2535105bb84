// What makes an XdpSocket: its descriptor, the queue that it is bound to, the program that sends frames to it.
#pragma once

#include <lln/net/file_descriptor.hpp>
#include <lln/net/xdp_socket.hpp>

#include <xdp_to_socket.skel.h>

#include <memory>

namespace lln::net::detail {

struct XdpSkeletonDeleter {
  void operator()(xdp_to_socket* skeleton) const noexcept { xdp_to_socket::destroy(skeleton); }
};
using XdpSkeleton = std::unique_ptr<xdp_to_socket, XdpSkeletonDeleter>;

FileDescriptor open_xdp_socket();

// Whether it is zero copy: if asked for and possible.
bool bind_xdp_socket(int fd, const XdpSocket::Options& options);

// Loaded, and told about the socket; not attached.
XdpSkeleton load_xdp_program(const XdpSocket::Options& options, int fd);

}  // namespace lln::net::detail
