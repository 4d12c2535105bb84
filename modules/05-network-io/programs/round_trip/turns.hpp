// One turn of a way to wait with a pair of sockets, which `make` opens.
#pragma once

#include "waiting.hpp"

namespace lln::round_trip {

template <class Make>
contest::Turn block(const Plan& plan, Place place, latency::Histogram& values, Make make) {
  auto [near, far] = make();
  Blocking near_end(std::move(near));
  Blocking far_end(std::move(far));
  return ping_pong(near_end, far_end, plan, place, values);
}

template <class Make>
contest::Turn spin(const Plan& plan, Place place, latency::Histogram& values, Make make) {
  auto [near, far] = make();
  Spinning near_end(std::move(near));
  Spinning far_end(std::move(far));
  return ping_pong(near_end, far_end, plan, place, values);
}

template <class Make>
contest::Turn epoll(const Plan& plan, Place place, latency::Histogram& values, bool spins, Make make) {
  auto [near, far] = make();
  Epolling near_end(std::move(near), spins);
  Epolling far_end(std::move(far), spins);
  return ping_pong(near_end, far_end, plan, place, values);
}

}  // namespace lln::round_trip
