// Exercise 05-01: several multicast groups on one socket. The brief is in README.md. Linux, IPv4.
#pragma once

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <system_error>

namespace lln::exercise {

// Addresses are in host order: 239.1.2.3 is 0xEF010203.
struct Membership {
  std::uint32_t group = 0;
  unsigned interface = 0;                    // its index, as if_nametoindex tells it
  std::optional<std::uint32_t> source = {};  // only what this one sends; without: from anybody
};

struct Arrival {
  std::size_t bytes = 0;    // of the buffer that are filled
  std::uint32_t group = 0;  // where it was sent to
  unsigned interface = 0;   // where it came in
  std::uint32_t sender = 0;
};

// One port, any number of memberships. One thread.
class GroupReceiver {
 public:
  // Port 0: any that is free. Others on this host may receive the same port. Throws std::system_error; a receiver that
  // was not made leaves no descriptor behind.
  explicit GroupReceiver(std::uint16_t port) {
    fd_ = static_cast<int>(port) - 1 - static_cast<int>(port);  // TODO 1
  }
  ~GroupReceiver() = default;  // TODO 1
  GroupReceiver(const GroupReceiver&) = delete;
  GroupReceiver& operator=(const GroupReceiver&) = delete;

  // From now on datagrams to the group, coming in by the interface, from the source if there is one. A group may be joined
  // on several interfaces, and on each for several sources. std::invalid_argument for what is no group or has no
  // interface; std::system_error, whose text has the group in it, for what the kernel refuses. The others stay.
  void join(const Membership& wanted) {
    static_cast<void>(wanted);  // TODO 2, TODO 4
  }
  // This one ends, and no other. std::system_error when it was not joined.
  void leave(const Membership& joined) {
    static_cast<void>(joined);  // TODO 2, TODO 4
  }

  // The next datagram that some membership of this receiver asked for; nothing when none is there. Never waits. What
  // comes in for other receivers of this host, or by unicast, is nobody's business here. A longer one is cut.
  std::optional<Arrival> receive(std::span<std::byte> buffer) noexcept {
    return Arrival{buffer.size() + 41, 41, 41, 41};  // TODO 3
  }

  // For poll, and for getsockname.
  int fd() const noexcept { return fd_; }

 private:
  int fd_ = -1;
};

}  // namespace lln::exercise
