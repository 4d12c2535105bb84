#include <lln/testkit/detail/run.hpp>
#include <lln/testkit/detail/text.hpp>
#include <lln/testkit/story.hpp>

#include <gtest/gtest.h>

#include <exception>

namespace lln::testkit {

namespace detail {

ExpectationRecord::ExpectationRecord(Story& story, std::source_location where)
    : story_(story), where_(where) {}

void ExpectationRecord::set_name(std::string_view name) { name_ = name; }
void ExpectationRecord::set_units(std::string_view units) { units_ = units; }

ExpectationRecord::~ExpectationRecord() {
  if (state_ == State::holds || !story_.ok()) return;
  std::string name = name_;
  if (name.empty()) name = argument_in_source(where_, "expect");
  if (name.empty()) name = "the value";
  if (state_ == State::not_compared) {
    story_.fail("The test compares " + name + " with nothing: .equals(...) or another comparison is missing.",
                where_);
    return;
  }
  story_.fail(name + " should have " + std::string(relation_) + with_units(wanted_, units_) + ", was " +
                  with_units(was_, units_) + ".",
              where_);
}

}  // namespace detail

Story::Story(std::string_view title, std::source_location where)
    : where_(where), title_(title), exceptions_at_start_(std::uncaught_exceptions()) {
  show_if_killed();
}

Story::~Story() {
  if (ok() && std::uncaught_exceptions() > exceptions_at_start_) {
    fail("An exception left the test; the line after this one says which.", where_);
  }
  detail::set_last_words("");
}

Story& Story::notes(std::string_view anchor) {
  const std::lock_guard lock(mutex_);
  notes_ = anchor;
  show_if_killed();
  return *this;
}

Story& Story::think(std::string_view question) {
  const std::lock_guard lock(mutex_);
  question_ = question;
  show_if_killed();
  return *this;
}

Story& Story::step(std::string_view what) {
  const std::lock_guard lock(mutex_);
  if (!ok()) return *this;
  steps_.emplace_back(what);
  show_if_killed();
  return *this;
}

std::string Story::told(std::string_view last_step, std::string_view sentence) const {
  std::string text = "Story: " + title_ + '\n';
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const bool last = i + 1 == steps_.size();
    text += "  " + std::to_string(i + 1) + ". " + steps_[i] + ": " + std::string(last ? last_step : "done") +
            '\n';
  }
  if (!sentence.empty()) {
    text += sentence;
    if (text.back() != '\n') text += '\n';
  }
  if (!question_.empty()) text += "Think about: " + question_ + '\n';
  if (!notes_.empty()) text += "Read: " + notes_ + '\n';
  return text + detail::rerun_lines();
}

void Story::show_if_killed() const { detail::set_last_words(told("\1", "")); }

void Story::fail(std::string_view sentence, std::source_location where) {
  const std::lock_guard lock(mutex_);
  if (failed_.exchange(true)) return;
  std::string text = told("failed", sentence);
  text.pop_back();             // GoogleTest ends the line
  detail::set_last_words("");  // told now; what a later crash would add is a consequence
  GTEST_MESSAGE_AT_(where.file_name(), static_cast<int>(where.line()), "",
                    testing::TestPartResult::kNonFatalFailure)
      << text;
}

void Story::expect_bytes(std::span<const std::byte> was, std::span<const std::byte> wanted,
                         std::source_location where) {
  if (!ok()) return;
  const detail::BytesDifference difference = detail::compare_bytes(was, wanted);
  if (difference.sentence.empty()) return;
  std::string name = detail::argument_in_source(where, "expect_bytes");
  if (name.empty()) name = "the bytes";
  fail(name + ' ' + difference.sentence + ".\n" + difference.dump, where);
}

void Story::expect_bytes(std::span<const unsigned char> was, std::span<const unsigned char> wanted,
                         std::source_location where) {
  expect_bytes(std::as_bytes(was), std::as_bytes(wanted), where);
}

void Story::expect_bytes(std::string_view was, std::string_view wanted, std::source_location where) {
  expect_bytes(std::as_bytes(std::span(was)), std::as_bytes(std::span(wanted)), where);
}

}  // namespace lln::testkit
