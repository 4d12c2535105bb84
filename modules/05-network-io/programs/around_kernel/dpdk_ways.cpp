// DPDK: drivers in user space, here over AF_PACKET, because a cable of veth has no device to take from the kernel.
#include "ways.hpp"

namespace lln::around_kernel {

void add_dpdk(Contestants& contestants, const Course&) {
  contest::add(contestants, "dpdk", "DPDK", base,
               [](auto&) -> contest::Turn { throw contest::Unavailable("this build has no DPDK port"); });
}

}  // namespace lln::around_kernel
