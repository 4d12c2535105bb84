// One of the two multicast lines, with everything that can go wrong on it: loss, duplication, reordering, skew, outages.
//
// Decisions are drawn from the line's own seeded stream, three draws a packet whatever happens, so the same packets and
// seed give the same losses, and line A's do not depend on line B's.
// Threads: one thread. Guarantees: the time is passed in; allocates only while packets are held back.
#pragma once

#include <lln/exchange/random.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <span>
#include <vector>

namespace lln::exchange {

/// Where datagrams leave.
class DatagramSink {
 public:
  virtual ~DatagramSink() = default;
  virtual void send(std::span<const std::byte> datagram, std::int64_t now_ns) = 0;

 protected:
  DatagramSink() = default;
  DatagramSink(const DatagramSink&) = default;
  DatagramSink& operator=(const DatagramSink&) = default;
};

struct Outage {
  std::int64_t begin_ns = 0;  ///< from the start of publishing
  std::int64_t end_ns = 0;    ///< first moment after it
};

struct LineOptions {
  double loss = 0;                ///< probability that a packet is lost, 0..1
  double duplicate = 0;           ///< that it is sent twice
  double reorder = 0;             ///< that it is held back until 1 to 3 later ones have left
  std::int64_t skew_ns = 0;       ///< all packets leave so much later
  std::vector<Outage> outages{};  ///< nothing leaves meanwhile, heartbeats included
};

struct LineCounters {
  std::uint64_t offered =
      0;  ///< packets that the exchange wanted to send, heartbeats and end of session included
  std::uint64_t sent = 0;  ///< datagrams handed to the sink
  std::uint64_t lost = 0;
  std::uint64_t lost_in_outage = 0;
  std::uint64_t duplicated = 0;
  std::uint64_t reordered = 0;
};

class Line {
 public:
  /// `stream`: another one for each line.
  Line(const LineOptions& options, std::uint64_t seed, std::uint64_t stream, DatagramSink& sink)
      : options_(options), random_(seed, stream), sink_(sink) {}

  void send(std::span<const std::byte> packet, std::int64_t now_ns);
  /// Sends what the skew has held back long enough. Call it often.
  void poll(std::int64_t now_ns);
  /// When poll() has something to do next; INT64_MAX = nothing.
  std::int64_t next_due_ns() const noexcept {
    return delayed_.empty() ? std::numeric_limits<std::int64_t>::max() : delayed_.front().due_ns;
  }
  /// Sends everything that is held back, at once.
  void flush(std::int64_t now_ns);

  const LineCounters& counters() const noexcept { return counters_; }

 private:
  struct Delayed {
    std::int64_t due_ns;
    std::vector<std::byte> packet;
  };
  struct Held {
    unsigned behind;  // packets that must leave first
    std::vector<std::byte> packet;
  };

  bool in_outage(std::int64_t now_ns) const noexcept;
  void emit(std::span<const std::byte> packet, std::int64_t now_ns);
  void release_held(std::int64_t now_ns);

  LineOptions options_;
  Random random_;
  DatagramSink& sink_;
  std::deque<Delayed> delayed_;
  std::vector<Held> held_;
  LineCounters counters_;
};

}  // namespace lln::exchange
