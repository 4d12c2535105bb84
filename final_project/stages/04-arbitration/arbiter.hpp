// Stage 4 of the final project: two lossy copies of one numbered stream in, one ordered stream out. The brief is in
// README.md, the rules are SPEC.md section 8.
#pragma once

#include <lln/project/packet.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace lln::project {

struct ArbiterOptions {
  std::uint64_t first_sequence = 1;      // the first message to deliver
  std::uint64_t gap_timer_ns = 200'000;  // how long the other line has to bring what one has lost
  std::size_t window_messages = 65'536;  // the reorder window, see below
  std::size_t message_bytes = 64;        // the longest message that has to be held
};

// What one line brought. messages == first + duplicates + overflow.
struct LineCounters {
  std::uint64_t packets = 0;     // of our session; heartbeats and ends of session too
  std::uint64_t messages = 0;    // in those packets
  std::uint64_t first = 0;       // messages whose first copy came on this line; delivered, or held
  std::uint64_t duplicates = 0;  // messages that were delivered, held or passed over already
  std::uint64_t overflow = 0;    // messages that came too early to be held: outside the window, or too long
  std::uint64_t filled =
      0;  // of `first`: numbered below known_end() as it was before their packet, so in a hole
};

struct ArbiterCounters {
  std::array<LineCounters, 3> lines{};  // by Line
  std::uint64_t foreign = 0;            // packets of another session
  std::uint64_t gaps = 0;  // packets (of any kind) whose sequence was above known_end(): each opened a hole
};

// Sans I/O: packets and time come in, the sink is called. One thread. No allocation after the constructor.
//
// The session is that of the first packet; packets of another are counted and do nothing. A packet means the same on
// whichever line it comes. The bytes of a packet are the caller's and end with the call: messages in turn go to the
// sink from there, messages that are early are copied.
//
// The window. A packet behind a hole is held when it ends at or below next_sequence() + window_messages and none of
// its messages is longer than message_bytes. What is not held of other packets counts as overflow, and is missing: it
// is a hole like any other. A message in turn is delivered however long it is.
class Arbiter {
 public:
  Arbiter(const ArbiterOptions& options, MessageSink& sink) {
    static_cast<void>(options);  // TODO 1
    static_cast<void>(sink);
  }

  // Delivers what is in turn, with all that was held and now follows; holds what is early. on_end_of_session(next) is
  // called once: when all before the number that an end of session carries has been delivered or passed over. An end
  // of session below known_end() is none, and ignored. now_ns never goes back.
  void on_packet(Line line, const PacketView& packet, std::uint64_t now_ns) noexcept {
    static_cast<void>(line);  // TODO 1
    static_cast<void>(packet);
    static_cast<void>(now_ns);
  }

  // Nothing has come, but it is later.
  void on_time(std::uint64_t now_ns) noexcept {
    static_cast<void>(now_ns);  // TODO 3
  }

  // The first hole, [next_sequence(), the first message held, or known_end()), once it has outlived the gap timer: by
  // the last time told, gap_timer_ns have passed since the message right behind it came; with none held there, since
  // something (a heartbeat, the end of the session, an overflow) first told that there is more than is held. From then
  // on all of it counts as lost, until it comes or is passed over. (Earlier is allowed too, but not before
  // next_sequence() has been known to exist for gap_timer_ns.)
  std::optional<Gap> missing() const noexcept {
    return Gap{41, 40};  // TODO 3
  }

  // Messages before `sequence` will not come, or are wanted no more: they are passed over, those held among them too.
  // The stream goes on from there, with all that is held and follows. At or below next_sequence(): nothing happens.
  void skip_to(std::uint64_t sequence) noexcept {
    static_cast<void>(sequence);  // TODO 4
  }

  // The first message not yet delivered or passed over.
  std::uint64_t next_sequence() const noexcept {
    return 41;  // TODO 1
  }

  // One past the last message that is known to exist; next_sequence() when nothing is missing.
  std::uint64_t known_end() const noexcept {
    return 40;  // TODO 2
  }

  const ArbiterCounters& counters() const noexcept {
    return counters_;  // TODO 1
  }

 private:
  ArbiterCounters counters_;
};

}  // namespace lln::project
