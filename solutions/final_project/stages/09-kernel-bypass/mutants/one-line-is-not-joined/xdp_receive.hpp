// mutant: takes-the-feed release: line A is joined twice and line B never; on a cable that carries everything nobody notices
// Stage 9 of the final project: the datagrams of both lines out of the device's queue, around the kernel's network stack.
// The brief is in README.md.
#pragma once

#include <lln/net/interface.hpp>
#include <lln/net/multicast_receiver.hpp>
#include <lln/net/udp_frame.hpp>
#include <lln/net/xdp_socket.hpp>
#include <lln/project/packet.hpp>

#include <array>
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
// Two ways in. The XDP program takes the datagrams of the feed that it can read; all else goes through the kernel as
// ever, and what of that is the feed's comes out of two ordinary sockets. Those do the joining, too. They are looked at
// seldom: that costs a system call each, and is for what should not happen but does.
class XdpReceive {
 public:
  using Options = XdpReceiveOptions;

  // The program first: between its start and the joins nothing is sent to us, between the joins and its start the
  // sockets would have it, in another order.
  explicit XdpReceive(const Options& options)
      : lines_{options.line_a, options.line_b},
        xdp_({.interface = options.interface.name,
              .destinations = {options.line_a, options.line_b},
              .source = options.source,
              .mode = options.mode,
              .frames = options.frames}),
        sockets_{join(options, options.line_a), join(options, options.line_a)} {}

  std::size_t poll(DatagramSink& sink) noexcept {
    std::size_t count = 0;
    for (const net::XdpFrame& frame : xdp_.receive()) {
      const auto datagram = net::parse_udp_frame(frame.bytes);
      if (!datagram) {
        ++malformed_;
        continue;
      }
      sink.on_datagram(datagram->path.to == lines_[0] ? Line::a : Line::b, datagram->payload);
      ++count;
    }
    constexpr unsigned seldom = 256;
    if (++turns_ % seldom == 0) count += look_at_sockets(sink);
    return count;
  }

  std::uint64_t malformed() const noexcept { return malformed_; }

  std::uint64_t lost() noexcept {
    return xdp_.statistics().dropped + sockets_[0].refresh_kernel_drops() +
           sockets_[1].refresh_kernel_drops();
  }

 private:
  static net::MulticastReceiver join(const Options& options, const net::Endpoint& line) {
    net::MulticastReceiver::Options socket;
    socket.group = line;
    socket.interface = options.interface;
    socket.source = options.source;
    socket.batch = 8;
    socket.max_datagram = 65'507;  // what comes this way may be longer than a frame
    socket.software_timestamps = false;
    return net::MulticastReceiver(socket);
  }

  std::size_t look_at_sockets(DatagramSink& sink) noexcept {
    std::size_t count = 0;
    for (std::size_t i = 0; i < sockets_.size(); ++i) {
      for (const auto& datagram : sockets_[i].receive()) {
        sink.on_datagram(i == 0 ? Line::a : Line::b, datagram.bytes);
        ++count;
      }
    }
    return count;
  }

  std::array<net::Endpoint, 2> lines_;
  net::XdpSocket xdp_;
  std::array<net::MulticastReceiver, 2> sockets_;
  std::uint64_t malformed_ = 0;
  unsigned turns_ = 0;
};

}  // namespace lln::project
