// UDP sockets across the cable: the kernel's whole way, waited for in three ways.
#include "../round_trip/turns.hpp"
#include "ways.hpp"

namespace lln::around_kernel {
namespace {

// Longer than an idle round trip: both sides must still be polling when the first message comes.
constexpr int polling_us = 200;

void poll_busily(int fd) {
  if (::setsockopt(fd, SOL_SOCKET, SO_BUSY_POLL, &polling_us, sizeof polling_us) == 0) return;
  throw contest::Unavailable("SO_BUSY_POLL is refused: " + std::generic_category().message(errno));
}

contest::Turn busy_poll(const Course& course, latency::Histogram& values) {
  const auto place = round_trip::two_cpus(course.plan);
  auto [near, far] = udp_pair(round_trip::across(course.cable));
  poll_busily(near.fd());
  poll_busily(far.fd());
  const int fd = near.fd();
  round_trip::Blocking near_end(std::move(near));
  round_trip::Blocking far_end(std::move(far));
  const contest::Turn turn = ping_pong(near_end, far_end, course.plan, place, values);
  unsigned napi = 0;
  socklen_t length = sizeof napi;
  if (::getsockopt(fd, SOL_SOCKET, SO_INCOMING_NAPI_ID, &napi, &length) != 0 || napi == 0)
    throw contest::Unavailable("the cable's device has no NAPI on this kernel, so nothing is polled");
  return turn;
}

}  // namespace

void add_sockets(Contestants& contestants, const Course& course) {
  const auto pair = [&course] { return udp_pair(round_trip::across(course.cable)); };
  contest::add(contestants, base, "UDP socket, spinning", "", [&course, pair](auto& values) {
    return round_trip::spin(course.plan, round_trip::two_cpus(course.plan), values, pair);
  });
  contest::add(contestants, "udp-spin-again", "the same once more", base, [&course, pair](auto& values) {
    return round_trip::spin(course.plan, round_trip::two_cpus(course.plan), values, pair);
  });
  contest::add(contestants, "udp-blocking", "UDP socket, sleeping", base, [&course, pair](auto& values) {
    return round_trip::block(course.plan, round_trip::two_cpus(course.plan), values, pair);
  });
  contest::add(contestants, "udp-busy-poll", "UDP socket, SO_BUSY_POLL", base,
               [&course](auto& values) { return busy_poll(course, values); });
}

}  // namespace lln::around_kernel
