// Receives one multicast group on one interface, a batch of datagrams per system call.
//
// Threads: one thread (the receive thread) uses an object; several objects, also of several processes, may
// receive
//   the same group and port, and each gets every datagram.
// Guarantees: only the group's datagrams that arrive on that interface, from `source` only when one is given
//   (IP_MULTICAST_ALL off, bound to the group's address), in the order in which the kernel queued them.
//   receive() and wait() are noexcept and allocate nothing; receive() is one recvmmsg(2) and never blocks.
// Modes: call receive() in a loop (spin), or wait() first (sleeps in poll(2)). `busy_poll` makes the kernel
// drive the
//   device's queue from within receive(); that is a silent no-op on interfaces without NAPI, lo among them:
//   napi_id() == 0 tells.
// Time stamps: taken by the kernel when it queues the datagram, on CLOCK_REALTIME. The kernel switches
// stamping on
//   in the background, so the first datagrams after construction may have none (kernel_rx_ns == 0).
// Cost (300-byte datagrams on lo, 2-vCPU Xeon guest, Linux 6.18; udp_io_bench, least burst): 254 ns a datagram in
//   batches of 32, 372 one by one; stamps add 33 to 60; an empty receive() 205, of which entering the kernel is 103.
//   For the empty case recvmsg(2) is 4 % cheaper than recvmmsg(2) and recv(2) 25 %, but recv(2) carries no stamps, so
//   using it as a probe would add a second system call to each datagram: recvmmsg(2) it is, always.
// Source: recvmmsg(2), ip(7), socket(7), RFC 3678 (source filters),
// Documentation/networking/timestamping.rst.
#pragma once

#include <lln/net/detail/drop_counter.hpp>
#include <lln/net/detail/message_batch.hpp>
#include <lln/net/endpoint.hpp>
#include <lln/net/file_descriptor.hpp>
#include <lln/net/interface.hpp>

#include <sys/socket.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace lln::net {

class MulticastReceiver {
 public:
  struct Options {
    Endpoint group = {};                     // port 0 = any free one, see local_endpoint()
    Interface interface = {};                // required
    std::optional<Ipv4Address> source = {};  // only from this sender (SSM); empty = from any (ASM)
    unsigned batch = 32;                     // datagrams per system call, 1..1024
    std::size_t max_datagram = 2048;         // bytes; longer ones are cut and flagged
    std::optional<std::chrono::microseconds> busy_poll = {};  // SO_BUSY_POLL
    bool prefer_busy_poll = false;  // SO_PREFER_BUSY_POLL and SO_BUSY_POLL_BUDGET; needs CAP_NET_ADMIN
    bool software_timestamps = true;
    bool hardware_timestamps = false;    // see hardware_timestamp_status()
    int receive_buffer_bytes = 4 << 20;  // see receive_buffer_bytes()
  };

  struct Datagram {
    std::span<const std::byte> bytes;
    std::int64_t kernel_rx_ns;    // ns since the epoch, CLOCK_REALTIME; 0 = none
    std::int64_t hardware_rx_ns;  // ns of the device's own clock (PHC); 0 = none
    bool truncated;               // was longer than max_datagram
  };

  // All memory and all system calls of set-up are here. Throws std::invalid_argument (not a multicast group,
  // no interface, a batch out of range) and std::system_error, each with one sentence that says what and
  // where.
  explicit MulticastReceiver(const Options& options);

  // What has arrived, at most `batch`; empty = nothing. Valid until the next call.
  std::span<const Datagram> receive() noexcept;

  // Sleeps until a datagram is there (true) or the time is over (false); negative = for ever.
  bool wait(std::chrono::milliseconds timeout) noexcept;

  // Datagrams that the kernel dropped for this socket (its buffer was full), as told by the datagrams
  // received so far: drops after the newest received one are not in it yet.
  std::uint64_t kernel_drops() const noexcept { return drops_.total(); }
  // The same, asked from the kernel now (one getsockopt).
  std::uint64_t refresh_kernel_drops() noexcept;

  // NAPI instance through which the newest datagram came; 0 = none yet or none there, so busy polling does
  // nothing.
  unsigned napi_id() const noexcept;

  // "on", "not asked for", or why no hardware stamps will come.
  const std::string& hardware_timestamp_status() const noexcept { return hardware_status_; }

  // What the kernel granted, by its own count (it doubles the request for book-keeping).
  int receive_buffer_bytes() const noexcept { return receive_buffer_bytes_; }
  Endpoint local_endpoint() const noexcept { return local_; }
  int fd() const noexcept { return fd_.get(); }

  // Failed receives (nothing there is no failure), and errno of the newest; 0 = there was none.
  std::uint64_t receive_errors() const noexcept { return errors_; }
  int last_error() const noexcept { return last_error_; }

 private:
  void read_control(msghdr& header, Datagram& datagram) noexcept;

  FileDescriptor fd_;
  Endpoint local_;
  int receive_buffer_bytes_ = 0;
  std::string hardware_status_;
  detail::MessageBatch batch_;
  std::vector<detail::CacheLine> controls_;
  std::vector<Datagram> datagrams_;
  std::size_t used_ = 0;  // messages that the last call filled, whose control length must be set again
  detail::DropCounter drops_;
  std::uint64_t errors_ = 0;
  int last_error_ = 0;
};

}  // namespace lln::net
