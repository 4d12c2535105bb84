// Stage 08-01: ITCH messages become events. The brief is in README.md.
//
// Threads: a pure function on bytes of the caller. Guarantees: noexcept, allocates nothing, reads no byte outside the
// message, whatever is in it. Source: SPEC.md sections 1, 2 and 9.2.
#pragma once

#include <lln/project/itch_events.hpp>
#include <lln/project/packet.hpp>

#include <cstdint>

namespace lln::project {

enum class ItchResult : std::uint8_t {
  event,         // sink.on(...) was called once
  other,         // one of the 23 types, whole, and no handler needs it: Y L V W K J h I N O
  unknown_type,  // none of the 23 types: skipped
  truncated      // no bytes at all, or fewer than the type says: ignored
};

// Decodes one message and hands it to the sink as one of the twelve events of itch_events.hpp, by `sink.on(event)`; A and F
// are both OrderAdded. At most one call, and only with the result `event`. Bytes behind the known fields are ignored, and
// the values are not judged: that is for the books. The event is valid during the call.
template <class Sink>
ItchResult decode(Message message, Sink& sink) noexcept {
  static_cast<void>(message);  // TODO
  static_cast<void>(sink);
  return static_cast<ItchResult>(41);
}

}  // namespace lln::project
