// PacketReceive: the first stage, by sockets. Two multicast sockets, A and B, polled in turn; each datagram handed on
// with its line and its stamps.
//
// Batches are small (8): a batch is handed on when the whole receive call has returned, so a larger one trades the
// first packet's latency for throughput, and a receive call must stay well below GapWatch's 10 us to be told from an
// interruption.
//
// Stamps: the kernel's, or the NIC's own where it stamps (net::ReceiveStamps puts them on CLOCK_REALTIME).
//
// Threads: one. Guarantees: noexcept and allocation-free after construction; one system call a line and never a
// blocking one. The bytes handed on are valid until the next poll() of the same line.
// Cost: an empty poll is one recvmmsg, a few hundred ns.
#pragma once

#include <lln/handler/gap_watch.hpp>
#include <lln/handler/packet.hpp>
#include <lln/handler/receive_options.hpp>
#include <lln/handler/stamp_source.hpp>
#include <lln/latency/tsc_clock.hpp>
#include <lln/net/multicast_receiver.hpp>

#include <array>
#include <cstdint>
#include <vector>

namespace lln::handler {

class PacketReceive {
 public:
  using Options = ReceiveOptions;

  /// Binds and joins both groups. Throws as MulticastReceiver does, with the line in front.
  explicit PacketReceive(const Options& options)
      : receivers_{join_line(Line::a, options), join_line(Line::b, options)},
        stamps_(options),
        busy_poll_(options.busy_poll.has_value()) {}

  /// By the polling thread, before and after.
  void start() noexcept {}
  void stop() noexcept {}

  /// One receive call on each line; `handle(packet)` for each datagram. Returns how many there were.
  template <class Handle>
  std::size_t poll(GapWatch& watch, Handle&& handle) noexcept {
    const std::size_t taken = poll(Line::a, watch, handle) + poll(Line::b, watch, handle);
    if (taken == 0) stamps_.idle(watch);
    return taken;
  }

  template <class Handle>
  std::size_t poll(Line line, GapWatch& watch, Handle&& handle) noexcept {
    auto& receiver = receivers_[static_cast<std::size_t>(line)];
    const auto datagrams = receiver.receive();
    const std::uint64_t now = latency::TscClock::now();
    watch.tick(now);
    for (const auto& datagram : datagrams) {
      const std::int64_t stamp = stamps_.stamp(datagram.kernel_rx_ns, datagram.hardware_rx_ns);
      if (stamp == 0) ++unstamped_[static_cast<std::size_t>(line)];
      handle(Packet{datagram.bytes, line, {stamp, now, watch.disturbed()}});
    }
    return datagrams.size();
  }

  std::uint64_t kernel_drops(Line line) const noexcept {
    return receivers_[static_cast<std::size_t>(line)].kernel_drops();
  }
  /// Asks the kernel, so drops after the last datagram are in it. One system call a line.
  void refresh_kernel_drops() noexcept {
    for (auto& receiver : receivers_) receiver.refresh_kernel_drops();
  }
  std::uint64_t unstamped(Line line) const noexcept { return unstamped_[static_cast<std::size_t>(line)]; }
  std::uint64_t receive_errors() const noexcept {
    return receivers_[0].receive_errors() + receivers_[1].receive_errors();
  }
  const net::MulticastReceiver& receiver(Line line) const noexcept {
    return receivers_[static_cast<std::size_t>(line)];
  }
  /// What was got, for the report; after the run.
  std::vector<ReceiveFact> facts() const;

 private:
  std::array<net::MulticastReceiver, 2> receivers_;
  StampSource stamps_;
  bool busy_poll_;
  std::array<std::uint64_t, 2> unstamped_{};
};

}  // namespace lln::handler
