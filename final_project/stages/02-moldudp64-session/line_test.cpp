// One line of one session: what came, what is missing, what came twice, and when the day is over.
#include <lln/testkit/allocations.hpp>
#include <lln/testkit/random.hpp>

#include <datagrams.hpp>

#include <algorithm>
#include <set>

namespace lln::project::mold_test {
namespace {

using testkit::AllocationCounter;
using testkit::Story;

// ---- line ----

TEST(Line, InOrder) {
  Story story("a line that loses nothing: 1 to 10, 11, a heartbeat, 12 to 20");
  story.notes(notes);
  SessionTracker line;
  story.expect(line.next()).equals(1U).named("next() of a new tracker");
  expect_observed(story, line, packet(1, 11), {Arrival::in_order, 10, 11, 0});
  expect_observed(story, line, packet(11, 12), {Arrival::in_order, 1, 12, 0});
  expect_observed(story, line, packet(12, 12), {Arrival::in_order, 0, 12, 0});
  expect_observed(story, line, packet(12, 21), {Arrival::in_order, 9, 21, 0});
  const SessionCounters counters = line.counters();
  story.expect(counters.packets).equals(4U).named("the packets");
  story.expect(counters.messages).equals(20U).named("the messages");
  story.expect(counters.heartbeats).equals(1U).named("the heartbeats");
  story.expect(counters.duplicates).equals(0U).named("the duplicates");
}

TEST(Line, AGap) {
  Story story("1 to 10, then 21 to 30; then what was skipped, in two packets, the later one first");
  story.notes(notes).think("is a message lost when the next one comes before it?");
  SessionTracker line;
  expect_observed(story, line, packet(1, 11), {Arrival::in_order, 10, 11, 0});
  story.step("21 to 30");
  expect_observed(story, line, packet(21, 31), {Arrival::gap, 10, 31, 10, {11, 21}});
  story.step("16 to 20");
  expect_observed(story, line, packet(16, 21), {Arrival::late, 5, 31, 5});
  story.step("11 to 15");
  expect_observed(story, line, packet(11, 16), {Arrival::late, 5, 31, 0});
  story.step("31");
  expect_observed(story, line, packet(31, 32), {Arrival::in_order, 1, 32, 0});
}

TEST(Line, Copies) {
  Story story("1 to 10 three times, then 3 to 5");
  story.notes(notes);
  SessionTracker line;
  expect_observed(story, line, packet(1, 11), {Arrival::in_order, 10, 11, 0});
  for (unsigned i = 0; i < 2; ++i) {
    story.step("1 to 10 again");
    expect_observed(story, line, packet(1, 11), {Arrival::duplicate, 0, 11, 0});
  }
  story.step("3 to 5");
  expect_observed(story, line, packet(3, 6), {Arrival::duplicate, 0, 11, 0});
  story.expect(line.counters().messages).equals(33U).named("the messages");
  story.expect(line.counters().duplicates).equals(23U).named("the duplicates");
}

TEST(Line, PartlyNew) {
  Story story("1 to 10 and 21 to 30; then 9 to 22; then 25 to 40");
  story.notes(notes).think("which of the messages of a packet are new?");
  SessionTracker line;
  expect_observed(story, line, packet(1, 11), {Arrival::in_order, 10, 11, 0});
  expect_observed(story, line, packet(21, 31), {Arrival::gap, 10, 31, 10, {11, 21}});
  story.step("9 to 22");
  expect_observed(story, line, packet(9, 23), {Arrival::late, 10, 31, 0});
  story.expect(line.counters().duplicates).equals(4U).named("the duplicates");
  story.step("25 to 40");
  expect_observed(story, line, packet(25, 41), {Arrival::late, 10, 41, 0});
  story.expect(line.counters().duplicates).equals(10U).named("the duplicates");
}

TEST(Line, AHeartbeatRevealsAGapAtTheTail) {
  Story story("1 to 10; a heartbeat says that 15 is next, twice; an old heartbeat; then 11 to 14");
  story.notes(notes).think("the last packet before a silence is lost: who says so?");
  SessionTracker line;
  expect_observed(story, line, packet(1, 11), {Arrival::in_order, 10, 11, 0});
  story.step("a heartbeat: 15 is next");
  expect_observed(story, line, packet(15, 15), {Arrival::gap, 0, 15, 4, {11, 15}});
  story.step("the same heartbeat");
  expect_observed(story, line, packet(15, 15), {Arrival::in_order, 0, 15, 4});
  story.step("a heartbeat: 11 is next");
  expect_observed(story, line, packet(11, 11), {Arrival::duplicate, 0, 15, 4});
  story.step("11 to 14");
  expect_observed(story, line, packet(11, 15), {Arrival::late, 4, 15, 0});
  story.expect(line.counters().heartbeats).equals(3U).named("the heartbeats");
}

TEST(Line, BeginsWhereItIsTold) {
  Story story("a handler that joined at 1,000,000: 999,990 to 1,000,009, then 1,000,020");
  story.notes(notes).think("did the line lose what lies before our first number?");
  SessionTracker line(1'000'000);
  expect_observed(story, line, packet(999'990, 1'000'010), {Arrival::late, 10, 1'000'010, 0});
  expect_observed(story, line, packet(1'000'020, 1'000'021),
                  {Arrival::gap, 1, 1'000'021, 10, {1'000'010, 1'000'020}});
}

TEST(Line, RemembersTheLast4096) {
  Story story("line without 6,000 to 6,009; 10,000 more; and 4,000 later what was missing comes after all");
  story.notes(notes).think("how much must be remembered, and what is forgotten first?");
  SessionTracker line;
  for (std::uint64_t n = 1; n < 6'000; n += 100)
    static_cast<void>(line.on_packet(packet(n, std::min<std::uint64_t>(n + 100, 6'000))));
  expect_observed(story, line, packet(6'010, 10'000), {Arrival::gap, 3'990, 10'000, 10, {6'000, 6'010}});
  story.step("5,990 to 6,014");
  expect_observed(story, line, packet(5'990, 6'015), {Arrival::late, 10, 10'000, 0});
  story.step("10,000 to 69,999 in one packet, then 66,000 to 69,999 again");
  expect_observed(story, line, packet(10'000, 70'000), {Arrival::in_order, 60'000, 70'000, 0});
  expect_observed(story, line, packet(66'000, 70'000), {Arrival::duplicate, 0, 70'000, 0});
}

TEST(Line, RemembersTheFarEndOfTheWindow) {
  Story story("a line without 5,000 to 5,009, and so without what is 4,096 messages back");
  story.notes(notes).think("which messages share a place in what you remember?");
  SessionTracker line(5'000);
  expect_observed(story, line, packet(5'010, 5'000 + 4'096),
                  {Arrival::gap, 4'086, 9'096, 10, {5'000, 5'010}});
  story.step("5,000, which is 4,096 below next()");
  expect_observed(story, line, packet(5'000, 5'001), {Arrival::late, 1, 9'096, 9});
  story.step("9,096 to 9,199, and these once more");
  expect_observed(story, line, packet(9'096, 9'200), {Arrival::in_order, 104, 9'200, 9});
  expect_observed(story, line, packet(9'096, 9'200), {Arrival::duplicate, 0, 9'200, 9});
}

TEST(Line, AnEnormousGap) {
  Story story("1 to 10, then 2^63: a number that only an error or an enemy sends");
  story.notes(notes).think("how long does your loop over a gap take?");
  constexpr std::uint64_t far = std::uint64_t{1} << 63;
  SessionTracker line;
  expect_observed(story, line, packet(1, 11), {Arrival::in_order, 10, 11, 0});
  expect_observed(story, line, packet(far, far + 2), {Arrival::gap, 2, far + 2, far - 11, {11, far}});
  story.step("the 100 messages before it");
  expect_observed(story, line, packet(far - 100, far), {Arrival::late, 100, far + 2, far - 111});
  expect_observed(story, line, packet(far - 100, far), {Arrival::duplicate, 0, far + 2, far - 111});
}

TEST(Line, AllocatesNothingAndThrowsNothing) {
  Story story("a tracker at work");
  story.notes(notes);
  const PacketView views[] = {packet(1, 40), packet(50, 60), packet(30, 55), day_ends(60)};
  const AllocationCounter memory;
  SessionTracker line;
  for (const PacketView& view : views) static_cast<void>(line.on_packet(view));
  const auto allocated = memory.allocations();
  story.expect(line.missing()).equals(0U).named("missing()").units("messages");
  story.expect(allocated).equals(0U).named("what was allocated").units("blocks");
  story.expect(noexcept(line.on_packet(views[0]))).is_true().named("on_packet is noexcept");
}

// Packets at random, most of them in order, on a line that begins anywhere; what they bring is known from a set.
void random_line(std::mt19937_64& random) {
  Story story("60 packets: in order, skipped, late, copied or partly new");
  story.notes(notes);
  std::uint64_t next = 1 + random() % 10'000;
  story.step("begin at " + std::to_string(next));
  SessionTracker line(next);
  std::set<std::uint64_t> missing;
  for (unsigned i = 0; i < 60 && story.ok(); ++i) {
    std::uint64_t begin = next;
    if (random() % 4 == 0) begin += random() % 90;
    if (random() % 3 == 0) begin -= std::min<std::uint64_t>(next - 1, random() % 400);
    const std::uint64_t end = begin + random() % 40;

    Wanted wanted{.arrival = Arrival::in_order, .fresh = 0, .next = 0, .missing = 0, .gap = {next, begin}};
    const bool below = begin < next;
    if (begin > next) wanted.arrival = Arrival::gap;
    for (; next < begin; ++next) missing.insert(next);
    for (std::uint64_t n = begin; n < end; ++n) wanted.fresh += n >= next || missing.erase(n) > 0 ? 1 : 0;
    if (below) wanted.arrival = wanted.fresh > 0 ? Arrival::late : Arrival::duplicate;
    next = std::max(next, end);
    wanted.next = next;
    wanted.missing = missing.size();
    story.step("messages [" + std::to_string(begin) + ", " + std::to_string(end) + ")");
    expect_observed(story, line, packet(begin, end), wanted);
  }
}

TEST(Line, AtRandom) {
  auto random = testkit::random();
  for (unsigned round = 0; round < 40 && !HasFailure(); ++round) random_line(random);
}

// ---- day ----

TEST(Day, TheFirstSessionIsOurs) {
  Story story("a packet of session ...9B; packets of ...9C; more of ...9B");
  story.notes(notes).think("what would one stray packet do to a book if its session were taken over?");
  SessionTracker line;
  story.expect(line.session().has_value()).is_false().named("a session before the first packet");
  expect_observed(story, line, packet(1, 11), {Arrival::in_order, 10, 11, 0});
  story.expect(line.session() == ours).is_true().named("the session is that of the first packet");
  story.step("100 to 110, a heartbeat and the end of another session");
  expect_observed(story, line, packet(100, 111, other), {Arrival::foreign, 0, 11, 0});
  expect_observed(story, line, packet(111, 111, other), {Arrival::foreign, 0, 11, 0});
  expect_observed(story, line, day_ends(11, other), {Arrival::foreign, 0, 11, 0});
  story.expect(line.end().has_value()).is_false().named("an end of our session");
  story.step("11 of our session");
  expect_observed(story, line, packet(11, 12), {Arrival::in_order, 1, 12, 0});
  story.expect(line.counters().foreign).equals(3U).named("the foreign packets");
  story.expect(line.counters().packets).equals(2U).named("our packets");
}

TEST(Day, AnotherSessionByDecision) {
  Story story("1 to 10 of a session; then the handler adopts another one; then packets of both");
  story.notes(notes);
  SessionTracker line;
  expect_observed(story, line, packet(1, 11), {Arrival::in_order, 10, 11, 0});
  expect_observed(story, line, packet(21, 31), {Arrival::gap, 10, 31, 10, {11, 21}});
  static_cast<void>(line.on_packet(day_ends(31)));
  line.adopt(other, 5);
  story.expect(line.next()).equals(5U).named("next()");
  story.expect(line.missing()).equals(0U).named("missing()").units("messages");
  story.expect(line.end().has_value()).is_false().named("an end of the new session");
  story.expect(line.counters().packets).equals(0U).named("the packets");
  expect_observed(story, line, packet(31, 32), {Arrival::foreign, 0, 5, 0});
  expect_observed(story, line, packet(5, 8, other), {Arrival::in_order, 3, 8, 0});
}

TEST(Day, IsOverWhenAllOfItHasBeenShown) {
  Story story("1 to 10; the end of the session says 13; then 11 to 12");
  story.notes(notes).think("the end has come: has everything before it?");
  SessionTracker line;
  expect_observed(story, line, packet(1, 11), {Arrival::in_order, 10, 11, 0});
  story.expect(line.complete()).is_false().named("complete() before the end of the session");
  story.step("the end of the session, at 13");
  expect_observed(story, line, day_ends(13), {Arrival::gap, 0, 13, 2, {11, 13}});
  story.expect(line.end() == std::uint64_t{13}).is_true().named("end() is 13");
  story.expect(line.complete()).is_false().named("complete() without 11 and 12");
  story.step("11 and 12");
  expect_observed(story, line, packet(11, 13), {Arrival::late, 2, 13, 0});
  story.expect(line.complete()).is_true().named("complete()");
  story.expect(line.counters().ends_of_session).equals(1U).named("the ends of session");
  story.expect(line.counters().heartbeats).equals(0U).named("the heartbeats");
}

TEST(Day, AnEndBeforeTheEnd) {
  Story story("1 to 10; then an end of the session at 5");
  story.notes(notes).think("ten messages came: can the day have had four?");
  SessionTracker line;
  expect_observed(story, line, packet(1, 11), {Arrival::in_order, 10, 11, 0});
  expect_observed(story, line, day_ends(5), {Arrival::duplicate, 0, 11, 0});
  story.expect(line.end().has_value()).is_false().named("an end");
  story.expect(line.complete()).is_false().named("complete()");
}

}  // namespace
}  // namespace lln::project::mold_test
