// What the tests use: events, a carrier that brings them, a sink that looks at every byte, and an arbiter whose every call
// is told.
#pragma once

#include <lln/testkit/testkit.hpp>

#include <arbiter.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace lln::project {

struct Event {
  enum class Kind : std::uint8_t { packet, end, time, skip };
  static constexpr std::size_t by_number = ~std::size_t{0};

  Kind kind = Kind::packet;
  Line line = Line::a;
  std::uint64_t at = 0;
  std::uint64_t begin = 0;  // where a skip goes
  std::uint64_t end = 0;
  std::size_t length = by_number;  // of the messages
  bool stranger = false;           // of another session
};

inline std::string name(Line line) {
  return line == Line::a ? "line A" : line == Line::b ? "line B" : "the re-request server";
}

inline std::string told(std::uint64_t begin, std::uint64_t end) {
  return std::to_string(begin) + (end - begin > 1 ? " to " + std::to_string(end - 1) : "");
}

inline std::string told(const std::optional<Gap>& gap) {
  return gap ? told(gap->begin, gap->end) : std::string("nothing");
}

inline std::string told(const LineCounters& count) {
  const auto number = [](std::uint64_t value, const char* what) { return std::to_string(value) + what; };
  return number(count.packets, " packets, ") + number(count.messages, " messages: ") +
         number(count.first, " first, ") + number(count.duplicates, " duplicates, ") +
         number(count.overflow, " overflow; ") + number(count.filled, " filled");
}

inline std::string told(const Event& event) {
  const std::string when = "at " + std::to_string(event.at / 1000) + " us ";
  const std::string who = when + name(event.line) + (event.stranger ? " (of another session)" : "");
  switch (event.kind) {
    case Event::Kind::time:
      return when + "nothing has come";
    case Event::Kind::skip:
      return when + "skip to " + std::to_string(event.begin);
    case Event::Kind::end:
      return who + " tells of the end, next is " + std::to_string(event.begin);
    default:
      return event.begin == event.end ? who + " sends a heartbeat, next is " + std::to_string(event.begin)
                                      : who + " brings " + told(event.begin, event.end);
  }
}

// A message's bytes: the line, then a pattern of its number, the last byte inverted.
inline std::byte pattern(std::uint64_t sequence, std::size_t i, std::size_t size) {
  const std::uint64_t value = sequence * 31 + i * 7 + 5;
  return static_cast<std::byte>(i + 1 == size ? ~value : value);
}

// Looks at what it gets; keeps ranges of numbers, and no bytes. Does not allocate while it listens.
class Stream final : public MessageSink {
 public:
  Stream() {
    ranges_.reserve(8192);
    lines_.reserve(32'768);
  }

  void on_message(std::uint64_t sequence, Message message) noexcept override {
    if (!message.empty()) lines_.push_back(static_cast<char>(message[0]));
    for (std::size_t i = 1; i < message.size() && damaged_ == 0; ++i)
      if (message[i] != pattern(sequence, i, message.size()))
        damaged_ = sequence, damaged_size_ = message.size();
    if (ranges_.empty() || ranges_.back().end != sequence) ranges_.push_back({sequence, sequence});
    ++ranges_.back().end;
    late_ = late_ || ended_ != 0;
  }
  void on_end_of_session(std::uint64_t next) noexcept override {
    ++ended_;
    end_ = next;
  }

  std::string told() const {
    std::string all;
    for (const Gap& range : ranges_) {
      all += (all.empty() ? "" : " ") + std::to_string(range.begin);
      if (range.size() > 1) all += "-" + std::to_string(range.end - 1);
    }
    for (int i = 0; i < ended_; ++i) all += " end(" + std::to_string(end_) + ")";
    return all + (late_ ? ", and messages after the end" : "");
  }
  std::string damage() const {
    if (damaged_ == 0) return {};
    return "message " + std::to_string(damaged_) + " came with " + std::to_string(damaged_size_) +
           " bytes that are not its own";
  }
  const std::vector<Gap>& ranges() const { return ranges_; }
  const std::string& lines() const { return lines_; }
  int ended() const { return ended_; }

 private:
  std::vector<Gap> ranges_;
  std::string lines_;
  std::uint64_t damaged_ = 0;
  std::size_t damaged_size_ = 0;
  std::uint64_t end_ = 0;
  int ended_ = 0;
  bool late_ = false;
};

// Makes a packet in a buffer of its own, and overwrites it when the arbiter has had it. Does not allocate.
class Carrier {
 public:
  void give(const Event& event, Arbiter& arbiter) {
    if (event.kind == Event::Kind::time) return arbiter.on_time(event.at);
    if (event.kind == Event::Kind::skip) return arbiter.skip_to(event.begin);
    std::size_t used = 0;
    const std::size_t count =
        event.kind == Event::Kind::end ? 0 : static_cast<std::size_t>(event.end - event.begin);
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t sequence = event.begin + i;
      const std::size_t size = event.length == Event::by_number ? 8 + sequence % 41 : event.length;
      const std::span message = std::span(bytes_).subspan(used, size);
      for (std::size_t at = 0; at < size; ++at) message[at] = pattern(sequence, at, size);
      if (size > 0) message[0] = static_cast<std::byte>("ABR"[static_cast<std::size_t>(event.line)]);
      messages_[i] = message;
      used += size;
    }
    PacketView view;
    std::fill(view.session.begin(), view.session.end(), event.stranger ? '9' : '1');
    view.sequence = event.begin;
    view.end_of_session = event.kind == Event::Kind::end;
    view.messages = std::span(messages_).first(count);
    arbiter.on_packet(event.line, view, event.at);
    std::fill_n(bytes_.begin(), used, std::byte{0xEE});
    std::fill_n(messages_.begin(), count, Message());
  }

