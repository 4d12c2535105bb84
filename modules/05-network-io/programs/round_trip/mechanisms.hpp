// The contestants of lln-round-trip, one file a mechanism. Each adds what it can do; what this machine cannot do is
// added too, and says why when its turn comes.
#pragma once

#include "ping_pong.hpp"

#include <string>
#include <vector>

namespace lln::round_trip {

using Contestants = std::vector<contest::Contestant>;
class Cable;

void add_sockets(Contestants& contestants, const Plan& plan);   // UDP, TCP, Unix: blocking, epoll, spinning
void add_io_uring(Contestants& contestants, const Plan& plan);  // UDP
// UDP and TCP across a cable: SO_BUSY_POLL, which does nothing on lo. Without one, `why` says why not.
void add_busy_polling(Contestants& contestants, const Plan& plan, const Cable* cable, const std::string& why);
void add_memory(Contestants& contestants, const Plan& plan);  // no kernel at all: the limit
void add_asio(Contestants& contestants, const Plan& plan);    // the peers
void add_sockperf(Contestants& contestants, const Plan& plan);

// "rtt(usec)" of sockperf's full log, each recorded in ns; how many there were.
std::size_t read_sockperf_log(const std::string& text, latency::Histogram& values);

}  // namespace lln::round_trip
