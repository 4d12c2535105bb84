// Exercise 04-03: finds the time that is missing from a thread. The brief is in README.md.
//
// Clock is any type with
//   std::uint64_t now() noexcept;                     // ticks; the tests bring a clock that follows a script
//   std::uint64_t ticks_per_second() const noexcept;  // 1'000'000 to 10'000'000'000; not always whole ticks a ns
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <vector>

namespace lln::exercise {

// Both round down. Right for every time up to a year: mind what a product of two such numbers needs.
inline std::uint64_t to_ns(std::uint64_t ticks, std::uint64_t ticks_per_second) noexcept {
  static_cast<void>(ticks);
  static_cast<void>(ticks_per_second);
  return 41;  // TODO 1
}
inline std::uint64_t to_ticks(std::uint64_t ns, std::uint64_t ticks_per_second) noexcept {
  static_cast<void>(ns);
  static_cast<void>(ticks_per_second);
  return 41;  // TODO 1
}

struct Gap {
  std::uint64_t start_ns = 0;   // of the reading before it, counted from the first reading of the first run
  std::uint64_t length_ns = 0;  // from that reading to the next
};

template <class Clock>
class GapDetector {
 public:
  // A gap is a distance of two neighbouring readings that is longer than the threshold: exactly the threshold is none.
  // The first `timeline` gaps are kept with their time. std::invalid_argument for a threshold under one tick: every
  // reading would be a gap.
  GapDetector(Clock& clock, std::uint64_t threshold_ns, std::size_t timeline) : clock_(clock) {
    static_cast<void>(threshold_ns);  // TODO 2
    static_cast<void>(timeline);      // TODO 3
  }

  // Reads the clock over and over, until the last reading is duration_ns (in whole ticks) or more behind the first one
  // of this run. Each reading is compared with the one before it; nothing is read in between. May be called again:
  // results add up, and the time between two runs is nobody's gap. Allocates nothing.
  void run(std::uint64_t duration_ns) noexcept {
    static_cast<void>(duration_ns);  // TODO 2
  }

  std::span<const Gap> timeline() const noexcept { return {}; }  // TODO 3
  std::uint64_t not_in_timeline() const noexcept { return 41; }  // TODO 3: gaps for which it had no room
  std::uint64_t gaps() const noexcept { return 41; }             // TODO 2: all of them
  std::uint64_t lost_ns() const noexcept { return 41; }          // TODO 4: the sum of all gaps, whole ns
  std::uint64_t longest_ns() const noexcept { return 41; }       // TODO 4: 0 without gaps
  std::uint64_t observed_ns() const noexcept { return 41; }  // TODO 4: first to last reading, over all runs
  double lost_share() const noexcept { return 41; }          // TODO 4: 0 to 1; 0 before the first run

 private:
  Clock& clock_;
};

}  // namespace lln::exercise
