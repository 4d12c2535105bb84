// Interfaces of a test's own: veth pairs, both ends in the network namespace of the calling process. What is
// sent out of one end arrives at the other, as between two hosts.
//
//   if (const std::string why = why_no_veth_pair(); !why.empty()) GTEST_SKIP() << why;
//   in_network_namespace([] {
//     add_veth_pair({"near0", "10.77.0.1"}, {"far0", "10.77.0.2"});
//     add_veth_pair({"near1", "10.77.1.1"}, {"far1", "10.77.1.2"});
//     add_multicast_route("near0");          // what a socket gets that does not say which interface it wants
//   });
//
// Each end is up, has its address with a mask of 24 bits, and takes packets whose sender is in this namespace as
// well (accept_local). Say the interface when sending: IP_MULTICAST_IF, or SO_BINDTODEVICE. The interfaces go with the
// namespace. The functions throw std::system_error where the kernel refuses. Set-up only: needs CAP_NET_ADMIN, which
// in_network_namespace gives; nothing is started, no program is needed.
#pragma once

#include <string>

namespace lln::testkit {

struct VethEnd {
  std::string name;     // at most 15 letters
  std::string address;  // IPv4
};

void add_veth_pair(const VethEnd& one, const VethEnd& other);
void add_multicast_route(const std::string& interface);  // 224.0.0.0/4

// Empty when a namespace with a veth pair can be had here; else one sentence for GTEST_SKIP.
std::string why_no_veth_pair();

}  // namespace lln::testkit
