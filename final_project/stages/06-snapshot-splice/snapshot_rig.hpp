// What the tests of this stage use: GLIMPSE streams made by hand, and a sink that writes down what it is told.
#pragma once

#include <lln/project/snapshot.hpp>
#include <lln/testkit/testkit.hpp>

#include <snapshot_splice.hpp>

#include <array>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lln::project {

// For GoogleTest: how the values stand in a sentence.
inline std::ostream& operator<<(std::ostream& to, SnapshotState state) {
  static constexpr std::array words = {"live", "stale", "loading", "catching_up"};
  const auto number = static_cast<std::size_t>(state);
  return number < words.size() ? to << words[number] : to << "SnapshotState(" << number << ')';
}
inline std::ostream& operator<<(std::ostream& to, SnapshotFailure failure) {
  static constexpr std::array words = {"none",     "rejected", "wrong_session", "timeout",
                                       "protocol", "cut_off",  "too_old"};
  const auto number = static_cast<std::size_t>(failure);
  return number < words.size() ? to << words[number] : to << "SnapshotFailure(" << number << ')';
}
inline std::ostream& operator<<(std::ostream& to, const Gap& gap) {
  return to << '[' << gap.begin << ", " << gap.end << ')';
}

namespace rig {

constexpr const char* notes = "final_project/feed-handlers.md#snapshots";
constexpr SessionId day = {'D', 'A', 'Y', '0', '0', '1', ' ', ' ', ' ', ' '};
constexpr std::uint64_t ms = 1'000'000;

inline Message bytes(std::string_view text) { return std::as_bytes(std::span(text.data(), text.size())); }
inline std::string text(Message message) {
  return {reinterpret_cast<const char*>(message.data()), message.size()};
}

// ---- what a server sends ----

inline std::string soup(char type, std::string_view payload = {}) {
  const std::size_t length = payload.size() + 1;
  std::string made{static_cast<char>(length >> 8), static_cast<char>(length), type};
  return made.append(payload);
}
inline std::string number(std::uint64_t value) {
  const std::string digits = std::to_string(value);
  return std::string(20 - digits.size(), ' ') + digits;
}
inline std::string accepted(std::string_view session = "    DAY001") {
  return soup('A', std::string(session) + number(1));
}
inline std::string sequenced(std::string_view message) { return soup('S', message); }
inline std::string end_of_snapshot(std::uint64_t next) { return sequenced("G" + number(next)); }
// Of books that two messages make.
inline std::string whole_snapshot(std::uint64_t next) {
  return accepted() + sequenced("R one") + sequenced("A two") + end_of_snapshot(next) + soup('Z');
}

// ---- what the books are told ----

// Runs of messages as "100..104"; message n of the live stream has the text "mn".
class Diary final : public SnapshotSink {
 public:
  void on_message(std::uint64_t sequence, Message message) noexcept override {
    if (text(message) != "m" + std::to_string(sequence)) add(std::to_string(sequence) + " altered");
    if (last_ != 0 && sequence == last_ + 1) {
      told_.resize(run_);
    } else {
      add("");
      run_ = told_.size();
      first_ = sequence;
    }
    last_ = sequence;
    told_ += std::to_string(first_);
    if (first_ != sequence) told_ += ".." + std::to_string(sequence);
  }
  void on_end_of_session(std::uint64_t next) noexcept override {
    add("end of session " + std::to_string(next));
  }
  void on_snapshot_begin() noexcept override { add("begin"); }
  void on_snapshot_message(Message message) noexcept override { add("'" + text(message) + "'"); }
  void on_snapshot_end(std::uint64_t next) noexcept override { add("end " + std::to_string(next)); }

  // All since the last call, separated by "; ".
  std::string told() {
    last_ = 0;
    return std::exchange(told_, {});
  }

 private:
  void add(const std::string& what) {
    if (!told_.empty()) told_ += "; ";
    told_ += what;
    last_ = 0;
  }
  std::string told_;
  std::uint64_t first_ = 0;
  std::uint64_t last_ = 0;  // 0: no run is open
  std::size_t run_ = 0;     // where the text of the open run begins
};

struct Rig {
  explicit Rig(std::string_view title, const SnapshotOptions& options = {.hold = 64})
      : story(title), splice(options, diary) {
    story.notes(notes);
  }

  void live(std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t n = first; n <= last; ++n) splice.on_message(n, bytes("m" + std::to_string(n)));
  }
  // An open connection, and the login has left.
  void connect() {
    splice.connected(day, now);
    splice.sent(splice.to_send().size(), now);
  }
  void serve(std::string_view stream) { splice.received(bytes(stream), now); }

  // The books have heard exactly this since the last look, and that is the state then.
  void expect(std::string_view told, SnapshotState state) {
    story.expect(diary.told()).equals(std::string(told)).named("what the books were told");
    story.expect(splice.state()).equals(state).named("the state");
  }
  void expect_failure(SnapshotFailure failure) {
    story.expect(splice.state()).equals(SnapshotState::stale).named("the state");
    story.expect(splice.failure()).equals(failure).named("the failure");
  }

  testkit::Story story;
  std::uint64_t now = 1'000'000 * ms;
  Diary diary;
  SnapshotSplice splice;
};

}  // namespace rig
}  // namespace lln::project
