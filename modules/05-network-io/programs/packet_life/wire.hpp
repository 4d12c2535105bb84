// Two connected sockets: the sender's and the receiver's end.
#pragma once

#include "life_case.hpp"

#include <lln/net/endpoint.hpp>
#include <lln/net/file_descriptor.hpp>

#include <functional>

namespace lln::packet_life {

struct Wire {
  net::FileDescriptor sender;
  net::FileDescriptor receiver;
};

// Where the two ends are made. The functions bring the calling thread to that side first.
struct Sides {
  net::Ipv4Address receiver_address{0x7F000001};
  std::function<void()> go_to_sender = [] {};
  std::function<void()> go_to_receiver = [] {};
};

// Throws std::system_error.
Wire connect(Protocol protocol, const Sides& sides);

}  // namespace lln::packet_life
