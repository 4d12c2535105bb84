#include "socket_options.hpp"

#include <lln/net/detail/receive_control.hpp>

#include <linux/errqueue.h>

#include <cstring>

namespace lln::net::detail {

static_assert(receive_control_bytes >=
              CMSG_SPACE(sizeof(scm_timestamping)) + CMSG_SPACE(sizeof(std::uint32_t)));

ReceiveControl read_receive_control(const msghdr& header) noexcept {
  ReceiveControl result;
  auto& all = const_cast<msghdr&>(header);  // CMSG_NXTHDR wants it so, and changes nothing
  for (cmsghdr* control = CMSG_FIRSTHDR(&all); control != nullptr; control = CMSG_NXTHDR(&all, control)) {
    if (control->cmsg_level != SOL_SOCKET) continue;
    if (control->cmsg_type == SO_TIMESTAMPING) {
      scm_timestamping stamps;
      std::memcpy(&stamps, CMSG_DATA(control), sizeof stamps);
      result.kernel_ns = to_ns(stamps.ts[0]);
      result.hardware_ns = to_ns(stamps.ts[2]);
    } else if (control->cmsg_type == SO_RXQ_OVFL) {
      std::uint32_t dropped;
      std::memcpy(&dropped, CMSG_DATA(control), sizeof dropped);
      result.dropped = dropped;
    }
  }
  return result;
}

}  // namespace lln::net::detail
