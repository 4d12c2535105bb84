// XdpReceive: the first stage, around the kernel's network stack. An XDP program takes the datagrams of both lines out of
// the device's queue into memory shared with us; the kernel's stack never sees them.
//
// What the program cannot read (fragments, IP options, VLAN tags) or another queue has comes the ordinary way, out of two
// sockets, which also are what joins the groups. They are looked at once in 256 polls.
//
// Modes: the driver is tried first (native), then generic. Stamps: the XDP program's, on CLOCK_REALTIME; taken where the
//   program runs, which is later than a socket's in generic mode.
// Checks: headers and the IP checksum as ip_rcv does; no UDP checksum (see lln/net/udp_frame.hpp).
// Threads: one. Guarantees: poll() is noexcept and allocates nothing.
// Cost: solutions/final_project/LATENCY.md, Transports. Source: Documentation/networking/af_xdp.rst of the kernel.
#pragma once

#include <lln/handler/gap_watch.hpp>
#include <lln/handler/packet.hpp>
#include <lln/handler/packet_receive.hpp>
#include <lln/handler/receive_options.hpp>
#include <lln/latency/tsc_clock.hpp>
#include <lln/net/udp_frame.hpp>
#include <lln/net/xdp_socket.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace lln::handler {

class XdpReceive {
 public:
  using Options = ReceiveOptions;

  /// Throws std::system_error, std::runtime_error: one sentence.
  explicit XdpReceive(const Options& options);

  void start() noexcept {}
  void stop() noexcept {}

  template <class Handle>
  std::size_t poll(GapWatch& watch, Handle&& handle) noexcept {
    const auto frames = xdp_.receive();
    const std::uint64_t now = latency::TscClock::now();
    watch.tick(now);
    for (const net::XdpFrame& frame : frames) take(frame, now, watch, handle);
    std::size_t passed = 0;
    if (++polls_ % seldom == 0) [[unlikely]]
      passed = look_at_sockets(watch, handle);
    return frames.size() + passed;
  }

  /// Of the line's socket; what the rings lost belongs to no line: ring_drops().
  std::uint64_t kernel_drops(Line line) const noexcept { return sockets_.kernel_drops(line); }
  void refresh_kernel_drops() noexcept;
  std::uint64_t unstamped(Line line) const noexcept {
    return unstamped_[static_cast<std::size_t>(line)] + sockets_.unstamped(line);
  }
  std::uint64_t receive_errors() const noexcept { return sockets_.receive_errors(); }

  std::uint64_t ring_drops() const noexcept { return ring_drops_; }  ///< as of refresh_kernel_drops()
  std::uint64_t malformed() const noexcept { return malformed_; }
  std::uint64_t passed() const noexcept { return passed_; }  ///< datagrams that came by the sockets
  net::XdpMode mode() const noexcept { return xdp_.got().mode; }
  std::vector<ReceiveFact> facts() const;

 private:
  static constexpr unsigned seldom = 256;

  template <class Handle>
  void take(const net::XdpFrame& frame, std::uint64_t now, const GapWatch& watch, Handle&& handle) noexcept {
    const auto datagram = net::parse_udp_frame(frame.bytes);
    if (!datagram) [[unlikely]] {
      ++malformed_;
      return;
    }
    const Line line = datagram->path.to == line_a_ ? Line::a : Line::b;
    if (frame.kernel_ns == 0) ++unstamped_[static_cast<std::size_t>(line)];
    handle(Packet{datagram->payload, line, {frame.kernel_ns, now, watch.disturbed()}});
  }

  template <class Handle>
  std::size_t look_at_sockets(GapWatch& watch, Handle&& handle) noexcept {
    const std::size_t count = sockets_.poll(watch, handle);
    passed_ += count;
    return count;
  }

  net::Endpoint line_a_;
  std::string why_generic_;
  net::XdpSocket xdp_;  // before the joins, so that nothing of the feed comes the other way
  PacketReceive sockets_;
  unsigned polls_ = 0;
  std::uint64_t malformed_ = 0;
  std::uint64_t passed_ = 0;
  std::uint64_t ring_drops_ = 0;
  std::array<std::uint64_t, 2> unstamped_{};
};

}  // namespace lln::handler
