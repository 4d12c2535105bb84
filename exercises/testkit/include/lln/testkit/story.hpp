// A test that can tell what happened: a title, numbered steps, and expectations that read as sentences.
//
//   Story story("the producer laps the consumer");
//   story.notes("modules/02-lock-free/README.md#wrap").think("which index wraps first?");
//   story.step("push 1..8 into a ring of 8");
//   story.expect(ring.size()).equals(8).units("items");
//
// When an expectation does not hold, the test fails with the story so far:
//
//   Story: the producer laps the consumer
//     1. push 1..8 into a ring of 8: failed
//   ring.size() should have been 8 items, was 7 items.
//   Think about: which index wraps first?
//   Read: modules/02-lock-free/README.md#wrap
//   Rerun: ./course check 02-01
//
// The first failure of a story is the one that is told: what follows it is usually its consequence, so later
// steps and expectations are silent. `if (!story.ok()) return;` leaves a test that cannot go on. A story may
// be used by several threads at once.
#pragma once

#include <lln/testkit/detail/compare.hpp>
#include <lln/testkit/detail/print.hpp>

#include <atomic>
#include <cstddef>
#include <mutex>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lln::testkit {

class Story;

namespace detail {

// What all expectations have in common: the words, and the report when it goes out of scope.
class ExpectationRecord {
 public:
  ExpectationRecord(Story& story, std::source_location where);
  ExpectationRecord(const ExpectationRecord&) = delete;
  ExpectationRecord& operator=(const ExpectationRecord&) = delete;
  ~ExpectationRecord();

 protected:
  enum class State { not_compared, holds, fails };

  void set_name(std::string_view name);
  void set_units(std::string_view units);

  Story& story_;
  std::source_location where_;
  State state_ = State::not_compared;
  std::string name_;
  std::string units_;
  std::string_view relation_;
  std::string wanted_;
  std::string was_;
};

}  // namespace detail

template <class T>
class Expectation : detail::ExpectationRecord {
 public:
  Expectation(Story& story, const T& value, std::source_location where)
      : ExpectationRecord(story, where), value_(value) {}

  template <class U>
  Expectation& equals(const U& wanted) {
    return settle(detail::equal(value_, wanted), "been ", wanted, value_);
  }
  template <class U>
  Expectation& differs_from(const U& other) {
    return settle(!detail::equal(value_, other), "differed from ", other, value_);
  }
  template <class U>
  Expectation& at_most(const U& limit) {
    return settle(!detail::less(limit, value_), "been at most ", limit, value_);
  }
  template <class U>
  Expectation& at_least(const U& limit) {
    return settle(!detail::less(value_, limit), "been at least ", limit, value_);
  }
  Expectation& is_true() { return is(true); }
  Expectation& is_false() { return is(false); }

  // What the value is called; without it the sentence quotes the test's source.
  Expectation& named(std::string_view name) {
    set_name(name);
    return *this;
  }
  // Plural: "items", "ns". A lone one becomes singular by itself.
  Expectation& units(std::string_view units) {
    set_units(units);
    return *this;
  }

 private:
  Expectation& is(bool wanted) {
    const auto was = static_cast<bool>(value_);
    return settle(was == wanted, "been ", wanted, was);
  }
  template <class U, class V>
  Expectation& settle(bool holds, std::string_view relation, const U& wanted, const V& was) {
    if (state_ == State::fails) return *this;
    state_ = State::holds;
    if (!holds) fails(relation, wanted, was);
    return *this;
  }
  template <class U, class V>
  [[gnu::cold, gnu::noinline]] void fails(std::string_view relation, const U& wanted, const V& was) {
    state_ = State::fails;
    relation_ = relation;
    wanted_ = detail::print(wanted);
    was_ = detail::print(was);
  }

  const T& value_;  // lives as long as the full expression story.expect(...)....; so does this object
};

class Story {
 public:
  explicit Story(std::string_view title, std::source_location where = std::source_location::current());
  ~Story();
  Story(const Story&) = delete;
  Story& operator=(const Story&) = delete;

  Story& notes(std::string_view anchor);
  Story& think(std::string_view question);
  Story& step(std::string_view what);

  template <class T>
  [[nodiscard]] Expectation<T> expect(const T& value,
                                      std::source_location where = std::source_location::current()) {
    return Expectation<T>(*this, value, where);
  }
  // Fails with both sides in hex and ASCII, the bytes that differ marked.
  void expect_bytes(std::span<const std::byte> was, std::span<const std::byte> wanted,
                    std::source_location where = std::source_location::current());
  void expect_bytes(std::span<const unsigned char> was, std::span<const unsigned char> wanted,
                    std::source_location where = std::source_location::current());
  void expect_bytes(std::string_view was, std::string_view wanted,
                    std::source_location where = std::source_location::current());

  // For a failure that is no comparison: a whole sentence.
  void fail(std::string_view sentence, std::source_location where = std::source_location::current());

  bool ok() const { return !failed_.load(std::memory_order_relaxed); }

 private:
  std::string told(std::string_view last_step, std::string_view sentence) const;
  void show_if_killed() const;

  std::source_location where_;
  std::string title_;
  std::string notes_;
  std::string question_;
  std::vector<std::string> steps_;
  int exceptions_at_start_;
  mutable std::mutex mutex_;
  std::atomic<bool> failed_{false};
};

}  // namespace lln::testkit
