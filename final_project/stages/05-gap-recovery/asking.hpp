// What the tests use: a recovery whose every call is told, and the rounds of requests that it makes.
#pragma once

#include <lln/testkit/testkit.hpp>

#include <gap_recovery.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lln::project {

inline std::string told(const Gap& gap) {
  return std::to_string(gap.begin) + (gap.size() == 1 ? "" : "-" + std::to_string(gap.end - 1));
}

constexpr std::size_t endless = 40;  // more requests in one round than can be right

// "1-48 49-96 again(97-100)", by numbers.
inline std::string told(std::vector<Request> requests) {
  const bool ends = requests.size() < endless;
  if (!ends) requests.resize(2);
  std::sort(requests.begin(), requests.end(),
            [](const Request& a, const Request& b) { return a.range.begin < b.range.begin; });
  std::string all;
  for (const Request& request : requests) {
    const std::string range = request.repeated ? "again(" + told(request.range) + ")" : told(request.range);
    all += (all.empty() ? "" : " ") + range;
  }
  return (all.empty() ? "nothing" : all) + (ends ? "" : " and so on without an end");
}

// Polls until there is nothing to send, as the receive loop does.
inline std::vector<Request> round_of(GapRecovery& recovery, const std::optional<Gap>& missing,
                                     std::uint64_t now) {
  std::vector<Request> requests;
  while (requests.size() < endless) {
    const auto request = recovery.poll(missing, now);
    if (!request) break;
    requests.push_back(*request);
  }
  return requests;
}

// A recovery whose every call is told. Times are in microseconds.
struct Asking {
  explicit Asking(testkit::Story& teller, const RecoveryOptions& options = {})
      : story(teller), recovery(options) {
    story.notes("final_project/feed-handlers.md#recovery");
  }

  void at(std::uint64_t time_us) { now_us = time_us; }
  void missing(std::uint64_t first, std::uint64_t last) { gap = Gap{first, last + 1}; }
  void nothing_missing() { gap.reset(); }

  // One round of polls; the requests that it makes.
  void asks(const std::string& wanted) {
    story.step("at " + std::to_string(now_us) + " us, missing: " + (gap ? told(*gap) : "nothing"));
    story.expect(told(round_of(recovery, gap, now_us * 1000))).equals(wanted).named("what is asked for");
  }
  void expect_gave_up(bool wanted) { story.expect(recovery.gave_up()).equals(wanted).named("gave_up()"); }

  testkit::Story& story;
  GapRecovery recovery;
  std::optional<Gap> gap;
  std::uint64_t now_us = 0;
};

}  // namespace lln::project
