// AF_XDP at both ends: UDP frames written and read by the program, in memory shared with the kernel.
#include "ways.hpp"

#include <lln/lock_free/spin_wait.hpp>

#ifdef LLN_HAVE_XDP
#include <lln/net/udp_frame.hpp>
#include <lln/net/xdp_socket.hpp>
#endif

#include <algorithm>

namespace lln::around_kernel {

#ifdef LLN_HAVE_XDP
namespace {

constexpr std::uint16_t port = 7000;

// #region end
class XdpEnd {
 public:
  XdpEnd(TestNet::Side side, net::XdpMode mode, bool sleeps)
      : socket_({.interface = side == TestNet::Side::near ? "near0" : "far0",
                 .port = port,
                 .mode = mode,
                 .frames = 64}),  // as many as stay in the cache
        sleeps_(sleeps) {
    const auto other = side == TestNet::Side::near ? TestNet::Side::far : TestNet::Side::near;
    path_ = {{TestNet::mac(side)},
             {TestNet::mac(other)},
             {TestNet::address(side), port},
             {TestNet::address(other), port}};
  }

  bool send(std::span<const std::byte> message) noexcept {
    const auto frame = socket_.loan();
    if (frame.empty()) return false;
    std::copy(message.begin(), message.end(), frame.begin() + net::udp_frame_headers);
    socket_.commit(net::write_udp_headers(frame, path_, message.size()));
    return socket_.flush() == 0;
  }

  bool receive(std::span<std::byte> message) noexcept {
    Patience patience_left;
    for (;;) {
      for (const net::XdpFrame& frame : socket_.receive()) {
        const auto datagram = net::parse_udp_frame(frame.bytes);
        if (!datagram || datagram->payload.size() != message.size()) return false;
        std::copy(datagram->payload.begin(), datagram->payload.end(), message.begin());
        return true;
      }
      if (sleeps_ && !socket_.wait(round_trip::patience)) return false;
      lock_free::cpu_relax();  // the other CPU, perhaps a sibling, is doing the work
      if (patience_left.over()) return false;
    }
  }

 private:
  net::XdpSocket socket_;
  bool sleeps_;
  net::UdpPath path_;
};
// #endregion end

contest::Turn turn(const Course& course, latency::Histogram& values, net::XdpMode mode, bool sleeps) {
  if (const std::string why = net::XdpSocket::why_not(); !why.empty()) throw contest::Unavailable(why);
  return run<XdpEnd>(course, values, [=](TestNet::Side side) { return XdpEnd(side, mode, sleeps); });
}

}  // namespace

void add_xdp(Contestants& contestants, const Course& course) {
  const auto add = [&](const char* name, const char* title, net::XdpMode mode, bool sleeps) {
    contest::add(contestants, name, title, base,
                 [&course, mode, sleeps](auto& values) { return turn(course, values, mode, sleeps); });
  };
  add("xdp-generic", "AF_XDP, generic, spinning", net::XdpMode::generic, false);
  add("xdp-native", "AF_XDP, native, spinning", net::XdpMode::native, false);
  add("xdp-blocking", "AF_XDP, generic, sleeping", net::XdpMode::generic, true);
}
#else
void add_xdp(Contestants& contestants, const Course&) {
  contest::add(contestants, "xdp-generic", "AF_XDP", base, [](auto&) -> contest::Turn {
    throw contest::Unavailable("built without BPF tools (apt: clang libbpf-dev bpftool)");
  });
}
#endif

}  // namespace lln::around_kernel
