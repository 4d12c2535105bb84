#include "udp_port.hpp"

#include "meter.hpp"

#include <lln/app/echo/session.hpp>

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace lln::app::detail {

UdpPort::UdpPort(const EchoOptions& options, const net::Endpoint& local, bool shared)
    : max_payload_(options.max_payload),
      kernel_stamps_(options.kernel_stamps),
      buffer_(echo_header_size + options.max_payload + 1) {  // one more: what is longer shows
  if (shared) socket_.set_reuse_port(true);
  socket_.set_receive_buffer(4 << 20);
  if (options.busy_poll) socket_.set_busy_poll(*options.busy_poll);
  if (kernel_stamps_) {
    const int on = 1;
    if (::setsockopt(fd(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) != 0)
      throw std::system_error(errno, std::generic_category(), "SO_TIMESTAMPNS on fd " + std::to_string(fd()));
  }
  socket_.bind(local);
}

ssize_t UdpPort::receive(sockaddr_in& from, std::uint64_t& stamp) noexcept {
  if (!kernel_stamps_) {
    socklen_t size = sizeof from;
    return ::recvfrom(fd(), buffer_.data(), buffer_.size(), MSG_DONTWAIT, reinterpret_cast<sockaddr*>(&from),
                      &size);
  }
  alignas(cmsghdr) std::byte control[CMSG_SPACE(sizeof(timespec))];
  iovec vector{buffer_.data(), buffer_.size()};
  msghdr header{};
  header.msg_name = &from;
  header.msg_namelen = sizeof from;
  header.msg_iov = &vector;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  const ssize_t size = ::recvmsg(fd(), &header, MSG_DONTWAIT);
  if (size < 0) return size;
  for (cmsghdr* item = CMSG_FIRSTHDR(&header); item != nullptr; item = CMSG_NXTHDR(&header, item)) {
    if (item->cmsg_level != SOL_SOCKET || item->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec time;
    std::memcpy(&time, CMSG_DATA(item), sizeof time);
    stamp =
        static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(time.tv_nsec);
  }
  return size;
}

bool UdpPort::serve(int most, Meter& meter, EchoReport& report) noexcept {
  for (int i = 0; i < most; ++i) {
    sockaddr_in from;
    std::uint64_t rx = 0;
    const ssize_t size = receive(from, rx);
    if (size < 0) {
      // An earlier answer met a closed port; the socket is as good as before.
      if (errno == ECONNREFUSED || errno == EHOSTUNREACH || errno == EINTR) continue;
      return false;
    }
    if (rx == 0) rx = meter.now();
    ++report.reads;
    const std::span datagram(buffer_.data(), static_cast<std::size_t>(size));
    const EchoReason reason = answer_echo_datagram(datagram, rx, max_payload_, meter);
    if (reason != EchoReason::ok) {
      ++report.refused[static_cast<std::size_t>(reason)];
      continue;
    }
    ++report.writes;
    const ssize_t sent = ::sendto(fd(), datagram.data(), datagram.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                                  reinterpret_cast<const sockaddr*>(&from), sizeof from);
    if (sent < 0) ++report.unsent;
  }
  return true;
}

}  // namespace lln::app::detail
