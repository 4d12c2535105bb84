// When each message is meant to leave: an on/off process whose mean is exactly the asked rate.
//
// Time is cut into cycles of random length. A cycle that holds n messages lasts exactly n / rate, so the mean holds at
// the end of every cycle whatever happens inside: a burst (burst_share of the time at burst_factor times the rate) at
// a random place, and a quieter rest. Gaps between messages are exponentially distributed.
// Threads: one thread an object. Guarantees: times never go back; no allocation after construction.
#pragma once

#include <lln/exchange/random.hpp>

#include <array>
#include <cstdint>

namespace lln::exchange {

class BurstSchedule {
 public:
  struct Options {
    double rate = 1'000'000;     ///< messages/s, > 0
    double burst_factor = 5.0;   ///< >= 1
    double burst_share = 0.1;    ///< 0..1, burst_factor * burst_share < 1
    double burst_cycle_ms = 10;  ///< mean length of a cycle, > 0
  };
  BurstSchedule(const Options& options, std::uint64_t seed);

  /// Intended send time of the next message, ns from the start; the first is 0.
  std::int64_t next() noexcept;

 private:
  void begin_cycle() noexcept;
  void begin_phase() noexcept;

  Options options_;
  Random random_;
  std::array<float, 1024> exponential_{};  // quantiles of the unit exponential, mean 1

  std::uint64_t scheduled_ = 0;  // messages of all complete cycles
  double cycle_begin_ = 0;
  double cycle_ns_ = 0;
  std::uint64_t cycle_messages_ = 0;

  struct Phase {
    double begin = 0;  // ns
    double end = 0;
    std::uint64_t messages = 0;
  };
  std::array<Phase, 3> phases_{};  // quiet, burst, quiet; any may be empty
  std::size_t phase_ = 3;
  std::uint64_t left_ = 0;  // in this phase
  double gap_ = 0;          // mean, ns
  double time_ = 0;
};

}  // namespace lln::exchange
