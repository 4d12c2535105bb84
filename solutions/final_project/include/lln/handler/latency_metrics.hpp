// LatencyMetrics: from which instant to which, for every message and packet, into histograms.
//
//   kernel RX stamp ---- taken in hand ---- first message ---------- last message applied
//        |     receive        |   arbitrate      |        book             |
//        |------------------------ packet: rx to book ---------------------|
//        |------------- message: rx to book, one value each message -------|
//
// Every message that arrived in a packet is in `message_rx_to_book`, with the stamp of the packet that carried it, also
// when it waited in the reorder window for a hole to be filled; those that waited, and those that a re-request brought,
// are shown a second time alone (`recovered`). Nothing is ever left out of the raw series; the undisturbed one is the
// same values without those that GapWatch marks.
//
// While a run is being applied each message only leaves its clock reading behind; the values are worked out and
// recorded after the run, when its messages are in the books: the histograms' cache lines cost the next packet a little
// and no message in hand anything.
//
// Threads: the book thread only. Guarantees: noexcept, no allocation, no system call after construction.
// Cost: per message one clock reading, and after the run one record() (two with one_way); per packet three clock
// readings.
#pragma once

#include <lln/handler/gap_watch.hpp>
#include <lln/handler/itch_view.hpp>
#include <lln/handler/packet.hpp>
#include <lln/latency/histogram.hpp>
#include <lln/latency/realtime_anchor.hpp>
#include <lln/latency/tsc_clock.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace lln::handler {

/// Values of the undisturbed and of the disturbed, apart: one record() each, the raw series is their sum.
struct SplitHistogram {
  static constexpr std::uint64_t longest_ns = 600'000'000'000;  // ten minutes; longer ones count as this long
  latency::Histogram undisturbed{longest_ns, 3};
  latency::Histogram disturbed{longest_ns, 3};

  void record(bool is_disturbed, std::uint64_t ns) noexcept {
    (is_disturbed ? disturbed : undisturbed).record(ns);
  }
  latency::Histogram all() const {
    latency::Histogram sum = undisturbed;
    sum.merge(disturbed);
    return sum;
  }
};

class LatencyMetrics {
 public:
  /// Decoding alone is timed on every 64th run of messages, by walking it once more.
  static constexpr std::uint64_t decode_sample = 64;

  LatencyMetrics(const latency::TscClock& clock, bool one_way);

  GapWatch& watch() noexcept { return watch_; }
  const GapWatch& watch() const noexcept { return watch_; }

  /// Keeps ticks and CLOCK_REALTIME together; every ~10 ms, in an idle moment.
  void refresh_anchor() noexcept;

  /// A packet is taken in hand; returns the time. Then any number of runs, then packet_done().
  std::uint64_t packet_begins(const PacketStamp& stamp) noexcept;
  void packet_done() noexcept;

  /// Messages in sequence reach the books. `waited`: they are not of the packet in hand.
  void run_begins(const PacketStamp& stamp, bool waited) noexcept;
  void run_done(const BlockRun& run) noexcept;

  /// After each message of the run, by the books. `message` may be null (a block without bytes); otherwise it stays
  /// valid until run_done().
  void message_applied(const std::byte* message, std::uint64_t now = latency::TscClock::now()) noexcept {
    if (applied_count_ == applied_.size()) [[unlikely]]
      evaluate();
    applied_[applied_count_++] = {now, message};
    last_ticks_ = now;
  }

  std::uint64_t messages() const noexcept { return messages_; }
  std::uint64_t first_message_ticks() const noexcept { return first_ticks_; }
  /// When the latest message had been applied.
  std::uint64_t last_message_ticks() const noexcept { return last_ticks_; }
  std::uint64_t negative() const noexcept { return negative_; }

  SplitHistogram message_rx_to_book;
  SplitHistogram packet_rx_to_book;
  SplitHistogram sender_to_book;
  latency::Histogram recovered{SplitHistogram::longest_ns, 3};
  latency::Histogram stage_receive{SplitHistogram::longest_ns, 3};
  latency::Histogram stage_arbitrate{SplitHistogram::longest_ns, 3};
  latency::Histogram stage_book{SplitHistogram::longest_ns, 3};
  latency::Histogram stage_decode{SplitHistogram::longest_ns, 3};

 private:
  // Two clocks are compared: their jitter can put an effect before its cause. Counted, shown as 0.
  std::uint64_t not_negative(std::int64_t ns) noexcept {
    if (ns < 0) [[unlikely]] {
      ++negative_;
      return 0;
    }
    return static_cast<std::uint64_t>(ns);
  }
  std::int64_t received_ns(const PacketStamp& stamp) const noexcept {
    return stamp.kernel_rx_ns != 0 ? stamp.kernel_rx_ns : anchor_.realtime_ns(stamp.user_rx_ticks);
  }
  std::uint64_t ns_between(std::uint64_t from, std::uint64_t to) noexcept {
    return not_negative(static_cast<std::int64_t>(clock_.to_ns(to - from)));
  }
  void evaluate() noexcept;
  void record_one_way(const std::byte* message, bool disturbed, std::int64_t applied_ns) noexcept;
  void sample_decode(const BlockRun& run) noexcept;

  latency::TscClock clock_;
  latency::RealtimeAnchor anchor_;
  GapWatch watch_;
  bool one_way_;
  std::int64_t midnight_ns_;  // UTC

  // The packet in hand.
  std::uint64_t packet_ticks_ = 0;
  bool packet_delivered_ = false;
  // The run in hand.
  std::uint64_t run_ticks_ = 0;
  std::uint64_t run_taken_ = 0;
  std::int64_t run_rx_ns_ = 0;
  bool run_disturbed_ = false;
  bool run_waited_ = false;
  struct Applied {
    std::uint64_t ticks;
    const std::byte* message;
  };
  std::array<Applied, 64> applied_{};  // a packet's worth; more are worked out in between
  std::size_t applied_count_ = 0;

  std::uint64_t messages_ = 0;
  std::uint64_t runs_ = 0;
  std::uint64_t first_ticks_ = 0;
  std::uint64_t last_ticks_ = 0;
  std::uint64_t negative_ = 0;
  std::uint64_t decoded_ = 0;  // keeps the sampled walk from being optimised away
};

}  // namespace lln::handler
