// OpenLoopLoad: sends requests at times fixed beforehand, and counts latency from those times.
//
// Threads    run() uses the calling thread only. One OpenLoopLoad may serve several threads.
// Guarantee  Request i is due at start + due_ns(i), whatever happened to the requests before it: none is
//            dropped, none is put off. A request that finds its time past is sent at once. Latency is counted
//            from when the request was *due*, so the wait that a slow answer causes for those behind it is in
//            the figures (no coordinated omission).
// Allocation The constructor (8 bytes a request for Poisson arrivals). run() itself: none, no system call;
//            what the clock, the work and the sink do is theirs.
// Source     G. Tene, "How NOT to Measure Latency", 2013; B. Schroeder, A. Wierman, M. Harchol-Balter, "Open
//            Versus Closed: A Cautionary Tale", NSDI 2006.
#pragma once

#include <lln/latency/latency_timer.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lln::latency {

// Time since some start, and waiting for one. TscLoadClock is the real one; tests have one that they wind.
template <class T>
concept LoadClock = requires(T& clock, std::int64_t ns) {
  { clock.now_ns() } -> std::convertible_to<std::int64_t>;
  clock.wait_until_ns(ns);
};

class OpenLoopLoad {
 public:
  enum class Arrivals {
    even,     // one every 1/rate: as a feed replays
    poisson,  // independent of each other, as many users send; bursts happen by themselves
  };

  struct Options {
    double per_second;
    std::size_t requests;
    std::size_t warm_up = 0;  // the first so many are sent but not recorded
    Arrivals arrivals = Arrivals::even;
    std::uint64_t seed = 1;  // of Poisson arrivals
  };

  struct Outcome {
    std::uint64_t sent = 0;
    std::uint64_t late = 0;        // sent after they were due by more than `late_after_ns`
    std::int64_t latest_ns = 0;    // the worst of those delays
    std::int64_t duration_ns = 0;  // from the start to the last answer
  };
  static constexpr std::int64_t late_after_ns = 1'000;

  // Throws std::invalid_argument for a rate that is not above 0, no requests, or only warm-up.
  explicit OpenLoopLoad(const Options& options);

  std::size_t requests() const noexcept { return options_.requests; }

  // When request i is to be sent, ns after the start. Even arrivals are computed from i and never summed up:
  // a rounded gap would drift.
  std::int64_t due_ns(std::size_t i) const noexcept {
    return poisson_due_.empty() ? static_cast<std::int64_t>(static_cast<double>(i) * gap_ns_)
                                : poisson_due_[i];
  }

  // #region run
  // Calls work(i) for each request and waits for its answer. `latency` gets the time since it was due,
  // `service` the time that work(i) took: the two differ by the wait behind slow requests.
  template <LoadClock Clock, class Work, LatencySink Latency, LatencySink Service>
  Outcome run(Clock& clock, Work&& work, Latency& latency, Service& service) const {
    Outcome outcome;
    const std::int64_t start = clock.now_ns();
    for (std::size_t i = 0; i < options_.requests; ++i) {
      const std::int64_t due = start + due_ns(i);
      if (clock.now_ns() < due) clock.wait_until_ns(due);
      const std::int64_t sent = clock.now_ns();
      work(i);
      const std::int64_t answered = clock.now_ns();
      if (i >= options_.warm_up) {
        latency.record(not_negative(answered - due));
        service.record(not_negative(answered - sent));
      }
      note(outcome, sent - due);
      outcome.duration_ns = answered - start;
    }
    return outcome;
  }
  // #endregion run

 private:
  static std::uint64_t not_negative(std::int64_t ns) noexcept {
    return ns < 0 ? 0 : static_cast<std::uint64_t>(ns);
  }
  static void note(Outcome& outcome, std::int64_t delay_ns) noexcept {
    ++outcome.sent;
    if (delay_ns > late_after_ns) ++outcome.late;
    if (delay_ns > outcome.latest_ns) outcome.latest_ns = delay_ns;
  }

  Options options_;
  double gap_ns_;
  std::vector<std::int64_t> poisson_due_;
};

// TscClock as a LoadClock. Waits by reading the clock over and over: it needs a processor for itself, and is
// never late by more than a reading unless something else gets that processor.
class TscLoadClock {
 public:
  explicit TscLoadClock(const TscClock& clock) noexcept : clock_(clock), start_(TscClock::now()) {}
  std::int64_t now_ns() const noexcept {
    return static_cast<std::int64_t>(clock_.to_ns(TscClock::now_ordered() - start_));
  }
  void wait_until_ns(std::int64_t due) const noexcept {
    while (now_ns() < due) {
    }
  }

 private:
  TscClock clock_;
  std::uint64_t start_;
};

}  // namespace lln::latency
