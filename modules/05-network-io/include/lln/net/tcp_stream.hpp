// A TCP connection over IPv4: connects with a time limit, then is a StreamSocket.
//
// Threads and guarantees: as StreamSocket. connect() and the setters throw std::system_error that says what was
//   attempted ("connect to 127.0.0.1:9 on fd 7").
// Source: tcp(7), connect(2).
#pragma once

#include <lln/net/endpoint.hpp>
#include <lln/net/stream_socket.hpp>
#include <lln/net/tcp_options.hpp>

#include <chrono>

namespace lln::net {

class TcpStream : public StreamSocket {
 public:
  // Adopts a connected socket: accepted elsewhere, for instance.
  using StreamSocket::StreamSocket;

  // Waits for the handshake; ETIMEDOUT when it takes longer than `timeout` (negative = as long as the kernel tries).
  static TcpStream connect(const Endpoint& peer, const TcpOptions& options = {},
                           std::chrono::milliseconds timeout = std::chrono::seconds(10));

  void set_no_delay(bool on);
  // TCP_QUICKACK: acknowledge what comes at once instead of waiting for an answer to ride on. The kernel falls back to
  // delaying by itself, so who relies on it says it again after each receive(). false: refused.
  bool set_quick_ack(bool on) noexcept;

  Endpoint local_endpoint() const;
  Endpoint peer_endpoint() const;
};

}  // namespace lln::net
