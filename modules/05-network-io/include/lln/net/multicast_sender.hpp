// Sends to one multicast group through one interface, a batch of datagrams per system call.
//
// Threads: one thread uses an object.
// Guarantees: loan/commit/flush/send are noexcept and allocate nothing; the payload is written in place, into
// memory
//   preallocated for the whole batch. Datagrams go out in the order of commit(). flush() and send() block
//   while the send buffer is full (never on lo). A datagram that the kernel refuses is counted and dropped,
//   as on a wire.
// Cost (300-byte datagrams on lo, 2-vCPU Xeon guest, Linux 6.18; udp_io_bench, least burst): 1.16 us a datagram with
//   flush(), 1.24 with send(); without a receiver 0.98 and 1.08, so nearly all is the kernel's send path. The socket
//   is connected, which spares each datagram the route lookup: 4 % less than with an address each.
// Source: sendmmsg(2), ip(7), RFC 1112.
#pragma once

#include <lln/net/detail/message_batch.hpp>
#include <lln/net/endpoint.hpp>
#include <lln/net/file_descriptor.hpp>
#include <lln/net/interface.hpp>

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace lln::net {

class MulticastSender {
 public:
  struct Options {
    Endpoint group = {};       // port must not be 0
    Interface interface = {};  // required; said to the kernel by IP_MULTICAST_IF
    int ttl = 1;               // routers to cross + 1, 0..255; 0 = stays on this host
    bool loop = true;          // receivers on this host get it too (without effect on lo: they always do)
    unsigned batch = 32;       // datagrams per system call, 1..1024
    std::size_t max_datagram = 2048;         // bytes of a loan
    int send_buffer_bytes = 4 << 20;         // the kernel may grant less
    std::optional<Ipv4Address> source = {};  // the datagrams' source address; default: the interface's
  };

  // All memory and all system calls of set-up are here. Throws std::invalid_argument and std::system_error,
  // each with one sentence that says what and where.
  explicit MulticastSender(const Options& options);

  // The next datagram's memory, max_datagram bytes; empty when `batch` datagrams wait for flush(). Asking
  // again before commit() gives the same memory.
  std::span<std::byte> loan() noexcept;
  // The loaned datagram is complete and has this many bytes (at most max_datagram).
  void commit(std::size_t bytes) noexcept;
  // Committed datagrams that wait for flush().
  std::size_t pending() const noexcept { return pending_; }
  // Sends all that wait, normally by one sendmmsg(2); returns how many the kernel took. Nothing waits
  // afterwards: the refused ones are counted in send_errors() and dropped.
  std::size_t flush() noexcept;

  // Sends one datagram at once, by one send(2), ahead of those that wait. false: refused, and counted.
  bool send(std::span<const std::byte> bytes) noexcept;

  // Datagrams that the kernel refused, and errno of the newest; 0 = there was none.
  std::uint64_t send_errors() const noexcept { return errors_.count; }
  int last_error() const noexcept { return errors_.last; }

  // Source address and port of the datagrams.
  Endpoint local_endpoint() const noexcept { return local_; }
  int fd() const noexcept { return fd_.get(); }

 private:
  FileDescriptor fd_;
  Endpoint local_;
  std::size_t max_datagram_;
  detail::MessageBatch batch_;
  std::size_t pending_ = 0;
  detail::SendErrors errors_;
};

}  // namespace lln::net
