// Which sequence numbers one line has shown: how many it lost, and whether a packet is late on its own line.
//
// Threads: one. Guarantees: noexcept, no allocation (4 KiB inside the object). Cost: a packet in order
// touches one counter, and one word of the bitmap each 64 messages. What a line skipped counts as lost; when
// it comes after all, within 32,768 messages, it is taken off again.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace lln::handler {

class LineTracker {
 public:
  void start(std::uint64_t sequence) noexcept {
    next_ = sequence;
    lost_ = 0;
    missing_.fill(0);
  }

  /// Returns true when the line had been further already: the packet is late, or a copy.
  bool see(std::uint64_t sequence, std::uint64_t count) noexcept {
    const std::uint64_t end = sequence + count;
    if (sequence == next_ && end / 64 == next_ / 64) [[likely]] {
      next_ = end;
      return false;
    }
    return see_elsewhere(sequence, end);
  }

  /// Lost so far, when the stream is known to reach up to `end`.
  std::uint64_t lost(std::uint64_t end) const noexcept { return lost_ + (end > next_ ? end - next_ : 0); }

 private:
  static constexpr std::uint64_t window = 32'768;
  static constexpr std::size_t word_of(std::uint64_t s) noexcept {
    return static_cast<std::size_t>(s / 64 % (window / 64));
  }

  bool see_elsewhere(std::uint64_t sequence, std::uint64_t end) noexcept {
    if (sequence >= next_) {
      if (sequence > next_) {
        lost_ += sequence - next_;
        advance(sequence, true);
      }
      advance(end, false);
      return false;
    }
    const std::uint64_t oldest = next_ > window ? next_ - window : 0;
    for (std::uint64_t s = std::max(sequence, oldest); s < std::min(end, next_); ++s) {
      std::uint64_t& word = missing_[word_of(s)];
      lost_ -= (word >> (s % 64)) & 1;
      word &= ~(std::uint64_t{1} << (s % 64));
    }
    if (end > next_) advance(end, false);
    return true;
  }

  // Bits at and above next_ are 0 in next_'s own word, old in the words after it.
  void advance(std::uint64_t to, bool as_missing) noexcept {
    if (to - next_ > window) {  // what lies further back is forgotten anyway
      next_ = to - window;
      missing_[word_of(next_)] = 0;
    }
    while (next_ < to) {
      const std::uint64_t step = std::min<std::uint64_t>(to - next_, 64 - next_ % 64);
      if (as_missing) missing_[word_of(next_)] |= (~std::uint64_t{0} >> (64 - step)) << (next_ % 64);
      next_ += step;
      if (next_ % 64 == 0) missing_[word_of(next_)] = 0;
    }
  }

  std::uint64_t next_ = 1;
  std::uint64_t lost_ = 0;
  std::array<std::uint64_t, window / 64> missing_{};
};

}  // namespace lln::handler
