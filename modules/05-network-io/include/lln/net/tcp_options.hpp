// What a TCP socket is told before the first packet: by connect() for its stream, by a listener for all of its own.
//
// Accepted streams inherit every one of these from their listener; no system call a connection is spent on them.
// Buffers have to be known before the handshake, which fixes the window's scale.
// Source: tcp(7), ip(7), socket(7).
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace lln::net {

struct TcpOptions {
  // TCP_NODELAY: a small write leaves at once. Off, it waits until everything before it is acknowledged (Nagle), and
  // the peer delays acknowledgements: up to 40 ms for a message written in two pieces.
  bool no_delay = true;
  // 0 leaves the size to the kernel, which grows it with the traffic; a fixed size switches that off.
  int receive_buffer_bytes = 0;
  int send_buffer_bytes = 0;
  int tos = 0;                                              // the IP header's DSCP/ECN byte, 0..255
  std::optional<std::chrono::microseconds> busy_poll = {};  // real only where the device has NAPI
  std::string congestion_control = {};                      // "cubic", "reno", ...; empty = the system's
};

}  // namespace lln::net
