// SO_BUSY_POLL lets a thread that waits in recv(2) drive the device's queue itself. It needs a device with NAPI: lo has
// none and accepts the option in silence, so both are here, and the id of the queue is looked at.
#include "mechanisms.hpp"
#include "sockets.hpp"
#include "turns.hpp"

namespace lln::round_trip {
namespace {

// Longer than an idle round trip: both sides must still be polling when the first message comes.
constexpr int polling_us = 200;

void poll_busily(int fd) {
  if (::setsockopt(fd, SOL_SOCKET, SO_BUSY_POLL, &polling_us, sizeof polling_us) == 0) return;
  if (errno == EPERM) throw contest::Unavailable("SO_BUSY_POLL needs CAP_NET_ADMIN");
  throw std::system_error(errno, std::generic_category(), "SO_BUSY_POLL");
}

unsigned napi_id(int fd) {
  unsigned id = 0;
  socklen_t length = sizeof id;
  return ::getsockopt(fd, SOL_SOCKET, SO_INCOMING_NAPI_ID, &id, &length) == 0 ? id : 0;
}

template <class Make>
contest::Turn run(const Plan& plan, latency::Histogram& values, bool expects_napi, Make make) {
  const Place place = two_cpus(plan);
  auto [near, far] = make();
  poll_busily(near.fd());
  poll_busily(far.fd());
  const int fd = near.fd();
  Blocking near_end(std::move(near));
  Blocking far_end(std::move(far));
  const contest::Turn turn = ping_pong(near_end, far_end, plan, place, values);
  if (expects_napi && napi_id(fd) == 0)
    throw contest::Unavailable("the cable's device has no NAPI on this kernel");
  return turn;
}

template <class Make>
void add_across(Contestants& contestants, const Plan& plan, const std::string& name, const std::string& title,
                Make make) {
  contest::add(contestants, name + "-blocking", title + ", two CPUs, blocking", "udp-blocking",
               [=, &plan](auto& values) { return block(plan, two_cpus(plan), values, make); });
  contest::add(contestants, name + "-busy-poll", title + ", two CPUs, SO_BUSY_POLL", name + "-blocking",
               [=, &plan](auto& values) { return run(plan, values, true, make); });
  contest::add(contestants, name + "-spin", title + ", two CPUs, spinning", name + "-busy-poll",
               [=, &plan](auto& values) { return spin(plan, two_cpus(plan), values, make); });
}

}  // namespace

void add_busy_polling(Contestants& contestants, const Plan& plan, const Cable* cable,
                      const std::string& why) {
  contest::add(contestants, "udp-busy-poll", "UDP, two CPUs, SO_BUSY_POLL on lo", "udp-blocking",
               [&plan](auto& values) { return run(plan, values, false, [] { return udp_pair(); }); });
  if (cable == nullptr) {
    contest::add(contestants, "veth-udp-busy-poll", "UDP over veth, two CPUs, SO_BUSY_POLL", "udp-blocking",
                 [why](auto&) -> contest::Turn { throw contest::Unavailable(why); });
    return;
  }
  const Network network = across(*cable);
  add_across(contestants, plan, "veth-udp", "UDP over veth", [network] { return udp_pair(network); });
  add_across(contestants, plan, "veth-tcp", "TCP over veth", [network] { return tcp_pair(network); });
}

}  // namespace lln::round_trip
