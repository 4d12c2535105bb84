// PacketReceive: the first stage. Two multicast sockets, A and B, polled in turn; each datagram handed on with its
// line and its stamps.
//
// Batches are small (8): a batch is handed on when the whole receive call has returned, so a larger one trades the
// first packet's latency for throughput, and a receive call must stay well below GapWatch's 10 us to be told from an
// interruption.
//
// Threads: one. Guarantees: noexcept and allocation-free after construction; one system call a poll() and never a
// blocking one. The bytes handed on are valid until the next poll() of the same line.
// Cost: an empty poll is one recvmmsg, a few hundred ns.
#pragma once

#include <lln/handler/gap_watch.hpp>
#include <lln/handler/packet.hpp>
#include <lln/latency/tsc_clock.hpp>
#include <lln/net/multicast_receiver.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

namespace lln::handler {

class PacketReceive {
 public:
  struct Options {
    net::Endpoint line_a;
    net::Endpoint line_b;
    net::Interface interface;
    std::optional<net::Ipv4Address> source;
    std::optional<std::chrono::microseconds> busy_poll;
    unsigned batch = 8;
    int receive_buffer_bytes = 4 << 20;
  };

  /// Binds and joins both groups. Throws as MulticastReceiver does, with the line in front.
  explicit PacketReceive(const Options& options)
      : receivers_{join("line A", options, options.line_a), join("line B", options, options.line_b)} {}

  /// One receive call on one line; `handle(packet)` for each datagram. Returns how many there were.
  template <class Handle>
  std::size_t poll(Line line, GapWatch& watch, Handle&& handle) noexcept {
    auto& receiver = receivers_[static_cast<std::size_t>(line)];
    const auto datagrams = receiver.receive();
    const std::uint64_t now = latency::TscClock::now();
    watch.tick(now);
    for (const auto& datagram : datagrams) {
      if (datagram.kernel_rx_ns == 0) ++unstamped_[static_cast<std::size_t>(line)];
      handle(Packet{datagram.bytes, line, {datagram.kernel_rx_ns, now, watch.disturbed()}});
    }
    return datagrams.size();
  }

  std::uint64_t kernel_drops(Line line) const noexcept {
    return receivers_[static_cast<std::size_t>(line)].kernel_drops();
  }
  /// Asks the kernel, so drops after the last datagram are in it. One system call.
  std::uint64_t refresh_kernel_drops(Line line) noexcept {
    return receivers_[static_cast<std::size_t>(line)].refresh_kernel_drops();
  }
  std::uint64_t unstamped(Line line) const noexcept { return unstamped_[static_cast<std::size_t>(line)]; }
  std::uint64_t receive_errors() const noexcept {
    return receivers_[0].receive_errors() + receivers_[1].receive_errors();
  }
  const net::MulticastReceiver& receiver(Line line) const noexcept {
    return receivers_[static_cast<std::size_t>(line)];
  }

 private:
  static net::MulticastReceiver join(const char* name, const Options& options, const net::Endpoint& group);

  std::array<net::MulticastReceiver, 2> receivers_;
  std::array<std::uint64_t, 2> unstamped_{};
};

}  // namespace lln::handler
