// Asks the MoldUDP64 re-request server for lost messages, and takes its answers.
//
// Threads: one. Guarantees: non-blocking; after construction noexcept, no allocation, one system call a
// function call. The socket is connected: datagrams from any other address are dropped by the kernel. A
// closed port (ICMP) is an error that is counted, not the end: the server may come back.
// Errors: std::system_error from the constructor. Source: SPEC.md section 4, udp(7).
#pragma once

#include <lln/feed/moldudp64.hpp>
#include <lln/net/endpoint.hpp>
#include <lln/net/udp_socket.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lln::handler {

class RerequestClient {
 public:
  explicit RerequestClient(const net::Endpoint& server);

  /// False: not sent (the server's port is closed, or the send buffer is full).
  bool request(const feed::SessionId& session, std::uint64_t sequence, std::uint16_t count) noexcept;

  /// The next answer, valid until the next call; empty: nothing there. Not validated.
  std::span<const std::byte> receive() noexcept;

  /// Times that the kernel reported the server's port as closed.
  std::uint64_t refused() const noexcept { return refused_; }
  net::Endpoint local_endpoint() const { return socket_.local_endpoint(); }

 private:
  net::UdpSocket socket_;
  std::vector<std::byte> buffer_;
  std::uint64_t refused_ = 0;
};

}  // namespace lln::handler
