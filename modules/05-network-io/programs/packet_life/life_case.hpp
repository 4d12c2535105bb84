// What is sent, over what, and who waits how: one way of making a leg of a packet's life long.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace lln::packet_life {

enum class Protocol { udp, tcp };
enum class Place { loopback, veth, slow_veth };  // slow_veth: behind a queue that lets 200 Mbit/s out

struct Case {
  std::string name;    // of series, in files
  std::string title;   // for people
  std::string lesson;  // which leg to look at, and why
  Protocol protocol = Protocol::udp;
  Place place = Place::loopback;
  bool receiver_sleeps = false;  // in poll(2); otherwise it spins
  bool one_cpu = false;          // sender and receiver share it; both sleep, then
  std::size_t bytes = 64;        // of a message, at least 8
  unsigned burst = 1;            // messages sent back to back
  std::chrono::nanoseconds interval{std::chrono::microseconds(100)};  // from burst to burst
  std::chrono::nanoseconds work{0};                                   // of the receiver, with each message
  bool stamps = true;
};

// Each differs from the first in one thing.
std::vector<Case> all_cases();

}  // namespace lln::packet_life
