// Where an order is found by its reference number: a hash table of cache lines, four orders in each, the order itself
// inside. Finding it and reading it is one cache miss.
//
// One thread. Nothing allocates after construction; an order never moves while it lives, so its slot number is a handle
// for the queues. Memory is 32 to 64 bytes an order of capacity whatever the references are (they are any 64-bit
// numbers, and on a real day reach 2.9e8). A lookup reads at most `probe_limit` lines; on real flows 1.01.
//
// References of one side effect arrive nearly in sequence, so neighbours share lines: 2,048 consecutive references
// fall into one window of 1,024 lines (64 KiB), two a line; the windows are scattered over the table by a multiplicative
// hash. New orders then hit lines and pages that are warm already, and no stride overloads a line.
// A full line passes the newcomer on to the next one and counts it (`passed`), so that a search can stop at the first
// line that has passed nothing on: no tombstones, deletion leaves no trace.
#pragma once

#include <lln/handler/huge_array.hpp>
#include <lln/handler/lanes.hpp>
#include <lln/handler/prefetch.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace lln::handler {

class OrderTable {
 public:
  using Slot = std::uint32_t;
  static constexpr Slot none = 0xFFFF'FFFF;
  static constexpr std::uint32_t max_queue = (1U << 24) - 1;  ///< largest value of queue()
  static constexpr std::size_t probe_limit = 32;
  static constexpr bool order_is_in_index = true;

  explicit OrderTable(std::uint32_t capacity)
      : capacity_(capacity),
        lines_(std::bit_ceil(std::max<std::size_t>(std::size_t{capacity} / 2, smallest)),
               HugeArray<Line>::Pages::untouched),
        shift_(64 - std::countr_zero(lines_.size())) {}

