// One sender and one receiver, each on its CPU, as fast as they can for the time of a turn.
#pragma once

#include "../contest/contest.hpp"
#include "gap_check.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace lln::packet_rate {

constexpr unsigned packet_bytes = 64;
constexpr unsigned multicast_message_bytes = 40;
constexpr int receive_buffer_bytes = 4 << 20;

struct Plan {
  std::vector<int> cpus;  // those of this process
  std::chrono::milliseconds turn{250};
};

// One call of either is one system call.
class Sender {
 public:
  virtual ~Sender() = default;
  // Sends the next messages, numbered from `first`; how many, 0 = the buffer is full.
  virtual unsigned send(std::uint64_t first) noexcept = 0;
};
class Receiver {
 public:
  virtual ~Receiver() = default;
  // Takes what is there, without waiting; how many messages.
  virtual unsigned receive(GapCheck& check) noexcept = 0;
};

// Millions of messages a second that were received and checked; lost ones beside it. Throws when messages came twice
// or in another order.
contest::Turn run(const Plan& plan, Sender& sender, Receiver& receiver);

// The CPUs of sender and receiver; Unavailable where there is one.
struct Place {
  int sender;
  int receiver;
};
Place two_cpus(const Plan& plan);

using Contestants = std::vector<contest::Contestant>;
void add_unicast(Contestants& contestants, const Plan& plan);    // plain, batched, GSO, GSO with GRO
void add_multicast(Contestants& contestants, const Plan& plan);  // 1 and 30 messages a packet
void add_iperf(Contestants& contestants, const Plan& plan);      // the peer

// Of iperf3's JSON report of its server: what was received, in millions a second, and lost_percent.
contest::Turn read_iperf_report(const std::string& json);

}  // namespace lln::packet_rate