 private:
  std::vector<std::byte> bytes_ = std::vector<std::byte>(65'536);
  std::vector<Message> messages_ = std::vector<Message>(256);
};

// An arbiter whose every call is told.
struct Told {
  explicit Told(testkit::Story& teller,
                const ArbiterOptions& options = {.gap_timer_ns = 200'000, .window_messages = 1024})
      : story(teller), arbiter(options, stream) {
    story.notes("final_project/feed-handlers.md#two-lines");
  }

  void at(std::uint64_t time_us) { now = time_us * 1000; }
  // Messages first to last; nothing when last < first: a heartbeat.
  void brings(Line line, std::uint64_t first, std::uint64_t last) { give(packet(line, first, last + 1)); }
  void heartbeat(Line line, std::uint64_t next) { give(packet(line, next, next)); }
  void end(Line line, std::uint64_t next) {
    Event event = packet(line, next, next);
    event.kind = Event::Kind::end;
    give(event);
  }
  void waits_until(std::uint64_t time_us) {
    at(time_us);
    give({.kind = Event::Kind::time, .at = now});
  }
  void skips_to(std::uint64_t sequence) { give({.kind = Event::Kind::skip, .at = now, .begin = sequence}); }
  void give(const Event& event) {
    story.step(told(event));
    carrier.give(event, arbiter);
  }

  // "1-4 7": in the order of delivery. "end(8)": on_end_of_session.
  void expect_stream(std::string_view wanted) {
    story.expect(stream.told()).equals(std::string(wanted)).named("what the sink got");
    story.expect(stream.damage()).equals(std::string()).named("what is wrong with its bytes");
  }
  void expect_missing(std::uint64_t first, std::uint64_t last) {
    story.expect(told(arbiter.missing())).equals(told(Gap{first, last + 1})).named("missing()");
  }
  void expect_nothing_missing() {
    story.expect(told(arbiter.missing())).equals("nothing").named("missing()");
  }
  void expect_known(std::uint64_t next, std::uint64_t end) {
    story.expect(arbiter.next_sequence()).equals(next).named("next_sequence()");
    story.expect(arbiter.known_end()).equals(end).named("known_end()");
  }
  void expect_counts(Line line, const LineCounters& wanted) {
    story.expect(told(arbiter.counters().lines[static_cast<std::size_t>(line)]))
        .equals(told(wanted))
        .named(name(line));
  }

  Event packet(Line line, std::uint64_t begin, std::uint64_t end) const {
    return {.kind = Event::Kind::packet, .line = line, .at = now, .begin = begin, .end = end};
  }

  testkit::Story& story;
  Stream stream;
  Carrier carrier;
  Arbiter arbiter;
  std::uint64_t now = 0;
};

}  // namespace lln::project
