// Solution of exercise 05-05; README.md says why it is right.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <system_error>

namespace lln::exercise {

struct Wish {
  int receive_buffer = 0;
  std::optional<unsigned> dscp{};
  std::chrono::microseconds busy_poll{0};
};

struct Granted {
  int receive_buffer;
  bool all;
};

namespace detail {

inline bool set(int socket, int level, int option, int value) noexcept {
  return ::setsockopt(socket, level, option, &value, sizeof value) == 0;
}

[[noreturn]] inline void refused(int socket, const std::string& attempt) {
  throw std::system_error(errno, std::generic_category(), attempt + " on fd " + std::to_string(socket));
}

inline int get(int socket, int level, int option, const char* name) {
  int value = 0;
  socklen_t size = sizeof value;
  if (::getsockopt(socket, level, option, &value, &size) != 0) refused(socket, name);
  return value;
}

}  // namespace detail

inline Granted tune(int socket, const Wish& wish) {
  if (wish.receive_buffer > 0 &&
      // The first is for the privileged only, and has no cap. The second one is capped without a word.
      !detail::set(socket, SOL_SOCKET, SO_RCVBUFFORCE, wish.receive_buffer) &&
      !detail::set(socket, SOL_SOCKET, SO_RCVBUF, wish.receive_buffer)) {
    detail::refused(socket, "SO_RCVBUF " + std::to_string(wish.receive_buffer));
  }
  if (wish.dscp) {
    if (*wish.dscp > 63) {
      errno = EINVAL;
      detail::refused(socket, "IP_TOS for DSCP " + std::to_string(*wish.dscp));
    }
    const unsigned tos = *wish.dscp << 2;  // the two bits below are for congestion
    if (!detail::set(socket, IPPROTO_IP, IP_TOS, static_cast<int>(tos)))
      detail::refused(socket, "IP_TOS " + std::to_string(tos));
  }
  if (wish.busy_poll.count() > 0 &&
      !detail::set(socket, SOL_SOCKET, SO_BUSY_POLL, static_cast<int>(wish.busy_poll.count())))
    detail::refused(socket, "SO_BUSY_POLL " + std::to_string(wish.busy_poll.count()) + "us");
  // The kernel doubles what it is asked for, and tells the double.
  const int buffer = detail::get(socket, SOL_SOCKET, SO_RCVBUF, "SO_RCVBUF") / 2;
  return {buffer, buffer >= wish.receive_buffer};
}

inline bool busy_polls(int socket) {
  return detail::get(socket, SOL_SOCKET, SO_BUSY_POLL, "SO_BUSY_POLL") > 0 &&
         detail::get(socket, SOL_SOCKET, SO_INCOMING_NAPI_ID, "SO_INCOMING_NAPI_ID") != 0;
}

inline void only_from(int socket, const sockaddr_in& peer) {
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&peer), sizeof peer) != 0)
    detail::refused(socket, "connect");
  // From here on the kernel sorts; what came before has been let in already.
  char none = 0;
  while (::recv(socket, &none, sizeof none, MSG_DONTWAIT | MSG_TRUNC) >= 0 || errno == EINTR) {
  }
}

class Receiver {
 public:
  struct Datagram {
    std::size_t bytes;
    bool cut;
    unsigned dscp;
    std::uint32_t lost;
  };

  explicit Receiver(int socket) : socket_(socket) {
    if (!detail::set(socket, SOL_SOCKET, SO_RXQ_OVFL, 1)) detail::refused(socket, "SO_RXQ_OVFL 1");
    if (!detail::set(socket, IPPROTO_IP, IP_RECVTOS, 1)) detail::refused(socket, "IP_RECVTOS 1");
  }

  std::optional<Datagram> receive(std::span<std::byte> buffer) noexcept {
    iovec place{buffer.data(), buffer.size()};
    alignas(cmsghdr) std::array<std::byte, 128> control;
    msghdr message{};
    ssize_t got = 0;
    do {
      message = {};
      message.msg_iov = &place;
      message.msg_iovlen = 1;
      message.msg_control = control.data();
      message.msg_controllen = control.size();
      got = ::recvmsg(socket_, &message, MSG_DONTWAIT);
    } while (got < 0 && (errno == EINTR || errno == ECONNREFUSED));
    if (got < 0) return std::nullopt;
    Datagram datagram{static_cast<std::size_t>(got), (message.msg_flags & MSG_TRUNC) != 0, 0, 0};
    for (cmsghdr* each = CMSG_FIRSTHDR(&message); each != nullptr; each = CMSG_NXTHDR(&message, each)) {
      if (each->cmsg_level == IPPROTO_IP && each->cmsg_type == IP_TOS) {
        std::uint8_t tos = 0;
        std::memcpy(&tos, CMSG_DATA(each), sizeof tos);
        datagram.dscp = tos >> 2U;
      } else if (each->cmsg_level == SOL_SOCKET && each->cmsg_type == SO_RXQ_OVFL) {
        std::uint32_t total = 0;
        std::memcpy(&total, CMSG_DATA(each), sizeof total);
        datagram.lost = total - total_;
        total_ = total;
      }
    }
    return datagram;
  }

 private:
  int socket_;
  std::uint32_t total_ = 0;
};

}  // namespace lln::exercise
