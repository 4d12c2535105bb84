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
  receivers_.fill(-1);
  enter_own_network();
  try {
    open_sockets();
    steer_to(cpu);
  } catch (...) {
    close_sockets();
    throw;
  }
}

UdpFlood::~UdpFlood() { close_sockets(); }

// All receivers have one group and port, so that each packet goes to every one of them.
void UdpFlood::open_sockets() {
  sender_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (sender_ < 0) fail("opening a UDP socket");
  ifreq request{};
  std::memcpy(request.ifr_name, "lo", 3);
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  if (::ioctl(sender_, SIOCSIFFLAGS, &request) != 0) fail("bringing up the loopback interface");
  ip_mreqn membership{};
  membership.imr_multiaddr.s_addr = htonl(0xefff0001);  // 239.255.0.1
  membership.imr_ifindex = static_cast<int>(::if_nametoindex("lo"));
  sockaddr_in group{};
  group.sin_family = AF_INET;
  group.sin_addr = membership.imr_multiaddr;
  group.sin_port = htons(30'000);  // ours alone: nobody else is in this namespace
  const int on = 1;
  for (int& receiver : receivers_) {
    receiver = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (receiver < 0 || ::setsockopt(receiver, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        ::bind(receiver, reinterpret_cast<const sockaddr*>(&group), sizeof group) != 0 ||
        ::setsockopt(receiver, IPPROTO_IP, IP_ADD_MEMBERSHIP, &membership, sizeof membership) != 0)
      fail("joining a multicast group");
  }
  if (::setsockopt(sender_, IPPROTO_IP, IP_MULTICAST_IF, &membership, sizeof membership) != 0 ||
      ::connect(sender_, reinterpret_cast<const sockaddr*>(&group), sizeof group) != 0)
    fail("sending to a multicast group");
}

void UdpFlood::close_sockets() noexcept {
  for (const int receiver : receivers_) {
    if (receiver >= 0) ::close(receiver);
  }
  if (sender_ >= 0) ::close(sender_);
}

// Nobody reads: when the sockets' buffers are full the packets are dropped, after all the work of receiving them. A pause
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
    ::sendmmsg(sender_, batch.data(), batch.size(), MSG_DONTWAIT);
    const auto pause_end = std::chrono::steady_clock::now() + std::chrono::microseconds(50);
    while (std::chrono::steady_clock::now() < pause_end) {
    }
  }
}

}  // namespace lln::jitter::detail
