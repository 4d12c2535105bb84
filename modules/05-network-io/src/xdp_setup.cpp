#include "xdp_setup.hpp"

#include "xdp_attachment.hpp"

#include <arpa/inet.h>
#include <linux/if_xdp.h>
#include <net/if.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <iterator>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>

namespace lln::net::detail {
namespace {

// The kernel gives a queue free some time after the socket that had it was closed, by a worker that waits for the lock
// of all network devices; where namespaces come and go, that takes long. EBUSY is asked again meanwhile.
bool try_bind(int fd, sockaddr_xdp address, unsigned flags) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  address.sxdp_flags = static_cast<std::uint16_t>(flags | XDP_USE_NEED_WAKEUP);
  while (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    if (errno != EBUSY) return false;
    if (std::chrono::steady_clock::now() > deadline) return errno = EBUSY, false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

// What the program shall look for; constants from the moment it is loaded.
void tell(xdp_to_socket& skeleton, const XdpSocket::Options& options) {
  auto& program = *skeleton.rodata;
  if (options.destinations.size() > std::size(program.addresses))
    throw std::invalid_argument(std::to_string(options.destinations.size()) + " destinations, 16 at most");
  program.port = options.port;
  program.destination_count = static_cast<std::uint32_t>(options.destinations.size());
  for (std::size_t i = 0; i < options.destinations.size(); ++i) {
    program.addresses[i] = htonl(options.destinations[i].address.value);
    program.ports[i] = htons(options.destinations[i].port);
  }
  program.source = options.source ? htonl(options.source->value) : 0;
  program.stamps = options.stamps ? 1 : 0;
}

}  // namespace

FileDescriptor open_xdp_socket() {
  FileDescriptor fd(::socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0));
  if (!fd) throw std::system_error(errno, std::generic_category(), "opening an AF_XDP socket");
  return fd;
}

bool bind_xdp_socket(int fd, const XdpSocket::Options& options) {
  sockaddr_xdp address{};
  address.sxdp_family = AF_XDP;
  address.sxdp_ifindex = ::if_nametoindex(options.interface.c_str());
  address.sxdp_queue_id = options.queue;
  if (address.sxdp_ifindex == 0)
    throw std::system_error(errno, std::generic_category(), "interface " + options.interface);
  if (options.zero_copy && options.mode == XdpMode::native && try_bind(fd, address, XDP_ZEROCOPY))
    return true;
  if (try_bind(fd, address, XDP_COPY)) return false;
  const int error = errno;
  std::string attempt =
      "binding an AF_XDP socket to queue " + std::to_string(options.queue) + " of " + options.interface;
  if (error == EBUSY) attempt += ", which has one";
  if (error == EINVAL) attempt += " (is there such a queue?)";
  throw std::system_error(error, std::generic_category(), attempt);
}

XdpSkeleton load_xdp_program(const XdpSocket::Options& options, int fd) {
  const SilentLibbpf silence;
  XdpSkeleton skeleton(xdp_to_socket::open());
  if (skeleton == nullptr) throw std::system_error(errno, std::generic_category(), "reading the XDP program");
  tell(*skeleton, options);
  if (const int error = xdp_to_socket::load(skeleton.get()); error != 0)
    throw std::system_error(-error, std::generic_category(), "loading the XDP program");
  const std::uint32_t queue = options.queue;
  if (bpf_map__update_elem(skeleton->maps.sockets, &queue, sizeof queue, &fd, sizeof fd, BPF_ANY) != 0)
    throw std::system_error(errno, std::generic_category(),
                            "queue " + std::to_string(queue) + " in the XSKMAP");
  return skeleton;
}

}  // namespace lln::net::detail
