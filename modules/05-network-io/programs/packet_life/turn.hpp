// One turn of one case: so many messages from a sending to a receiving thread, each with its stamps.
#pragma once

#include "life_case.hpp"
#include "wire.hpp"

#include <lln/net/packet_life.hpp>

#include <atomic>

namespace lln::packet_life {

struct Cpus {
  int sender = 0;
  int receiver = 0;
  bool shared() const { return sender == receiver; }
};

// Where the case's threads run. With a single CPU to run on, all cases share it, and their threads sleep.
Cpus cpus_of(const Case& what);

// Sends `messages` and some more before them, which are not counted: caches, and the kernel's stamping, warm up. Ends
// early when `stop` becomes true. Throws std::system_error.
net::Decomposition take_turn(const Case& what, const Wire& wire, std::size_t messages,
                             const std::atomic<bool>& stop);

}  // namespace lln::packet_life
