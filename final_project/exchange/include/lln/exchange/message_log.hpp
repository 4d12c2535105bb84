// A bounded ring of the day's messages by sequence number: some already published (the history that re-requests are
// served from), some generated ahead of their time.
//
//     [first, published)   history          [published, next)   work done ahead
//
// Threads: one thread. Guarantees: never overwrites a message that has not been released: a full log has no slot.
// Allocation: all at construction, 64 bytes a message. Cost: an index and a mask.
#pragma once

#include <lln/exchange/flow_message.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace lln::exchange {

class MessageLog {
 public:
  /// Room for at least so many messages (rounded up to a power of two).
  explicit MessageLog(std::size_t capacity)
      : slots_(std::bit_ceil(capacity < 2 ? std::size_t{2} : capacity)), mask_(slots_.size() - 1) {}

  std::size_t capacity() const noexcept { return slots_.size(); }
  /// Oldest message kept; equal to next() when there is none.
  std::uint64_t first() const noexcept { return first_; }
  /// Sequence number that the next appended message gets; the first is 1.
  std::uint64_t next() const noexcept { return next_; }
  std::size_t size() const noexcept { return static_cast<std::size_t>(next_ - first_); }

  /// Where the next message is to be written, nullptr when the log is full. Asking again gives the same slot.
  FlowMessage* slot() noexcept { return size() == capacity() ? nullptr : &slots_[next_ & mask_]; }
  /// The slot holds a message now.
  void append() noexcept { ++next_; }

  /// first() <= sequence < next().
  FlowMessage& operator[](std::uint64_t sequence) noexcept { return slots_[sequence & mask_]; }
  const FlowMessage& operator[](std::uint64_t sequence) const noexcept { return slots_[sequence & mask_]; }

  /// Everything below is no longer needed. Going backwards or beyond next() is cut to what is possible.
  void release_below(std::uint64_t sequence) noexcept {
    if (sequence > next_) sequence = next_;
    if (sequence > first_) first_ = sequence;
  }

 private:
  std::vector<FlowMessage> slots_;
  std::uint64_t mask_;
  std::uint64_t first_ = 1;
  std::uint64_t next_ = 1;
};

}  // namespace lln::exchange
