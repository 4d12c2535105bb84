// The gap timer, the limits, and days at random.
#include <lln/testkit/allocations.hpp>
#include <lln/testkit/random.hpp>
#include <lln/testkit/testkit.hpp>

#include <any_day.hpp>
#include <arbiter.hpp>
#include <schedule.hpp>

namespace lln::project::arbiter_limits_test {
namespace {

using testkit::AllocationCounter;
using testkit::Story;
constexpr Line A = Line::a;
constexpr Line B = Line::b;
constexpr Line R = Line::rerequest;
constexpr std::uint64_t us = 1000;

// ---- gap timer ----

TEST(GapTimer, LostOnBoth) {
  Story story("nobody brings 3 and 4; the gap timer is 200 us");
  Told feed(story);
  feed.at(50);
  feed.brings(A, 1, 2);
  feed.at(100);
  feed.brings(A, 5, 6);
  feed.expect_nothing_missing();
  feed.at(150);
  feed.brings(B, 5, 6);
  feed.waits_until(299);
  feed.expect_nothing_missing();
  feed.waits_until(300);
  feed.expect_missing(3, 4);
  feed.brings(R, 3, 4);
  feed.expect_nothing_missing();
  feed.expect_stream("1-6");
}

TEST(GapTimer, NotRestarted) {
  Story story("packets go on coming, each less than 200 us after the last");
  Told feed(story);
  story.think("which packet started the timer? may the others touch it?");
  feed.at(0);
  feed.brings(A, 2, 3);
  for (std::uint64_t i = 1; i < 4; ++i) {
    feed.at(i * 50);
    feed.brings(A, i * 2 + 2, i * 2 + 3);
    feed.heartbeat(B, i * 2 + 4);
  }
  feed.expect_nothing_missing();
  feed.at(200);
  feed.brings(B, 8, 9);
  feed.expect_missing(1, 1);
}

TEST(GapTimer, InTime) {
  Story story("line B is 150 us behind, again and again");
  Told feed(story);
  for (std::uint64_t i = 0; i < 4 && story.ok(); ++i) {
    const std::uint64_t s = 1 + i * 4;
    feed.at(1000 + i * 150);
    feed.brings(A, s + 2, s + 3);
    feed.waits_until(1000 + i * 150 + 149);
    feed.expect_nothing_missing();
    feed.brings(B, s, s + 1);
    feed.expect_nothing_missing();
  }
  feed.waits_until(5000);
  feed.expect_nothing_missing();
  feed.expect_stream("1-16");
}

TEST(GapTimer, AtTheTail) {
  Story story(
      "the last messages are lost on both lines: a heartbeat tells, in another case the end of the session");
  for (const bool end : {false, true}) {
    Told feed(story);
    feed.at(100);
    feed.brings(A, 1, 4);
    feed.at(1000);
    end ? feed.end(A, 7) : feed.heartbeat(A, 7);
    feed.at(1100);
    end ? feed.end(B, 7) : feed.heartbeat(B, 7);
    feed.waits_until(1199);
    feed.expect_nothing_missing();
    feed.waits_until(1200);
    feed.expect_missing(5, 6);
    feed.brings(R, 5, 5);
    feed.expect_missing(6, 6);
  }
}

TEST(GapTimer, TheSecondHole) {
  Story story("5 and 9 are missing; line B brings 5 at 190 us");
  Told feed(story);
  story.think("how old is the second hole when it becomes the first?");
  feed.brings(A, 1, 4);
  feed.at(100);
  feed.brings(A, 6, 8);
  feed.at(150);
  feed.brings(A, 10, 10);
  feed.at(190);
  feed.brings(B, 5, 5);
  feed.expect_stream("1-8");
  feed.waits_until(349);
  feed.expect_nothing_missing();
  feed.waits_until(350);
  feed.expect_missing(9, 9);
}

TEST(GapTimer, LostStaysLost) {
  Story story("of ten lost messages some come, in pieces, by re-request");
  Told feed(story);
  story.think("a piece out of the middle has just come. is what lies before it young again?");
  feed.brings(A, 11, 12);
  feed.waits_until(200);
  feed.expect_missing(1, 10);
  feed.at(210);
  feed.brings(R, 1, 3);
  feed.expect_missing(4, 10);
  feed.brings(R, 7, 8);
  feed.expect_missing(4, 6);
  feed.brings(R, 4, 6);
  feed.expect_missing(9, 10);
  feed.brings(R, 9, 10);
  feed.expect_nothing_missing();
  feed.expect_stream("1-12");
}

TEST(GapTimer, LostAsAWhole) {
  Story story("a lost hole turns out to be longer; then most of it comes by re-request");
  Told feed(story);
  story.think("what would a request for 13 and 14 think, were they not missing for a while?");
  feed.heartbeat(A, 10);
  feed.waits_until(200);
  feed.expect_missing(1, 9);
  feed.at(210);
  feed.brings(A, 15, 16);
  feed.expect_missing(1, 14);
  feed.brings(R, 1, 12);
  feed.expect_missing(13, 14);
}

TEST(GapTimer, AnyTimeOfDay) {
  Story story("a clock that begins at 0, and one that is large");
  for (const std::uint64_t begin : {std::uint64_t{0}, std::uint64_t{1} << 62}) {
    Told feed(story, {.gap_timer_ns = 1});
    feed.now = begin;
    feed.brings(A, 2, 2);
    feed.expect_nothing_missing();
    feed.now += 1;
    feed.give({.kind = Event::Kind::time, .at = feed.now});
    feed.expect_missing(1, 1);
  }
}

// ---- bounded ----

TEST(Bounded, NoAllocation) {
  Story story("holes, duplicates, more than the window holds, skips, an end: 12000 packets");
  Told feed(story, {.window_messages = 64});
  const AllocationCounter memory;
  std::uint64_t sum = 0;
  for (std::uint64_t s = 1; s < 24'000; s += 8) {
    feed.carrier.give(feed.packet(A, s + 4, s + 8), feed.arbiter);
    feed.carrier.give(feed.packet(B, s + 200, s + 260), feed.arbiter);
    feed.carrier.give({.kind = Event::Kind::time, .at = feed.now += 300 * us}, feed.arbiter);
    sum += feed.arbiter.missing().has_value();
    s % 16 == 1 ? feed.arbiter.skip_to(s + 4) : feed.carrier.give(feed.packet(B, s, s + 5), feed.arbiter);
  }
  const auto allocated = memory.allocations();
  story.expect(allocated).equals(0U).named("what was allocated").units("blocks");
  story.expect(sum).equals(3000U).named("missing()").units("times");
  feed.expect_known(24'001, 24'253);
}

TEST(Bounded, MoreThanTheWindow) {
  Story story("4000 messages come behind a hole, and the window has 256");
  Told feed(story, {.window_messages = 256});
  story.think("what has become of a message that found no room, when its turn comes?");
  for (std::uint64_t s = 6; s < 4006; s += 4) feed.carrier.give(feed.packet(A, s, s + 4), feed.arbiter);
  story.step("line A brings 6 to 4005, in packets of four");
  feed.expect_known(1, 4006);
  const LineCounters& line = feed.arbiter.counters().lines[0];
  story.expect(line.first).at_least(248U).named("held").units("messages");
  story.expect(line.overflow).at_least(1U).named("overflow").units("messages");
  story.expect(line.first + line.overflow).equals(4000U).named("held and overflow").units("messages");
  const std::uint64_t held = line.first;
  feed.waits_until(200);
  feed.expect_missing(1, 5);
  feed.brings(B, 1, 5);
  feed.expect_known(6 + held, 4006);
  feed.waits_until(400);
  feed.expect_missing(6 + held, 4005);
  for (std::uint64_t s = 1; s < 4006; s += 5) feed.carrier.give(feed.packet(B, s, s + 5), feed.arbiter);
  story.step("line B brings 1 to 4005, in packets of five");
  feed.expect_stream("1-4005");
}

TEST(Bounded, JoinedLate) {
  Story story("the first packet of the day is far beyond the window, and the stream goes on");
  Told feed(story);
  story.think("nothing can be held behind this hole. what is its age, then?");
  std::uint64_t s = std::uint64_t{1} << 40;
  for (int i = 0; i < 20; ++i, s += 4) {
    feed.carrier.give(feed.packet(A, s, s + 4), feed.arbiter);
    feed.now += 50 * us;
  }
  story.step("line A brings 20 packets, one each 50 us");
  feed.expect_known(1, s);
  feed.expect_missing(1, s - 1);
  feed.skips_to(s);
  feed.brings(A, s, s + 3);
  feed.expect_known(s + 4, s + 4);
}

TEST(Bounded, LongMessages) {
  Story story("a message of 5000 bytes is early, between two short ones; 64 bytes have to be held");
  Told feed(story);
  story.think("where do bytes 65 to 5000 go?");
  feed.brings(A, 2, 2);
  Event event = feed.packet(A, 3, 4);
  event.length = 5000;
  feed.give(event);
  feed.brings(A, 4, 4);
  feed.brings(B, 1, 1);
  event.line = B;
  feed.give(event);
  feed.expect_stream("1-4");
  feed.brings(A, 6, 6);
  event.begin = 5, event.end = 6;
  feed.give(event);
  feed.expect_stream("1-6");
}

TEST(Bounded, NumbersAtTheEnd) {
  Story story("the last numbers that 64 bits have");
  Told feed(story);
  story.think("what is next_sequence() + window_messages there?");
  const std::uint64_t last = ~std::uint64_t{0} - 1;
  feed.brings(A, last - 3, last);
  feed.expect_known(1, last + 1);
  feed.expect_stream("");
  feed.skips_to(last - 9);
  feed.brings(A, last - 5, last - 2);
  feed.brings(B, last - 9, last - 6);
  feed.expect_known(last - 1, last + 1);
  feed.brings(B, last - 1, last);
  feed.end(A, last + 1);
  feed.expect_known(last + 1, last + 1);
  story.expect(feed.stream.ended()).equals(1).named("ends of the session");
}

// ---- any schedule ----

TEST(AnySchedule, OnceAndInOrder) {
  Story story("two lines lose, double, delay and cut as they like; re-requests bring what is missing");
  story.notes("final_project/feed-handlers.md#two-lines")
      .think("the steps are the shortest such day that was found");
  auto random = testkit::random();
  for (int day = 0; day < 60; ++day) {
    const Day made = DayMaker(random).make();
    const std::string wrong = judge(made);
    if (wrong.empty()) continue;
    const Day shortest = shrunk(made);
    for (const Event& event : shortest.events) story.step(told(event));
    story.fail("The day begins with message " + std::to_string(shortest.options.first_sequence) +
               ", the gap timer is " + std::to_string(shortest.options.gap_timer_ns / us) + " us. " +
               judge(shortest));
    return;
  }
}

}  // namespace
}  // namespace lln::project::arbiter_limits_test
