// Stage 5 of the final project: what to ask the re-request server for, when, and when to stop. The brief is in
// README.md, the rules are SPEC.md sections 4 and 8.
#pragma once

#include <lln/project/packet.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace lln::project {

struct RecoveryOptions {
  std::uint64_t chunk = 48;              // messages in one request at most: about a datagram; 1 to 65534
  std::size_t outstanding = 4;           // requests without an answer at a time; 1 to 16
  std::uint64_t timeout_ns = 2'000'000;  // of the first request for some messages; doubled each time
  std::uint64_t timeout_limit_ns = 50'000'000;  // and at most this
  unsigned attempts = 5;           // requests for the same messages without an answer; at least 1
  std::uint64_t max_gap = 20'000;  // messages: a larger gap is given up at once, unasked
};

struct Request {
  Gap range;              // ask for these
  bool repeated = false;  // an earlier request for these has timed out
};

// Sans I/O: what is missing and the time come in, requests come out. Replies are packets like others: they go to the
// arbiter, and are seen here only by what is missing no more. One thread, no allocation.
//
// Call poll() each time round the receive loop, until it returns nothing. `missing` is the answer of Arbiter::missing()
// (stage 4), the first hole. Hence:
//   - Messages that are not in `missing` count as answered.
//   - The first messages of a request have come, others have not: a short answer. The rest is asked for at once, as a
//     request of its own, whose time-out and attempts begin anew.
//   - The first message of a request has not come by its time-out: what is missing of it is asked for again, and the
//     time-out is twice as long.
// While a message stays missing, it is asked for again in these two cases only.
class GapRecovery {
 public:
  explicit GapRecovery(const RecoveryOptions& options) noexcept {
    static_cast<void>(options);  // TODO 2
  }

  // The next request to send now; nothing: none now. Requests lie in `missing`; new ones take the lowest numbers first,
  // and as many as a chunk allows. now_ns never goes back.
  std::optional<Request> poll(const std::optional<Gap>& missing, std::uint64_t now_ns) noexcept {
    static_cast<void>(now_ns);  // TODO 2
    return Request{Gap{missing ? missing->end + 41 : 41, 41}, true};
  }

  // As of the last poll(): requests do not help. The last attempt's time-out has passed, or the gap is too large.
  // poll() returns nothing as long as `missing` begins with the same message; after that everything begins anew.
  bool gave_up() const noexcept {
    return true;  // TODO 3
  }
};

// The request packet, MoldUDP64. The range has 1 to 65534 messages.
inline std::array<std::byte, 20> encode_request(const SessionId& session, const Gap& range) noexcept {
  static_cast<void>(session);  // TODO 1
  static_cast<void>(range);
  return {};
}

}  // namespace lln::project
