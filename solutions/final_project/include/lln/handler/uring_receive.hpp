// UringReceive: the first stage, by io_uring. The sockets of both lines, and a receive on each that goes on by itself:
// the kernel puts datagrams with their stamps into buffers that it takes from a ring, one poll collects those of both.
//
// A poll with nothing there reads shared memory and is no system call; one with something is one for both lines. A
// datagram is copied once, as with a socket. Few buffers (256, half a megabyte) stay in the cache; when all are in use,
// datagrams wait in the socket.
//
// Threads: one. io_uring wants its ring made and used by the same thread: start() makes it, stop() takes it away.
// Guarantees: poll() is noexcept and allocates nothing. Cost: solutions/final_project/LATENCY.md, Transports.
#pragma once

#include <lln/handler/gap_watch.hpp>
#include <lln/handler/packet.hpp>
#include <lln/handler/receive_options.hpp>
#include <lln/handler/stamp_source.hpp>
#include <lln/latency/tsc_clock.hpp>
#include <lln/net/detail/drop_counter.hpp>
#include <lln/net/detail/receive_control.hpp>
#include <lln/net/multicast_receiver.hpp>
#include <lln/net/uring_loop.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace lln::handler {

class UringReceive {
 public:
  using Options = ReceiveOptions;

  /// Binds and joins both groups, tries a ring. Throws std::system_error, std::runtime_error.
  explicit UringReceive(const Options& options);

  /// Throws std::system_error.
  void start();
  void stop() noexcept { loop_.reset(); }

  template <class Handle>
  std::size_t poll(GapWatch& watch, Handle&& handle) noexcept {
    const auto events = loop_->poll();
    const std::uint64_t now = latency::TscClock::now();
    // Up to 64 at a time: that may take longer than a gap, and is our own work.
    if (events.size() <= most_told_apart) {
      watch.tick(now);
    } else {
      watch.own_work_until(now);
    }
    for (const net::UringEvent& event : events) {
      if (event.last) [[unlikely]] {
        failed(event);
        continue;
      }
      const auto line = static_cast<std::size_t>(event.tag);
      const std::int64_t stamp = stamp_of(event, line);
      if (stamp == 0) ++unstamped_[line];
      handle(Packet{event.bytes, static_cast<Line>(line), {stamp, now, watch.disturbed()}});
    }
    if (events.empty()) stamps_.idle(watch);
    return events.size();
  }

  std::uint64_t kernel_drops(Line line) const noexcept {
    return drops_[static_cast<std::size_t>(line)].total() +
           sockets_[static_cast<std::size_t>(line)].kernel_drops();
  }
  void refresh_kernel_drops() noexcept;
  std::uint64_t unstamped(Line line) const noexcept { return unstamped_[static_cast<std::size_t>(line)]; }
  std::uint64_t receive_errors() const noexcept { return errors_; }
  const net::MulticastReceiver& receiver(Line line) const noexcept {
    return sockets_[static_cast<std::size_t>(line)];
  }
  std::vector<ReceiveFact> facts() const;

 private:
  static constexpr std::size_t most_told_apart = 8;

  std::int64_t stamp_of(const net::UringEvent& event, std::size_t line) noexcept {
    msghdr header{};
    header.msg_control = const_cast<std::byte*>(event.control.data());  // is only read
    header.msg_controllen = event.control.size();
    const auto control = net::detail::read_receive_control(header);
    if (control.dropped) [[unlikely]]
      drops_[line].observe(*control.dropped);
    return stamps_.stamp(control.kernel_ns, control.hardware_ns);
  }
  // A receive ended by an error: counted, and begun again.
  void failed(const net::UringEvent& event) noexcept;

  std::array<net::MulticastReceiver, 2> sockets_;
  StampSource stamps_;
  std::optional<net::UringLoop> loop_;
  std::array<net::detail::DropCounter, 2> drops_{};
  std::array<std::uint64_t, 2> unstamped_{};
  std::uint64_t errors_ = 0;
};

}  // namespace lln::handler
