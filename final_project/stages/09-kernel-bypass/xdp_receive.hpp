// Stage 9 of the final project: the datagrams of both lines out of the device's queue, around the kernel's network stack.
// The brief is in README.md.
#pragma once

#include <lln/net/interface.hpp>
#include <lln/net/multicast_receiver.hpp>
#include <lln/net/udp_frame.hpp>
#include <lln/net/xdp_socket.hpp>
#include <lln/project/packet.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace lln::project {

/// Takes datagrams as they come; your stage 7 parses them.
class DatagramSink {
 public:
  virtual ~DatagramSink() = default;
  /// The UDP payload, valid during the call only.
  virtual void on_datagram(Line line, std::span<const std::byte> payload) noexcept = 0;
};

struct XdpReceiveOptions {
  net::Endpoint line_a;  // multicast group and port; the two may differ in the group alone
  net::Endpoint line_b;
  net::Interface interface;
  std::optional<net::Ipv4Address> source;  // take the feed from this sender only
  net::XdpMode mode = net::XdpMode::generic;
  std::uint32_t frames = 4096;  // as XdpSocket's
};

// One thread, in the network namespace of the constructor. No allocation after it.
//
// While it lives, the interface is a member of both groups (IGMP), and:
//   - a datagram of either line reaches the sink exactly once, with its line, in the order of the wire among those that
//     came the same way;
//   - what the XDP program does not take (fragments, IP options, VLAN tags, other queues) reaches the sink all the same,
//     by the ordinary sockets: at the latest 1000 calls of poll() after the kernel has it;
//   - everything else on the interface goes where it would go without us: other groups, other ports, other senders;
//   - a frame for a line that is no valid IPv4 UDP datagram is not handed on, and is counted.
class XdpReceive {
 public:
  using Options = XdpReceiveOptions;

  // From here on nothing is missed. Throws as XdpSocket and MulticastReceiver do.
  explicit XdpReceive(const Options& options) {
    static_cast<void>(options);  // TODO 1
  }

  // Hands on what is there, at most a batch, and never waits. How many datagrams that were.
  std::size_t poll(DatagramSink& sink) noexcept {
    static_cast<void>(sink);  // TODO 2
    return 0;
  }

  // Frames that were not valid.
  std::uint64_t malformed() const noexcept {
    return ~std::uint64_t{0};  // TODO 3
  }

  // Datagrams of the feed that came to this machine and were lost, because nobody took them in time: in the rings of
  // XDP, or in the buffers of the sockets. May ask the kernel.
  std::uint64_t lost() noexcept {
    return ~std::uint64_t{0};  // TODO 4
  }
};

}  // namespace lln::project
