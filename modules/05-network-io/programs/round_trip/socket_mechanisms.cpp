// Three transports, three ways to wait, one and two CPUs.
#include "mechanisms.hpp"
#include "sockets.hpp"
#include "turns.hpp"

#include <sys/socket.h>

namespace lln::round_trip {
namespace {

using Values = latency::Histogram;

// `name`: "udp"; `title`: "UDP". Everything is compared with blocking on as many CPUs, but spinning with sockperf.
template <class Make>
void add_transport(Contestants& contestants, const Plan& plan, const std::string& name,
                   const std::string& title, const std::string& peer, Make make) {
  const std::string spinning_rival = peer.empty() ? name + "-blocking" : peer;
  contest::add(contestants, name + "-blocking-one-cpu", title + ", one CPU, blocking", "udp-blocking-one-cpu",
               [=, &plan](Values& v) { return block(plan, one_cpu(plan), v, make); });
  contest::add(contestants, name + "-epoll-one-cpu", title + ", one CPU, epoll", name + "-blocking-one-cpu",
               [=, &plan](Values& v) { return epoll(plan, one_cpu(plan), v, false, make); });
  contest::add(contestants, name + "-blocking", title + ", two CPUs, blocking", "udp-blocking",
               [=, &plan](Values& v) { return block(plan, two_cpus(plan), v, make); });
  contest::add(contestants, name + "-epoll", title + ", two CPUs, epoll", name + "-blocking",
               [=, &plan](Values& v) { return epoll(plan, two_cpus(plan), v, false, make); });
  contest::add(contestants, name + "-spin", title + ", two CPUs, spinning", spinning_rival,
               [=, &plan](Values& v) { return spin(plan, two_cpus(plan), v, make); });
  contest::add(contestants, name + "-epoll-spin", title + ", two CPUs, epoll spinning", name + "-spin",
               [=, &plan](Values& v) { return epoll(plan, two_cpus(plan), v, true, make); });
}

}  // namespace

void add_sockets(Contestants& contestants, const Plan& plan) {
  const auto udp = [] { return udp_pair(); };
  add_transport(contestants, plan, "udp", "UDP", "sockperf-udp-spin", udp);
  add_transport(contestants, plan, "tcp", "TCP", "sockperf-tcp-spin", [] { return tcp_pair(); });
  add_transport(contestants, plan, "unix-stream", "Unix stream", "", [] { return unix_pair(SOCK_STREAM); });
  add_transport(contestants, plan, "unix-dgram", "Unix datagram", "", [] { return unix_pair(SOCK_DGRAM); });
  contest::add(contestants, "udp-spin-again", "UDP, two CPUs, spinning, once more", "udp-spin",
               [&plan, udp](Values& v) { return spin(plan, two_cpus(plan), v, udp); });
}

}  // namespace lln::round_trip
