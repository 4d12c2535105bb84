// DPDK as an EchoServer's way to its datagrams: a driver inside the process is asked over and over for whole frames, and
// requests are answered in the memory in which they came.
//
//   net::DpdkRuntime dpdk;  // once a process, and longer than the server
//   EchoOptions options{.udp = net::Endpoint::parse("10.77.0.2:7007"), .backend = EchoBackend::spin};
//   use_dpdk(options, dpdk, "net_af_packet0,iface=far0,qdisc_bypass=1");
//   EchoServer server(options);
//
// Answered are datagrams to the address and port of `udp`, which are both said, in frames to one host. All others are
// left alone: neither answered nor counted. So are fragments, that is requests larger than the network's MTU allows.
// With net_af_packet the kernel gets a copy of every frame, and would answer that nobody listens: a socket holds the
// port and takes nothing. The kernel goes on answering ARP then; for an address that is not the kernel's nobody does,
// and clients need the neighbour entered.
//
// Threads: the first worker of the server. Privileges, network namespace, devices: lln/net/dpdk_port.hpp.
// Guarantees, allocation: as EchoServer; a driver's are its own. Errors: EchoServer's constructor throws what DpdkPort's
//   throws, and std::system_error when the port is taken.
// Library lln::app_dpdk, where DPDK is (dpdk-dev); lln::app knows nothing of it. Cost: not measured.
#pragma once

#include <lln/app/echo/server.hpp>
#include <lln/net/dpdk_port.hpp>

#include <string>

namespace lln::app {

// `device`: DPDK's words. The runtime is referred to until the server has gone.
void use_dpdk(EchoOptions& options, net::DpdkRuntime& runtime, const std::string& device);

}  // namespace lln::app
