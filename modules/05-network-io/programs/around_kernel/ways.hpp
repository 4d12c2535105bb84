// The ways around the kernel, or through it, over one cable: each file adds its own. What this machine cannot do is
// added too, and says why when its turn comes.
#pragma once

#include "../round_trip/ping_pong.hpp"
#include "../round_trip/sockets.hpp"

#include <lln/net/test_net.hpp>

#include <string>
#include <vector>

namespace lln::around_kernel {

using Contestants = std::vector<contest::Contestant>;
using net::TestNet;
using round_trip::Cable;
using round_trip::Message;
using round_trip::Patience;
using round_trip::Plan;

// What all others are compared with: a UDP socket that is asked over and over.
inline constexpr const char* base = "udp-spin";

struct Course {
  const Plan& plan;
  const Cable& cable;
};

// Both ends of a way, each opened in its namespace, run against each other on two CPUs.
template <class End, class Make>
contest::Turn run(const Course& course, latency::Histogram& values, Make make) {
  const auto place = round_trip::two_cpus(course.plan);
  course.cable.enter(TestNet::Side::near);
  End near = make(TestNet::Side::near);
  course.cable.enter(TestNet::Side::far);
  End far = make(TestNet::Side::far);
  course.cable.go_home();
  return round_trip::ping_pong(near, far, course.plan, place, values);
}

void add_sockets(Contestants& contestants, const Course& course);   // UDP: sleeping, busy polling, spinning
void add_io_uring(Contestants& contestants, const Course& course);  // the same through a ring
void add_raw_packets(Contestants& contestants, const Course& course);  // AF_PACKET: frames, past IP and UDP
void add_xdp(Contestants& contestants, const Course& course);   // AF_XDP: frames, past the socket buffers too
void add_dpdk(Contestants& contestants, const Course& course);  // drivers in user space

}  // namespace lln::around_kernel
