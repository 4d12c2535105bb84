// What a bad network does to each packet, decided from a seed: queued behind others, lost, delayed, held back, doubled.
//
// A pure function of the packets' times, lengths and numbers: no clock, no thread, no socket. The same calls give the
// same fates on every machine and at any speed, so that a test which needs "the third packet is lost" has it, and a
// failure can be run again. ImpairedLine carries the packets out; ImpairmentRelay does it between sockets.
//
// In this order:
//   rate       a link that sends one packet after the other; who would wait longer than `queue` is dropped at its door
//   loss       independent, or in runs (Gilbert's model); same share either way
//   delay      fixed, plus `jitter` at random. Order is kept, as in a queue: a packet never overtakes by luck
//   reorder    some are held back by `reorder_by` besides, and may be overtaken by as many as fit into that time
//   duplicate  a second copy, right behind the first
// Each effect draws from the packet's number and an own stream: switching one on or off, or making it stronger, does not
// change which packets another one hits.
//
// Threads: one. Guarantees: decide() is noexcept, constant time, allocates nothing.
// Source: E. N. Gilbert, Capacity of a burst-noise channel, 1960; the words are those of tc-netem(8).
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace lln::net {

class Impairment {
 public:
  using Time = std::chrono::nanoseconds;  // since any moment, as long as it is the same one in all calls

  struct Options {
    std::uint64_t seed = 1;
    double loss = 0;        // share, 0..1
    double loss_burst = 0;  // mean length of a run of losses, >= 1; 0 = independent losses
    double duplicate = 0;   // share
    double reorder = 0;     // share
    Time reorder_by{0};
    Time delay{0};
    Time jitter{0};              // uniform, 0 .. jitter
    double bits_per_second = 0;  // 0 = no limit
    Time queue{std::chrono::milliseconds(100)};
  };

  enum class Loss : std::uint8_t { none, random, queue };

  struct Fate {
    Loss loss = Loss::none;
    unsigned copies = 0;  // 0..2
    Time due{0};          // of all copies
    bool held_back = false;
  };

  struct Counters {
    std::uint64_t packets = 0;
    std::uint64_t lost = 0;
    std::uint64_t queue_full = 0;
    std::uint64_t duplicated = 0;
    std::uint64_t held_back = 0;
  };

  // Throws std::invalid_argument, which names the option.
  explicit Impairment(const Options& options);

  // The next packet comes at `now`, not before the one before it.
  Fate decide(Time now, std::size_t bytes) noexcept;

  const Counters& counters() const noexcept { return counters_; }
  const Options& options() const noexcept { return options_; }

 private:
  enum class Effect : unsigned char { loss, jitter, reorder, duplicate };

  std::uint64_t draw(Effect effect) const noexcept;
  bool happens(Effect effect, double share) const noexcept;
  bool is_lost() noexcept;

  Options options_;
  double into_run_;    // chance that a run of losses begins
  double out_of_run_;  // ... and ends
  bool in_run_ = false;
  Time link_free_{0};
  Time last_due_{0};
  Counters counters_;
};

}  // namespace lln::net
