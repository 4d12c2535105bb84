// The life of each message, from the sender's program to the receiver's, cut into legs at the kernel's time stamps.
//
//   send()  --stack-->  scheduled  --queue-->  sent  --wire-->  arrived  --delivery-->  received
//   program             qdisc                  device           device                  program
//
//   stack      system call, socket, UDP/TCP, IP, routing, firewall
//   queue      waiting in the queueing discipline, and the driver
//   wire       device, cable, switch, the other device, its interrupt; on lo and veth: a softirq, no wire at all
//   delivery   IP, UDP/TCP, socket buffer, waking the thread, end of its system call
//
// Departures is the sender's half: what was sent when, and the stamps of the error queue put to it by their ids.
// decompose() joins it with the receiver's half: message number i of one is message number i of the other, so the messages
// carry their number. No half knows of the other's thread: join after both have ended.
//
// Threads: plain objects, one thread at a time.
// Guarantees: add() and add_stamp() are noexcept, allocate nothing, and find a stamp's message in constant time as long as
//   stamps come about in order (binary search otherwise). No message is given another one's stamp. A message whose stamps
//   are incomplete, or go backwards (CLOCK_REALTIME was set meanwhile), is in no histogram and in a counter instead.
// Source: lln/net/timestamping.hpp says what the stamps mean.
#pragma once

#include <lln/latency/histogram.hpp>
#include <lln/net/timestamping.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lln::net {

// Times in ns, CLOCK_REALTIME; 0 = not seen.
struct Departure {
  std::uint32_t id;      // Timestamping::id_of_send()
  std::int64_t send_ns;  // just before the system call
  std::int64_t scheduled_ns;
  std::int64_t sent_ns;
  std::int64_t acknowledged_ns;
};

struct Arrival {
  std::int64_t arrived_ns;   // the kernel's receive stamp
  std::int64_t received_ns;  // the program has the bytes
};

class Departures {
 public:
  // Room for so many messages. TCP: their bytes together below 2^32.
  explicit Departures(std::size_t capacity) { departures_.reserve(capacity); }

  // In the order of sending. false: full, not kept.
  bool add(std::uint32_t id, std::int64_t send_ns) noexcept;

  // The earliest stamp of a kind stays: a later one of the same id is a retransmission. false: not kept.
  bool add_stamp(const TransmitStamp& stamp) noexcept;

  std::span<const Departure> all() const noexcept { return departures_; }
  std::uint64_t stamps() const noexcept { return stamps_; }      // kept
  std::uint64_t unknown() const noexcept { return unknown_; }    // their id is no message's
  std::uint64_t repeated() const noexcept { return repeated_; }  // retransmissions

 private:
  Departure* find(std::uint32_t id) noexcept;

  std::vector<Departure> departures_;
  std::size_t expected_ = 0;  // where the last stamp was found
  std::uint64_t stamps_ = 0;
  std::uint64_t unknown_ = 0;
  std::uint64_t repeated_ = 0;
};

enum class Leg : std::uint8_t { stack, queue, wire, delivery };
constexpr std::size_t legs = 4;
const char* to_string(Leg leg) noexcept;

// One message: the four legs and their sum, in ns.
struct Life {
  std::size_t message;
  std::array<std::int64_t, legs> leg_ns;
  std::int64_t whole_ns;
};

struct Decomposition {
  static constexpr std::uint64_t longest_ns = 10'000'000'000;

  std::array<latency::Histogram, legs> by_leg{latency::Histogram{longest_ns}, latency::Histogram{longest_ns},
                                              latency::Histogram{longest_ns}, latency::Histogram{longest_ns}};
  latency::Histogram whole{longest_ns};         // program to program
  latency::Histogram acknowledged{longest_ns};  // send() to TCP's acknowledgement, where that was asked for
  std::vector<Life> lives;                      // complete ones, the fastest first

  std::uint64_t lost = 0;       // sent, never received
  std::uint64_t unstamped = 0;  // received, but a stamp is missing
  std::uint64_t backwards = 0;  // a leg below 0: the clock was set

  // Adds another run's messages; their numbers are of that run.
  void merge(const Decomposition& other);

  // What an average message between two percentiles of the whole was made of (0..100). Unlike medians of single legs,
  // these add up to the whole. All 0 when there is none.
  struct Profile {
    std::array<double, legs> leg_ns;
    double whole_ns;
    std::size_t messages;
  };
  Profile between(double low_percentile, double high_percentile) const;
};

// Messages from `first` on: the ones before were for warming up. Shorter `arrivals`: the rest was lost.
Decomposition decompose(std::span<const Departure> departures, std::span<const Arrival> arrivals,
                        std::size_t first = 0);

}  // namespace lln::net
