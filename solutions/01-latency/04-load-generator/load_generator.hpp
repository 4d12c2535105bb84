// An open-loop load generator: requests leave on a schedule made beforehand, whatever the answers do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace lln::exercise {

struct Plan {
  std::uint64_t per_second;  // requests, >= 1
  std::uint64_t requests;    // >= 1
  std::int64_t give_up_ns;   // how long after the last request was due answers are still waited for
};

inline constexpr std::int64_t no_answer = -1;

// Times by the clock that was given to generate().
struct Sample {
  std::int64_t due_ns = 0;
  std::int64_t sent_ns = 0;
  std::int64_t answered_ns = no_answer;
};

// When request i (0, 1, 2, ...) is due, in ns after the start: i / per_second seconds, rounded down to a
// whole ns. Right for any i whose answer fits.
inline std::int64_t due_ns(const Plan& plan, std::uint64_t i) {
  constexpr std::uint64_t second = 1'000'000'000;
  // Whole seconds and the rest: each product stays below 2^64 as long as the result does.
  const std::uint64_t seconds = i / plan.per_second;
  const std::uint64_t rest = i % plan.per_second;
  return static_cast<std::int64_t>(seconds * second + rest * second / plan.per_second);
}

// The latency that the user of this request saw: nothing when there was no answer.
inline std::optional<std::int64_t> latency_ns(const Sample& sample) {
  if (sample.answered_ns == no_answer) return std::nullopt;
  return sample.answered_ns - sample.due_ns;
}

// Sends requests 0 .. plan.requests - 1, in order, and returns a sample for each.
//
//   clock.now_ns()   std::int64_t: the time.
//   server.send(i)   sends request i. May block: then the time has moved on.
//   server.poll()    std::optional<std::uint64_t>: the number of a request whose answer has come, in any
//                    order; std::nullopt when there is none. Does not block.
//
// The start is the clock's first reading. No request is sent before it is due; each is sent as soon as it is,
// however many answers are outstanding; those that are late already are sent at once, none is left out.
// sent_ns is read right before send(), answered_ns right after the poll() that brought the answer. Between
// two sends there is at least one poll(). Ends when all requests are answered, or give_up_ns after the last
// one was due; what has no answer then keeps no_answer.
template <class Clock, class Server>
std::vector<Sample> generate(Clock& clock, Server& server, const Plan& plan) {
  const std::int64_t start = clock.now_ns();
  std::vector<Sample> samples(plan.requests);
  for (std::uint64_t i = 0; i < plan.requests; ++i) samples[i].due_ns = start + due_ns(plan, i);
  const std::int64_t give_up = samples.back().due_ns + plan.give_up_ns;

  std::uint64_t sent = 0;
  std::uint64_t answered = 0;
  while (answered < plan.requests) {
    const std::int64_t now = clock.now_ns();
    if (sent < plan.requests) {
      if (now >= samples[sent].due_ns) {
        samples[sent].sent_ns = now;
        server.send(sent++);
      }
    } else if (now >= give_up) {
      break;
    }
    if (const std::optional<std::uint64_t> id = server.poll()) {
      samples[*id].answered_ns = clock.now_ns();
      ++answered;
    }
  }
  return samples;
}

// Repairs what a *closed* loop has measured that meant to send a request every `gap_ns`, but waited for each
// answer: behind each latency v it puts those of the requests that were not sent while it waited, v - gap_ns,
// v - 2 * gap_ns and so on, as long as they are at least gap_ns. (The one after those was sent, late: it is
// the next in the list.) A repair after the fact, not as good as an open loop.
inline std::vector<std::int64_t> corrected(std::span<const std::int64_t> latencies_ns, std::int64_t gap_ns) {
  std::vector<std::int64_t> all;
  for (const std::int64_t latency : latencies_ns) {
    all.push_back(latency);
    for (std::int64_t missing = latency - gap_ns; missing >= gap_ns; missing -= gap_ns)
      all.push_back(missing);
  }
  return all;
}

}  // namespace lln::exercise
