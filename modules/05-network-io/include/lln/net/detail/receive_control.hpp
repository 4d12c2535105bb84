// What recvmsg(2) tells beside the bytes of a datagram: time stamps (SO_TIMESTAMPING), and how many datagrams the socket
// has lost so far (SO_RXQ_OVFL). For sockets that are read in other ways than MulticastReceiver's own.
//
// Threads: a pure function. Allocation: none. Cost: not measured alone.
// Source: cmsg(3), Documentation/networking/timestamping.rst of the kernel.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace lln::net::detail {

struct ReceiveControl {
  std::int64_t kernel_ns = 0;            // CLOCK_REALTIME; 0 = none
  std::int64_t hardware_ns = 0;          // the device's clock; 0 = none
  std::optional<std::uint32_t> dropped;  // since the socket was opened, modulo 2^32 (see DropCounter)
};

// The room that both take.
inline constexpr std::size_t receive_control_bytes = 88;

// `header`: msg_control and msg_controllen are looked at, as the kernel left them.
ReceiveControl read_receive_control(const msghdr& header) noexcept;

}  // namespace lln::net::detail
