// What lln-echo-client is asked to do, and what came out: one load, or a sweep of open loops over several rates.
#pragma once

#include "port.hpp"

#include <lln/app/load_generator.hpp>
#include <lln/jitter/thread_setup.hpp>

#include <atomic>
#include <optional>
#include <string>
#include <vector>

namespace lln::echo_client {

struct Campaign {
  std::optional<ServerAddress>
      server;  // none: a mailbox in shared memory, its server in a process of its own
  PortOptions port;
  std::size_t pipeline = 1;   // closed loop: on their way on each connection
  std::vector<double> rates;  // open loop, requests a second, one after the other; empty: closed loop
  bool poisson = false;
  double seconds = 2;  // of each load
  double warm_up_seconds = 0.1;
  jitter::ThreadOptions client_thread;
  jitter::ThreadOptions server_thread;  // of the mailbox
};

struct LoadResult {
  double rate = 0;              // asked; 0: closed loop
  std::int64_t planned_ns = 0;  // open loop: when its last request was due
  app::LoadOutcome outcome{};
  latency::Histogram latency{};  // ns since a request was due (closed loop: sent)
  latency::Histogram service{};  // open loop: ns since it was sent
  latency::Histogram server{};   // ns that the server says it took inside it
  std::string error;             // why it ended before its time
};

// Throws std::system_error when the server cannot be reached. Ends early when `stop` becomes true.
std::vector<LoadResult> run(const Campaign& campaign, const std::atomic<bool>& stop);

// Nothing lost, and the last answer not later than its request by 1 % of the whole, or 10 ms: no queue was growing.
bool kept_up(const LoadResult& result) noexcept;

// The share of answers in less than `ns`, of all that were asked for after the warm-up: one that never came is none.
double share_under(const LoadResult& result, std::uint64_t ns) noexcept;

// "1000,2000" or "1000:64000:7" (from, to, so many, each a constant factor more). Throws std::invalid_argument.
std::vector<double> parse_rates(const std::string& text);

}  // namespace lln::echo_client
