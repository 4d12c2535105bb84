// A network interface, found by its name or by one of its IPv4 addresses.
//
// Multicast needs the interface said explicitly, at both ends: without it the kernel takes the one of the
// default route, which is the classic reason for "it works on my machine". The loopback interface is a
// special case twice over: it does not carry the MULTICAST flag and no route for 224.0.0.0/4 points to it,
// and yet it delivers multicast as soon as sender (IP_MULTICAST_IF) and receiver (ip_mreqn::imr_ifindex) name
// it. So neither function here asks for the flag.
//
// Threads: a plain value. Allocation: yes; for set-up only.
// Errors: std::system_error (ENODEV) whose text lists the interfaces there are.
// Source: netdevice(7), getifaddrs(3).
#pragma once

#include <lln/net/endpoint.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace lln::net {

struct Interface {
  std::string name;     // "lo"
  int index = 0;        // the kernel's number, > 0; 0 = none
  Ipv4Address address;  // its first IPv4 address, or the one asked for; 0.0.0.0 when it has none

  // By name ("lo") or by IPv4 address ("127.0.0.1").
  static Interface named(std::string_view name_or_address);
  // The loopback interface, whatever its name.
  static Interface loopback();
  // All interfaces, by index; an interface with several IPv4 addresses is listed once with its first.
  static std::vector<Interface> all();
};

}  // namespace lln::net
