// How far apart the two copies of a packet arrive, and which line was first.
//
// Threads: one. Guarantees: noexcept and no allocation after construction. Cost: one store for a first copy,
// one load and a histogram cell for a second one. Times are the kernel's where it stamped, else the
// receiver's; ns. A table of 1024 recent packets, found by their first sequence number; a copy that comes
// after its entry was reused is not measured.
#pragma once

#include <lln/handler/packet.hpp>
#include <lln/latency/histogram.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace lln::handler {

class SkewMeter {
 public:
  explicit SkewMeter(double ns_per_tick)
      : ns_per_tick_(ns_per_tick),
        lead_{latency::Histogram(highest_ns, 2), latency::Histogram(highest_ns, 2)} {}

  void first_copy(std::uint64_t sequence, Line line, const PacketStamp& stamp) noexcept {
    if (line == Line::rerequest) [[unlikely]]
      return;
    entries_[slot_of(sequence)] = {sequence, time_of(stamp), line, stamp.kernel_rx_ns != 0};
  }

  void second_copy(std::uint64_t sequence, Line line, const PacketStamp& stamp) noexcept {
    Entry& entry = entries_[slot_of(sequence)];
    const bool by_kernel = stamp.kernel_rx_ns != 0;
    if (entry.sequence != sequence || entry.line == line || line == Line::rerequest ||
        entry.by_kernel != by_kernel)
      return;
    entry.sequence = 0;  // a third copy is none of ours
    std::int64_t later = time_of(stamp) - entry.time;
    if (!by_kernel) later = static_cast<std::int64_t>(static_cast<double>(later) * ns_per_tick_);
    // The kernel may have received first what was processed second.
    const Line winner = later >= 0 ? entry.line : line;
    lead_[static_cast<std::size_t>(winner)].record(static_cast<std::uint64_t>(later >= 0 ? later : -later));
  }

  void clear_recent() noexcept { entries_.fill({}); }

  /// ns by which this line was first, over the packets that it was first with. Line A or B.
  const latency::Histogram& lead(Line line) const noexcept { return lead_[static_cast<std::size_t>(line)]; }

 private:
  struct Entry {
    std::uint64_t sequence = 0;  // 0 = none
    std::int64_t time = 0;       // ns, or ticks
    Line line = Line::a;
    bool by_kernel = false;
  };
  static constexpr std::size_t size = 1024;
  static constexpr std::uint64_t highest_ns = 10'000'000'000;

  static constexpr std::size_t slot_of(std::uint64_t sequence) noexcept {
    // Sequence numbers step by the messages of a packet; a multiplicative hash spreads any step.
    return static_cast<std::size_t>((sequence * 0x9E37'79B9'7F4A'7C15u) >> 54);
  }
  static std::int64_t time_of(const PacketStamp& stamp) noexcept {
    return stamp.kernel_rx_ns != 0 ? stamp.kernel_rx_ns : static_cast<std::int64_t>(stamp.user_rx_ticks);
  }

  double ns_per_tick_;
  std::array<Entry, size> entries_{};
  std::array<latency::Histogram, 2> lead_;
};

}  // namespace lln::handler
