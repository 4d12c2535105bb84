// What is missing in the stream, as the recovery sees it: a view of the arbiter's state, valid until its next
// call.
//
// Threads: one. Cost: a few words of the window's bitmap.
#pragma once

#include <lln/handler/reorder_window.hpp>

#include <algorithm>
#include <cstdint>

namespace lln::handler {

struct GapView {
  const ReorderWindow& window;
  std::uint64_t next;        // first number not yet delivered
  std::uint64_t lost_until;  // missing numbers below this are lost on both lines
  std::uint64_t known_end;   // one above the last number known to exist

  /// The first run of lost numbers at or after `from`; empty when there is none.
  SequenceRange first_lost(std::uint64_t from) const noexcept {
    const std::uint64_t end = std::min(lost_until, known_end);
    const std::uint64_t begin = window.next_missing(std::max(from, next), end);
    return {begin, begin < end ? window.next_held(begin, end) : begin};
  }
};

}  // namespace lln::handler
