#include "udp_flood.hpp"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>
#include <system_error>

namespace lln::jitter::detail {
namespace {

[[noreturn]] void fail(const char* attempt) {
  throw std::system_error(errno, std::generic_category(), attempt);
}

// Our own /sys shows the devices of our network namespace; the machine's keeps showing the machine's.
void enter_own_network() {
  if (::unshare(CLONE_NEWNET | CLONE_NEWNS) != 0)
    fail("making a network namespace for the flood (needs CAP_SYS_ADMIN)");
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) fail("making mounts private");
  if (::mount("sysfs", "/sys", "sysfs", 0, nullptr) != 0) fail("mounting /sys for the flood's namespace");
}

// The kernel writes sets of CPUs as groups of 32 bits in hexadecimal, the highest first.
std::string cpu_mask(int cpu) {
  char word[16];
  std::snprintf(word, sizeof word, "%x", 1U << (cpu % 32));
  std::string mask = word;
  for (int group = 0; group < cpu / 32; ++group) mask += ",00000000";
  return mask;
}

void steer_to(int cpu) {
  std::ofstream file("/sys/class/net/lo/queues/rx-0/rps_cpus");
  file << cpu_mask(cpu) << std::flush;
  if (!file) throw std::system_error(ENOTSUP, std::generic_category(), "steering received packets (RPS)");
}

}  // namespace

UdpFlood::UdpFlood(int cpu) {
  enter_own_network();
  socket_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket_ < 0) fail("opening a UDP socket");
  try {
    ifreq request{};
    std::memcpy(request.ifr_name, "lo", 3);
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    if (::ioctl(socket_, SIOCSIFFLAGS, &request) != 0) fail("bringing up the loopback interface");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
        ::connect(socket_, reinterpret_cast<sockaddr*>(&address), size) != 0)
      fail("connecting a UDP socket to itself");
    steer_to(cpu);
  } catch (...) {
    ::close(socket_);
    throw;
  }
}

UdpFlood::~UdpFlood() { ::close(socket_); }

// Nobody reads: when the socket's buffer is full the packets are dropped, after all the work of receiving them. A pause
// after each batch leaves the CPU room, so that it handles packets as they come and the other threads live.
void UdpFlood::run_until(const std::atomic<bool>& stop) {
  char byte = 0;
  iovec part{&byte, 1};
  std::array<mmsghdr, 32> batch{};
  for (mmsghdr& message : batch) {
    message.msg_hdr.msg_iov = &part;
    message.msg_hdr.msg_iovlen = 1;
  }
  while (!stop.load(std::memory_order_relaxed)) {
    ::sendmmsg(socket_, batch.data(), batch.size(), MSG_DONTWAIT);
    const auto pause_end = std::chrono::steady_clock::now() + std::chrono::microseconds(50);
    while (std::chrono::steady_clock::now() < pause_end) {
    }
  }
}

}  // namespace lln::jitter::detail