  /// Where the search for a reference begins; to be worked out once for each.
  using Home = std::uint32_t;
  Home home(std::uint64_t ref) const noexcept {
    const std::uint64_t scattered = ((ref >> window_bits) * 0x9E37'79B9'7F4A'7C15) >> shift_;
    const std::uint64_t inside = (ref & ((1U << window_bits) - 1)) >> 1;
    return static_cast<Home>(scattered ^ inside);
  }
  void prefetch(Home home) const noexcept { handler::prefetch(&lines_[home]); }

  /// The slot of the order if it is live and stands in its first line, where nearly all do; any other slot if not.
  Slot guess(std::uint64_t ref, Home home) const noexcept { return slot(home, lines_[home].match(ref) | 8); }

  /// The slot of a live order, or `none`.
  Slot find(std::uint64_t ref, Home home) const noexcept {
    std::size_t at = home;
    for (std::size_t probes = 0; probes < probe_limit; ++probes) {
      const Line& line = lines_[at];
      if (const unsigned match = line.match(ref) & line.taken(); match != 0) return slot(at, match);
      if (line.passed() == 0) break;
      at = next(at);
    }
    return none;
  }

  /// Whether this slot holds the live order with this reference: false for a guess that has become stale.
  bool holds(Slot slot, std::uint64_t its_ref) const noexcept {
    return ref(slot) == its_ref && queue(slot) != 0;
  }

  struct Vacancy {
    Slot slot = none;        ///< `none`: no room
    bool duplicate = false;  ///< the reference is live
  };

  /// Where an order with this reference can be put; changes nothing.
  Vacancy vacancy(std::uint64_t ref, Home home) const noexcept {
    const Line& line = lines_[home];
    const unsigned taken = line.taken();
    // Together, so that there is one branch: the same order live, one passed on, no room.
    const unsigned obstacles =
        (line.match(ref) & taken) | line.passed() | static_cast<unsigned>(taken == 0xF);
    if (obstacles == 0 && live_ != capacity_) [[likely]]
      return {slot(home, ~taken), false};
    return vacancy_further(ref, home);
  }

  /// Fills a vacancy that vacancy(ref) has just given. queue: 1 .. max_queue.
  void insert(const Vacancy& vacancy, std::uint64_t ref, Home home, std::uint32_t shares, std::uint32_t queue,
              std::size_t side) noexcept {
    if (home != vacancy.slot / 4) [[unlikely]]
      pass_by(home, vacancy.slot / 4, +1);
    Line& line = lines_[vacancy.slot / 4];
    const std::size_t i = vacancy.slot % 4;
    line.ref_low[i] = static_cast<std::uint32_t>(ref);
    line.ref_high[i] = static_cast<std::uint32_t>(ref >> 32);
    line.shares[i] = shares;
    line.tail[i] = (line.tail[i] & Line::passed_bits) | queue | (static_cast<std::uint32_t>(side) << 31);
    ++live_;
  }

  void erase(Slot slot, Home home) noexcept {
    Line& line = lines_[slot / 4];
    const std::size_t i = slot % 4;
    line.tail[i] &= Line::passed_bits;
    if (home != slot / 4) [[unlikely]]
      pass_by(home, slot / 4, -1);
    --live_;
  }

  std::uint64_t ref(Slot slot) const noexcept { return lines_[slot / 4].ref(slot % 4); }
  std::uint32_t& shares(Slot slot) noexcept { return lines_[slot / 4].shares[slot % 4]; }
  std::uint32_t shares(Slot slot) const noexcept { return lines_[slot / 4].shares[slot % 4]; }
  /// The block of the queue that the order stands in.
  std::uint32_t queue(Slot slot) const noexcept { return lines_[slot / 4].queue(slot % 4); }

  /// 0 bid, 1 ask
  std::size_t side(Slot slot) const noexcept { return lines_[slot / 4].tail[slot % 4] >> 31; }

  std::size_t live() const noexcept { return live_; }
  std::size_t bytes() const noexcept { return lines_.bytes(); }
  /// To be touched before use.
  std::span<std::byte> memory() noexcept { return lines_.memory(); }

  void clear() noexcept {
    if (live_ != 0) std::fill_n(lines_.data(), lines_.size(), Line{});
    live_ = 0;
  }

 private:
  [[gnu::noinline]] void pass_by(std::size_t from, std::size_t to, int by) noexcept {
    for (std::size_t at = from; at != to; at = next(at)) lines_[at].change_passed(by);
  }
  // One in a hundred times.
  [[gnu::noinline]] Vacancy vacancy_further(std::uint64_t ref, Home home) const noexcept {
    Vacancy found;
    std::size_t at = home;
    bool may_be_further = true;
    for (std::size_t probes = 0; probes < probe_limit; ++probes) {
      const Line& line = lines_[at];
      const unsigned taken = line.taken();
      if (may_be_further && (line.match(ref) & taken) != 0) return {none, true};
      if (found.slot == none && taken != 0xF) found.slot = slot(at, ~taken);
      if (line.passed() == 0) may_be_further = false;
      if (found.slot != none && !may_be_further) break;
      at = next(at);
    }
    if (live_ == capacity_) found.slot = none;
    return found;
  }

  struct alignas(64) Line {
    std::array<std::uint32_t, 4> ref_low;
    std::array<std::uint32_t, 4> ref_high;
    std::array<std::uint32_t, 4> shares;
    std::array<std::uint32_t, 4> tail;  // bits 0-23: queue, 0 = free; 24-30, first only: passed; 31: side

    std::uint64_t ref(std::size_t i) const noexcept {
      return (std::uint64_t{ref_high[i]} << 32) | ref_low[i];
    }
    // Sets of orders, bit i for order i. Without branches: which of the four it is cannot be predicted.
    unsigned match(std::uint64_t wanted) const noexcept {
      return bits_of((load_lanes(ref_low.data()) == all_lanes(static_cast<std::int32_t>(wanted))) &
                     (load_lanes(ref_high.data()) == all_lanes(static_cast<std::int32_t>(wanted >> 32))));
    }
    unsigned taken() const noexcept { return bits_of((load_lanes(tail.data()) & all_lanes(max_queue)) != 0); }
    std::uint32_t queue(std::size_t i) const noexcept { return tail[i] & max_queue; }
    // At most 4 x (probe_limit - 1) = 124 orders can live beyond a line that they were passed on by.
    static constexpr std::uint32_t passed_bits = 0x7F00'0000;
    std::uint32_t passed() const noexcept { return tail[0] & passed_bits; }
    void change_passed(int by) noexcept { tail[0] += static_cast<std::uint32_t>(by) << 24; }
  };
  static_assert(sizeof(Line) == 64);

  static constexpr int window_bits = 11;
  static constexpr std::size_t smallest = std::size_t{1} << (window_bits - 1);  // lines: one window

  std::size_t next(std::size_t line) const noexcept { return (line + 1) & (lines_.size() - 1); }
  // The first order of a set in this line.
  static Slot slot(std::size_t line, unsigned set) noexcept {
    return static_cast<Slot>(line * 4) + static_cast<Slot>(std::countr_zero(set));
  }

  std::size_t live_ = 0;
  std::size_t capacity_;
  HugeArray<Line> lines_;
  int shift_;
};

}  // namespace lln::handler
