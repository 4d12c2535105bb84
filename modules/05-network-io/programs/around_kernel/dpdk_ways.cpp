// DPDK: drivers in user space, here over AF_PACKET, because a cable of veth has no device to take from the kernel.
#include "ways.hpp"

#ifdef LLN_HAVE_DPDK
#include <lln/lock_free/spin_wait.hpp>
#include <lln/net/dpdk_port.hpp>
#include <lln/net/udp_frame.hpp>
#endif

#include <algorithm>

namespace lln::around_kernel {

#ifdef LLN_HAVE_DPDK
namespace {

constexpr std::uint16_t port_number = 7000;

// An address that is not the cable's: the kernel, which gets a copy of each frame from AF_PACKET, throws it away at once
// instead of answering that nobody listens.
net::MacAddress mac(TestNet::Side side) {
  net::MacAddress address{TestNet::mac(side)};
  address.octets[4] = 1;
  return address;
}

// #region dpdk-end
class DpdkEnd {
 public:
  DpdkEnd(net::DpdkRuntime& dpdk, TestNet::Side side)
      : port_(dpdk, {.device = side == TestNet::Side::near ? "net_af_packet0,iface=near0,qdisc_bypass=1"
                                                           : "net_af_packet1,iface=far0,qdisc_bypass=1"}) {
    const auto other = side == TestNet::Side::near ? TestNet::Side::far : TestNet::Side::near;
    path_ = {
        mac(side), mac(other), {TestNet::address(side), port_number}, {TestNet::address(other), port_number}};
  }

  bool send(std::span<const std::byte> message) noexcept {
    const auto frame = port_.loan();
    if (frame.empty()) return false;
    std::copy(message.begin(), message.end(), frame.begin() + net::udp_frame_headers);
    port_.commit(net::write_udp_headers(frame, path_, message.size()));
    return port_.flush() == 0;
  }

  bool receive(std::span<std::byte> message) noexcept {
    Patience patience_left;
    for (;;) {
      for (const net::DpdkFrame& frame : port_.receive()) {
        const auto datagram = net::parse_udp_frame(frame.bytes);
        if (!datagram || datagram->payload.size() != message.size()) return false;
        std::copy(datagram->payload.begin(), datagram->payload.end(), message.begin());
        return true;
      }
      lock_free::cpu_relax();  // the other CPU, perhaps a sibling, is doing the work
      if (patience_left.over()) return false;
    }
  }

 private:
  net::DpdkPort port_;
  net::UdpPath path_;
};
// #endregion dpdk-end

// Started when the first turn needs it, because it can be only once.
net::DpdkRuntime& runtime() {
  static net::DpdkRuntime dpdk;
  return dpdk;
}

}  // namespace

void add_dpdk(Contestants& contestants, const Course& course) {
  contest::add(contestants, "dpdk", "DPDK over AF_PACKET, spinning", base, [&course](auto& values) {
    return run<DpdkEnd>(course, values, [](TestNet::Side side) { return DpdkEnd(runtime(), side); });
  });
}
#else
void add_dpdk(Contestants& contestants, const Course&) {
  contest::add(contestants, "dpdk", "DPDK", base, [](auto&) -> contest::Turn {
    throw contest::Unavailable("built without DPDK (apt: dpdk-dev)");
  });
}
#endif

}  // namespace lln::around_kernel
