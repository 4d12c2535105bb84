// An IPv4 UDP socket: RAII, explicit errors, no hidden state.
//
// Threads: one thread at a time (the kernel would allow more; last_error() would not).
// Guarantees: set-up calls throw std::system_error that says what was attempted, with value and descriptor
//   ("SO_BUSY_POLL 50us on fd 7"). send/receive are noexcept, allocate nothing and do one system call
//   (a receive with timeout: poll(2) first when nothing is there). An ICMP "port unreachable" shows up as a
//   failed call with last_error() == ECONNREFUSED, and the socket goes on working.
// Cost: one system call each; the kernel's share is that of MulticastReceiver and MulticastSender, batches of one.
// Source: udp(7), socket(7), ip(7).
#pragma once

#include <lln/net/endpoint.hpp>
#include <lln/net/file_descriptor.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>

namespace lln::net {

class UdpSocket {
 public:
  struct Received {
    std::size_t bytes;  // what is in the buffer
    Endpoint from;
    bool truncated;  // the datagram was longer than the buffer; the rest is lost
  };

  // Opens the socket; not bound yet.
  UdpSocket();

  // Port 0 = any free port, see local_endpoint(). EADDRINUSE and EADDRNOTAVAIL are explained in the error's
  // text.
  void bind(const Endpoint& local);
  // Fixes the peer: send()/receive() talk to it only, and its ICMP errors are reported here.
  void connect(const Endpoint& peer);
  Endpoint local_endpoint() const;

  // Returns what the kernel granted (it doubles the request for its own book-keeping). SO_RCVBUFFORCE is
  // tried first (needs CAP_NET_ADMIN), then SO_RCVBUF, which net.core.rmem_max caps without an error.
  int set_receive_buffer(int bytes);
  int set_send_buffer(int bytes);
  void set_reuse_address(bool on);
  void set_reuse_port(bool on);
  void set_tos(int tos);  // the IP header's DSCP/ECN byte, 0..255
  // 0 switches off. Accepted everywhere, real only where the device has NAPI: see
  // MulticastReceiver::napi_id().
  void set_busy_poll(std::chrono::microseconds time);

  // To the connected peer. false: not sent, see last_error() (EAGAIN = send buffer full).
  bool send(std::span<const std::byte> bytes) noexcept;
  bool send_to(std::span<const std::byte> bytes, const Endpoint& to) noexcept;

  // The next datagram, cut to the buffer's length. Empty optional: nothing there (last_error() == EAGAIN) or
  // an error. A datagram of length 0 is a datagram: the optional holds 0.
  std::optional<std::size_t> receive(std::span<std::byte> buffer) noexcept;
  std::optional<Received> receive_from(std::span<std::byte> buffer) noexcept;
  // The same, waiting up to `timeout` (rounded up to whole milliseconds; negative = for ever).
  std::optional<std::size_t> receive(std::span<std::byte> buffer, std::chrono::milliseconds timeout) noexcept;
  std::optional<Received> receive_from(std::span<std::byte> buffer,
                                       std::chrono::milliseconds timeout) noexcept;
  // true when a datagram or an error waits. Goes on after a signal.
  bool wait(std::chrono::milliseconds timeout) noexcept;

  // errno of the last send/receive; 0 = it succeeded.
  int last_error() const noexcept { return last_error_; }
  int fd() const noexcept { return fd_.get(); }

 private:
  FileDescriptor fd_;
  int last_error_ = 0;
};

}  // namespace lln::net
