// What the receive stages of all transports are told.
#pragma once

#include <lln/handler/packet.hpp>
#include <lln/net/endpoint.hpp>
#include <lln/net/interface.hpp>
#include <lln/net/multicast_receiver.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace lln::handler {

struct ReceiveOptions {
  net::Endpoint line_a;
  net::Endpoint line_b;
  net::Interface interface;
  std::optional<net::Ipv4Address> source;
  std::optional<std::chrono::microseconds> busy_poll;
  unsigned batch = 8;
  int receive_buffer_bytes = 4 << 20;
  bool hardware_stamps = false;
  std::uint32_t xdp_frames = 16384;  // half of them lie ready, 16 MB: 80 ms of 100,000 packets a second
  bool xdp_generic = false;          // do not try the driver first
};

/// Binds and joins the group of one line. Throws as MulticastReceiver does, with the line in front.
net::MulticastReceiver join_line(Line line, const ReceiveOptions& options);

/// A fact of a receive stage, for the report.
struct ReceiveFact {
  std::string name;
  bool ok;
  std::string detail;
};

}  // namespace lln::handler
