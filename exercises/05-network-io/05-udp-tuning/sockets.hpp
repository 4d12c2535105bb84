// What the tests send and see with.
#pragma once

#include <lln/testkit/net.hpp>

#include <poll.h>
#include <udp_tuning.hpp>

#include <algorithm>
#include <string_view>

namespace lln::exercise {

using testkit::bind_udp_on_loopback;
using testkit::Socket;

constexpr const char* notes_on_udp = "modules/05-network-io/README.md#udp-for-latency";

inline int option(int socket, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  if (::getsockopt(socket, level, name, &value, &size) != 0)
    throw std::system_error(errno, std::generic_category(), "a test's getsockopt");
  return value;
}

inline sockaddr_in address_of(const Socket& socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return address;
}

inline void send_to(const Socket& from, const sockaddr_in& to, std::string_view text) {
  if (::sendto(from.get(), text.data(), text.size(), 0, reinterpret_cast<const sockaddr*>(&to), sizeof to) <
      0)
    throw std::system_error(errno, std::generic_category(), "a test's sendto");
}

// Until something has arrived; false when it does not.
inline bool arrived(const Socket& socket, short what = POLLIN) {
  pollfd one{socket.get(), what, 0};
  int ready = 0;
  do ready = ::poll(&one, 1, 8000);
  while (ready < 0 && errno == EINTR);
  return ready == 1;
}

struct Got {
  std::optional<Receiver::Datagram> datagram;
  std::string text;
};

inline Got receive(Receiver& receiver) {
  std::array<std::byte, 64> buffer;
  Got got{receiver.receive(buffer), {}};
  if (got.datagram)
    got.text.assign(reinterpret_cast<const char*>(buffer.data()),
                    std::min(got.datagram->bytes, buffer.size()));
  return got;
}

}  // namespace lln::exercise
