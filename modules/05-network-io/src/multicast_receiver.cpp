#include "socket_options.hpp"

#include <lln/net/detail/receive_control.hpp>
#include <lln/net/multicast_receiver.hpp>
#include <lln/net/timestamping.hpp>

#include <linux/net_tstamp.h>
#include <netinet/in.h>

#include <cerrno>

namespace lln::net {
namespace {

constexpr std::size_t control_bytes = detail::receive_control_bytes;
constexpr std::size_t control_lines = detail::lines_of(control_bytes);

// A port asked for by 0 must be nobody's; SO_REUSEADDR would let the kernel hand out one that others share.
void bind_shared(int fd, const Endpoint& group) {
  const auto share = [fd] { detail::set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR on"); };
  if (group.port != 0) share();
  detail::bind_socket(fd, group);
  if (group.port == 0) share();
}

void set_busy_polling(int fd, const MulticastReceiver::Options& options) {
  if (options.busy_poll) detail::set_busy_poll(fd, *options.busy_poll);
  if (!options.prefer_busy_poll) return;
  const int budget = static_cast<int>(options.batch);
  detail::set_option(fd, SOL_SOCKET, SO_PREFER_BUSY_POLL, 1, "SO_PREFER_BUSY_POLL on (needs CAP_NET_ADMIN)");
  detail::set_option(fd, SOL_SOCKET, SO_BUSY_POLL_BUDGET, budget,
                     "SO_BUSY_POLL_BUDGET " + std::to_string(budget) + " (needs CAP_NET_ADMIN)");
}

}  // namespace

MulticastReceiver::MulticastReceiver(const Options& options) {
  detail::require_group(options.group);
  detail::require_interface(options.interface.index);

  batch_ = detail::MessageBatch(options.batch, options.max_datagram, 65'536);
  fd_ = detail::open_udp();
  detail::set_option(fd(), IPPROTO_IP, IP_MULTICAST_ALL, 0, "IP_MULTICAST_ALL off");
  receive_buffer_bytes_ = detail::grant_receive_buffer(fd(), options.receive_buffer_bytes);
  detail::set_option(fd(), SOL_SOCKET, SO_RXQ_OVFL, 1, "SO_RXQ_OVFL on");
  set_busy_polling(fd(), options);

  unsigned stamps = 0;
  if (options.software_timestamps) stamps |= SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
  if (options.hardware_timestamps) {
    stamps |= SOF_TIMESTAMPING_RX_HARDWARE | SOF_TIMESTAMPING_RAW_HARDWARE;
    const TimestampSupport support = timestamp_support(options.interface);
    hardware_status_ = support.hardware_enabled ? "on" : support.detail;
  } else {
    hardware_status_ = "not asked for";
  }
  if (stamps != 0) {
    detail::set_option(fd(), SOL_SOCKET, SO_TIMESTAMPING, stamps,
                       "SO_TIMESTAMPING " + std::to_string(stamps));
  }

  controls_.resize(options.batch * control_lines);
  datagrams_.resize(options.batch);
  for (std::size_t i = 0; i < options.batch; ++i) {
    msghdr& header = batch_.messages[i].msg_hdr;
    header.msg_control = controls_[i * control_lines].bytes;
    header.msg_controllen = control_bytes;
  }

  // Nothing is delivered before the bind, so whatever arrives is stamped, counted and for the group.
  detail::join_group(fd(), options.group.address, options.interface, options.source);
  bind_shared(fd(), options.group);
  local_ = detail::local_endpoint_of(fd());
}

std::span<const MulticastReceiver::Datagram> MulticastReceiver::receive() noexcept {
  // The kernel overwrote the control length of the messages that it filled, and of no others.
  for (std::size_t i = 0; i < used_; ++i) batch_.messages[i].msg_hdr.msg_controllen = control_bytes;
  used_ = 0;

  const int count = ::recvmmsg(fd(), batch_.messages.data(), static_cast<unsigned>(batch_.messages.size()),
                               MSG_DONTWAIT, nullptr);
  if (count <= 0) {
    if (count < 0 && errno != EAGAIN && errno != EINTR) {
      ++errors_;
      last_error_ = errno;
    }
    return {};
  }
  used_ = static_cast<std::size_t>(count);
  for (std::size_t i = 0; i < used_; ++i) {
    msghdr& header = batch_.messages[i].msg_hdr;
    Datagram& datagram = datagrams_[i];
    datagram.bytes = {static_cast<const std::byte*>(header.msg_iov->iov_base), batch_.messages[i].msg_len};
    datagram.truncated = (header.msg_flags & MSG_TRUNC) != 0;
    read_control(header, datagram);
  }
  return {datagrams_.data(), used_};
}

void MulticastReceiver::read_control(msghdr& header, Datagram& datagram) noexcept {
  const detail::ReceiveControl control = detail::read_receive_control(header);
  datagram.kernel_rx_ns = control.kernel_ns;
  datagram.hardware_rx_ns = control.hardware_ns;
  if (control.dropped) drops_.observe(*control.dropped);
}

bool MulticastReceiver::wait(std::chrono::milliseconds timeout) noexcept {
  return detail::wait_readable(fd(), timeout);
}

std::uint64_t MulticastReceiver::refresh_kernel_drops() noexcept {
  if (const auto total = detail::kernel_drops(fd())) drops_.observe(*total);
  return drops_.total();
}

unsigned MulticastReceiver::napi_id() const noexcept { return detail::napi_id(fd()); }

}  // namespace lln::net
