#include "socket_options.hpp"

#include <lln/net/timestamping.hpp>

#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <poll.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <stdexcept>

namespace lln::net {
namespace {

// Newer than some systems' headers (Linux 6.2): TCP ids begin at what has been written, not at what has been acknowledged.
constexpr unsigned opt_id_tcp = 1U << 16;

unsigned flags_for(const Timestamping::Options& options) {
  unsigned flags = SOF_TIMESTAMPING_SOFTWARE;
  if (options.receive) flags |= SOF_TIMESTAMPING_RX_SOFTWARE;
  if (options.scheduled) flags |= SOF_TIMESTAMPING_TX_SCHED;
  if (options.sent) flags |= SOF_TIMESTAMPING_TX_SOFTWARE;
  if (options.acknowledged) flags |= SOF_TIMESTAMPING_TX_ACK;
  if (options.hardware) {
    flags |= SOF_TIMESTAMPING_RAW_HARDWARE;
    if (options.receive) flags |= SOF_TIMESTAMPING_RX_HARDWARE;
    if (options.sent) flags |= SOF_TIMESTAMPING_TX_HARDWARE | SOF_TIMESTAMPING_OPT_TX_SWHW;
  }
  if (options.scheduled || options.sent || options.acknowledged)
    flags |= SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY;
  return flags;
}

bool is_error(const cmsghdr& control) noexcept {
  return (control.cmsg_level == SOL_IP && control.cmsg_type == IP_RECVERR) ||
         (control.cmsg_level == SOL_IPV6 && control.cmsg_type == IPV6_RECVERR);
}

// What came beside the bytes.
struct Control {
  bool stamped = false;
  std::int64_t software_ns = 0;
  std::int64_t hardware_ns = 0;
  bool has_error = false;
  sock_extended_err error{};
};

Control read_control(msghdr& header) noexcept {
  Control result;
  for (cmsghdr* control = CMSG_FIRSTHDR(&header); control != nullptr;
       control = CMSG_NXTHDR(&header, control)) {
    if (control->cmsg_level == SOL_SOCKET && control->cmsg_type == SO_TIMESTAMPING) {
      scm_timestamping stamps;
      std::memcpy(&stamps, CMSG_DATA(control), sizeof stamps);
      result.stamped = true;
      result.software_ns = detail::to_ns(stamps.ts[0]);
      result.hardware_ns = detail::to_ns(stamps.ts[2]);
    } else if (is_error(*control)) {
      std::memcpy(&result.error, CMSG_DATA(control), sizeof result.error);
      result.has_error = true;
    }
  }
  return result;
}

// Room for the stamp and, on the error queue, for the error with the address of who reported it.
struct alignas(cmsghdr) ControlBuffer {
  std::array<std::byte, CMSG_SPACE(sizeof(scm_timestamping)) +
                            CMSG_SPACE(sizeof(sock_extended_err) + sizeof(sockaddr_in6))>
      bytes;
};

msghdr header_for(iovec& vector, ControlBuffer& control) noexcept {
  msghdr header{};
  header.msg_iov = &vector;
  header.msg_iovlen = 1;
  header.msg_control = control.bytes.data();
  header.msg_controllen = control.bytes.size();
  return header;
}

}  // namespace

Timestamping::Timestamping(int fd, const Options& options)
    : fd_(fd),
      receive_(options.receive),
      stream_(detail::get_int_option(fd, SOL_SOCKET, SO_TYPE, "reading SO_TYPE") == SOCK_STREAM) {
  if (options.acknowledged && !stream_)
    throw std::invalid_argument("only TCP is acknowledged: no such stamps on the datagrams of fd " +
                                std::to_string(fd));
  const unsigned flags = flags_for(options);
  // Ids begin again only when they are switched on, not when they stay on.
  detail::set_option(fd, SOL_SOCKET, SO_TIMESTAMPING, 0U, "SO_TIMESTAMPING off");
  if (stream_ && detail::try_option(fd, SOL_SOCKET, SO_TIMESTAMPING, flags | opt_id_tcp)) return;
  detail::set_option(fd, SOL_SOCKET, SO_TIMESTAMPING, flags,
                     "SO_TIMESTAMPING " + std::to_string(flags) +
                         (stream_ ? " (ids of a stream need a connected socket)" : ""));
}

std::optional<TransmitStamp> Timestamping::next_transmit() noexcept {
  for (;;) {
    std::byte no_payload;
    iovec vector{&no_payload, 1};
    ControlBuffer control;
    msghdr header = header_for(vector, control);
    if (::recvmsg(fd_, &header, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) {
      if (errno == EINTR) continue;
      last_error_ = errno;
      return std::nullopt;
    }
    last_error_ = 0;
    const Control found = read_control(header);
    const bool is_stamp = found.stamped && found.has_error && found.error.ee_errno == ENOMSG &&
                          found.error.ee_origin == SO_EE_ORIGIN_TIMESTAMPING;
    if (is_stamp) {
      const auto stamp = [&found](Station station) {
        return TransmitStamp{found.error.ee_data, station, found.software_ns, found.hardware_ns};
      };
      switch (found.error.ee_info) {
        case SCM_TSTAMP_SCHED:
          return stamp(Station::scheduled);
        case SCM_TSTAMP_SND:
          return stamp(Station::sent);
        case SCM_TSTAMP_ACK:
          return stamp(Station::acknowledged);
        default:
          break;  // a station that did not exist when this was written
      }
    }
    ++foreign_;
  }
}

bool Timestamping::wait_transmit(std::chrono::milliseconds timeout) noexcept {
  return detail::wait_for(fd_, 0, timeout);  // POLLERR needs no asking
}

std::optional<Timestamping::Received> Timestamping::receive(std::span<std::byte> buffer) noexcept {
  iovec vector{buffer.data(), buffer.size()};
  ControlBuffer control;
  msghdr header = header_for(vector, control);
  const ssize_t size = ::recvmsg(fd_, &header, MSG_DONTWAIT);
  last_error_ = size < 0 ? errno : 0;
  if (size < 0) return std::nullopt;
  // Another socket's wish for stamps is enough for the kernel to report them here, if anything is reported here.
  const Control found = receive_ ? read_control(header) : Control{};
  return Received{static_cast<std::size_t>(size), found.software_ns, found.hardware_ns,
                  (header.msg_flags & MSG_TRUNC) != 0};
}

std::int64_t realtime_ns() noexcept {
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  return detail::to_ns(time);
}

}  // namespace lln::net
