// mutant: any-schedule release: a piece out of the middle of a hole does not shorten it
#pragma once

#include <lln/project/packet.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <vector>

namespace lln::project {

struct ArbiterOptions {
  std::uint64_t first_sequence = 1;      // the first message to deliver
  std::uint64_t gap_timer_ns = 200'000;  // how long the other line has to bring what one has lost
  std::size_t window_messages = 65'536;  // the reorder window
  std::size_t message_bytes = 64;        // the longest message that has to be held
};

// What one line brought. messages == first + duplicates + overflow.
struct LineCounters {
  std::uint64_t packets = 0;     // of our session; heartbeats and ends of session too
  std::uint64_t messages = 0;    // in those packets
  std::uint64_t first = 0;       // messages whose first copy came on this line; delivered, or held
  std::uint64_t duplicates = 0;  // messages that were delivered, held or passed over already
  std::uint64_t overflow = 0;    // messages that came too early to be held: outside the window, or too long
  std::uint64_t filled = 0;      // of `first`: below known_end() as it was before their packet, so in a hole
};

struct ArbiterCounters {
  std::array<LineCounters, 3> lines{};  // by Line
  std::uint64_t foreign = 0;            // packets of another session
  std::uint64_t gaps = 0;  // packets of any kind whose sequence was above known_end(): each opened a hole
};

class Arbiter {
 public:
  Arbiter(const ArbiterOptions& options, MessageSink& sink)
      : sink_(sink),
        gap_timer_ns_(options.gap_timer_ns),
        message_bytes_(options.message_bytes),
        next_(options.first_sequence),
        known_end_(options.first_sequence),
        slots_(std::bit_ceil(options.window_messages)),
        bytes_(slots_.size() * options.message_bytes) {}

  void on_packet(Line line, const PacketView& packet, std::uint64_t now_ns) noexcept {
    now_ = now_ns;
    if (!session_) session_ = packet.session;
    if (*session_ == packet.session) {
      take(packet, counters_.lines[static_cast<std::size_t>(line)]);
    } else {
      ++counters_.foreign;
    }
    settle();
  }

  void on_time(std::uint64_t now_ns) noexcept {
    now_ = now_ns;
    settle();
  }

  std::optional<Gap> missing() const noexcept {
    if (next_ == known_end_ || next_ >= lost_until_) return std::nullopt;
    return Gap{next_, std::min(first_held_, known_end_)};
  }

  void skip_to(std::uint64_t sequence) noexcept {
    if (sequence <= next_) return;
    next_ = sequence;
    known_end_ = std::max(known_end_, sequence);
    drain();
    settle();
  }

  std::uint64_t next_sequence() const noexcept { return next_; }
  std::uint64_t known_end() const noexcept { return known_end_; }
  const ArbiterCounters& counters() const noexcept { return counters_; }

 private:
  static constexpr std::uint64_t none = std::numeric_limits<std::uint64_t>::max();

  // A slot tells which message it holds, so it never has to be freed: numbers below next_ are not looked for.
  struct Slot {
    std::uint64_t sequence = 0;
    std::uint64_t came_ns = 0;
    std::size_t size = 0;
  };

  std::size_t index(std::uint64_t sequence) const noexcept { return sequence & (slots_.size() - 1); }
  bool held(std::uint64_t sequence) const noexcept { return slots_[index(sequence)].sequence == sequence; }
  std::byte* room(std::uint64_t sequence) noexcept {
    return bytes_.data() + index(sequence) * message_bytes_;
  }

  void take(const PacketView& packet, LineCounters& count) noexcept {
    ++count.packets;
    count.messages += packet.messages.size();
    if (packet.end_of_session && packet.sequence < known_end_) return;

    const std::uint64_t known_before = known_end_;
    if (packet.sequence > known_end_) ++counters_.gaps;
    tell(packet.end());
    if (packet.end_of_session) end_ = packet.sequence;
    if (packet.sequence > next_) {
      hold(packet, known_before, count);
    } else {
      deliver(packet, known_before, count);
    }
  }

  // Messages up to `end` exist. The clock of what is known but not held runs from the first word of it.
  void tell(std::uint64_t end) noexcept {
    if (end <= known_end_) return;
    if (known_end_ <= std::max(held_end_, next_)) told_ns_ = now_;
    known_end_ = end;
    if (end_ && end > *end_) end_.reset();  // it was not the end
  }

  void deliver(const PacketView& packet, std::uint64_t known_before, LineCounters& count) noexcept {
    if (packet.end() <= next_) {
      count.duplicates += packet.messages.size();
      return;
    }
    const std::uint64_t old = next_ - packet.sequence;
    count.duplicates += old;
    for (const Message message : packet.messages.subspan(old)) {
      if (held(next_)) {
        ++count.duplicates;
      } else {
        ++count.first;
        if (next_ < known_before) ++count.filled;
      }
      sink_.on_message(next_, message);
      ++next_;
    }
    drain();
  }

  void hold(const PacketView& packet, std::uint64_t known_before, LineCounters& count) noexcept {
    std::uint64_t sequence = packet.sequence;
    for (const Message message : packet.messages) {
      if (sequence - next_ >= slots_.size() || message.size() > message_bytes_) {
        ++count.overflow;
      } else if (held(sequence)) {
        ++count.duplicates;
      } else {
        slots_[index(sequence)] = {sequence, now_, message.size()};
        if (!message.empty()) std::memcpy(room(sequence), message.data(), message.size());
        if (first_held_ == none) first_held_ = sequence;
        held_end_ = std::max(held_end_, sequence + 1);
        ++count.first;
        if (sequence < known_before) ++count.filled;
      }
      ++sequence;
    }
  }

  void drain() noexcept {
    for (; held(next_); ++next_) sink_.on_message(next_, {room(next_), slots_[index(next_)].size});
  }

  // After each change of next_, of what is held or of the time.
  void settle() noexcept {
    if (first_held_ < next_) {  // a hole is behind us: where does the one before us end?
      first_held_ = next_;
      while (first_held_ < held_end_ && !held(first_held_)) ++first_held_;
      if (first_held_ >= held_end_) first_held_ = none;
    }
    if (next_ < known_end_) {
      const bool bounded = first_held_ != none;
      const std::uint64_t since = bounded ? slots_[index(first_held_)].came_ns : told_ns_;
      if (next_ < lost_until_ || now_ - since >= gap_timer_ns_)
        lost_until_ = std::max(lost_until_, bounded ? first_held_ : known_end_);
    }
    if (end_ && next_ >= *end_ && !end_told_) {
      end_told_ = true;
      sink_.on_end_of_session(*end_);
    }
  }

  MessageSink& sink_;
  std::uint64_t gap_timer_ns_;
  std::size_t message_bytes_;
  std::optional<SessionId> session_;
  std::uint64_t next_;
  std::uint64_t known_end_;
  std::uint64_t first_held_ = none;  // above next_
  std::uint64_t held_end_ = 0;       // one past the highest message that was ever held
  std::uint64_t lost_until_ = 0;     // what is missing below is lost
  std::uint64_t now_ = 0;
  std::uint64_t told_ns_ = 0;  // when something first told of more than is held
  std::optional<std::uint64_t> end_;
  bool end_told_ = false;
  ArbiterCounters counters_;
  std::vector<Slot> slots_;
  std::vector<std::byte> bytes_;
};

}  // namespace lln::project
