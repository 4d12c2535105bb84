// mutant: answers release: the rest of a short answer waits for the time-out
#pragma once

#include <lln/project/packet.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

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

class GapRecovery {
 public:
  explicit GapRecovery(const RecoveryOptions& options) noexcept : options_(options) {}

  std::optional<Request> poll(const std::optional<Gap>& missing, std::uint64_t now_ns) noexcept {
    if (given_up_ && missing && missing->begin == *given_up_) return std::nullopt;
    if (given_up_ || !missing) forget();
    if (!missing) return std::nullopt;
    if (missing->size() > options_.max_gap) return give_up(*missing);

    for (Asked& asked : places()) {
      if (asked.attempts == 0) continue;
      const std::uint64_t begin = asked.range.begin;
      asked.range = {std::max(begin, missing->begin), std::min(asked.range.end, missing->end)};
      if (asked.range.begin >= asked.range.end) {
        asked.attempts = 0;
      } else if (asked.range.begin != begin) {  // its first messages have come
        asked = {asked.range, asked.sent_ns, options_.timeout_ns, 1};
      } else if (now_ns - asked.sent_ns >= asked.timeout_ns) {
        if (asked.attempts >= options_.attempts) return give_up(*missing);
        asked.timeout_ns = std::min(asked.timeout_ns * 2, options_.timeout_limit_ns);
        return send(asked, now_ns);
      }
    }
    for (Asked& free : places()) {
      if (free.attempts != 0) continue;
      const Gap range = unasked(*missing);
      if (range.size() == 0) break;
      return send(free = first_time(range), now_ns);
    }
    return std::nullopt;
  }

  bool gave_up() const noexcept { return given_up_.has_value(); }

 private:
  static constexpr std::size_t most = 16;

  struct Asked {
    Gap range;
    std::uint64_t sent_ns = 0;
    std::uint64_t timeout_ns = 0;
    unsigned attempts = 0;  // without an answer; 0: the place is free
  };

  std::span<Asked> places() noexcept { return std::span(asked_).first(std::min(options_.outstanding, most)); }
  Asked first_time(const Gap& range) const noexcept { return {range, 0, options_.timeout_ns, 0}; }

  static Request send(Asked& asked, std::uint64_t now_ns) noexcept {
    asked.sent_ns = now_ns;
    return {asked.range, ++asked.attempts > 1};
  }

  // The first part of `missing` that no request asks for, up to a chunk of it. Empty: there is none. What is out is one
  // row from missing.begin on: holes are filled or closed at their ends, and requests are cut with them.
  Gap unasked(const Gap& missing) noexcept {
    std::uint64_t begin = missing.begin;
    for (const Asked& asked : places())
      if (asked.attempts != 0) begin = std::max(begin, asked.range.end);
    return {begin, begin + std::min(missing.end - begin, options_.chunk)};
  }

  std::nullopt_t give_up(const Gap& missing) noexcept {
    given_up_ = missing.begin;
    return std::nullopt;
  }

  void forget() noexcept {
    given_up_.reset();
    asked_.fill({});
  }

  RecoveryOptions options_;
  std::array<Asked, most> asked_{};
  std::optional<std::uint64_t> given_up_;  // where the gap began that was given up
};

inline std::array<std::byte, 20> encode_request(const SessionId& session, const Gap& range) noexcept {
  std::array<std::byte, 20> bytes{};
  std::memcpy(bytes.data(), session.data(), session.size());
  for (std::size_t i = 0; i < 8; ++i) bytes[10 + i] = static_cast<std::byte>(range.begin >> (56 - 8 * i));
  bytes[18] = static_cast<std::byte>(range.size() >> 8);
  bytes[19] = static_cast<std::byte>(range.size());
  return bytes;
}

}  // namespace lln::project
