// Two lossy lines in, one stream out: what is new, what is early, what is passed over, and the end.
#include <lln/testkit/testkit.hpp>

#include <arbiter.hpp>
#include <schedule.hpp>

#include <tuple>

namespace lln::project::arbiter_test {
namespace {

using testkit::Story;
constexpr Line A = Line::a;
constexpr Line B = Line::b;
constexpr Line R = Line::rerequest;

// ---- two lines ----

TEST(TwoLines, InStep) {
  Story story("both lines bring everything, B a little later");
  Told feed(story);
  story.think("what is the one number that decides what a packet is worth?");
  feed.brings(A, 1, 4);
  feed.expect_stream("1-4");
  feed.brings(B, 1, 4);
  feed.brings(A, 5, 5);
  feed.brings(A, 6, 9);
  feed.brings(B, 5, 9);
  feed.expect_stream("1-9");
  feed.expect_known(10, 10);
  feed.expect_nothing_missing();
}

TEST(TwoLines, PacketsThatOverlap) {
  Story story("the lines cut the stream into packets at different places");
  Told feed(story);
  story.think("how much of a packet is new?");
  feed.brings(A, 1, 3);
  feed.brings(B, 1, 2);
  feed.brings(B, 3, 7);
  feed.expect_stream("1-7");
  feed.brings(A, 4, 8);
  feed.brings(B, 8, 8);
  feed.brings(A, 5, 12);
  feed.expect_stream("1-12");
}

TEST(TwoLines, TheFirstCopyWins) {
  Story story("whichever line is first; a re-request is a line like any other");
  Told feed(story);
  for (const auto& [line, first, last] :
       {std::tuple(A, 1U, 2U), {B, 1U, 3U}, {R, 3U, 5U}, {A, 3U, 6U}, {B, 6U, 7U}})
    feed.brings(line, first, last);
  feed.expect_stream("1-7");
  story.expect(feed.stream.lines()).equals("AABRRAB").named("the lines whose copies were delivered");
}

TEST(TwoLines, AnotherSession) {
  Story story("packets of another session arrive in between");
  Told feed(story);
  story.think("what would a forged or delayed packet of yesterday do to the books?");
  Event stranger = feed.packet(B, 1, 4);
  stranger.stranger = true;
  feed.heartbeat(A, 1);
  feed.give(stranger);
  feed.brings(A, 1, 2);
  stranger.begin = 3, stranger.end = 9;
  feed.give(stranger);
  stranger.begin = stranger.end = 100;
  feed.give(stranger);
  stranger.kind = Event::Kind::end;
  stranger.begin = stranger.end = 3;
  feed.give(stranger);
  feed.brings(B, 3, 4);
  feed.expect_stream("1-4");
  feed.expect_known(5, 5);
  story.expect(feed.arbiter.counters().foreign).equals(4U).named("foreign").units("packets");
}

TEST(TwoLines, NotFromTheBeginning) {
  Story story("the first message wanted is 1000");
  Told feed(story, {.first_sequence = 1000});
  feed.expect_known(1000, 1000);
  feed.brings(A, 990, 997);
  feed.brings(B, 998, 1001);
  feed.expect_stream("1000-1001");
}

TEST(TwoLines, Counters) {
  Story story("what each line brought");
  Told feed(story);
  feed.brings(A, 1, 4);
  feed.brings(B, 1, 4);
  feed.brings(A, 7, 8);
  feed.heartbeat(A, 9);
  feed.brings(B, 4, 7);
  feed.brings(A, 12, 12);
  feed.brings(R, 9, 10);
  feed.brings(R, 9, 12);
  feed.expect_stream("1-12");
  feed.expect_counts(A, {.packets = 4, .messages = 7, .first = 7});
  feed.expect_counts(B, {.packets = 2, .messages = 8, .first = 2, .duplicates = 6, .filled = 2});
  feed.expect_counts(R, {.packets = 2, .messages = 6, .first = 3, .duplicates = 3, .filled = 3});
  story.expect(feed.arbiter.counters().gaps).equals(2U).named("gaps");
}

// ---- reordering ----

TEST(Reordering, TheOtherLineHasIt) {
  Story story("line A loses 3 and 4, line B brings them");
  Told feed(story);
  story.think("where are 5 and 6 meanwhile? the packet's bytes end with the call");
  feed.brings(A, 1, 2);
  feed.brings(A, 5, 6);
  feed.expect_stream("1-2");
  feed.expect_known(3, 7);
  feed.brings(B, 3, 4);
  feed.expect_stream("1-6");
  feed.expect_known(7, 7);
}

TEST(Reordering, InPieces) {
  Story story("a hole is closed in pieces, the last one first and twice");
  Told feed(story);
  feed.brings(A, 9, 12);
  feed.brings(B, 7, 8);
  feed.brings(B, 3, 3);
  feed.brings(B, 7, 8);
  feed.brings(B, 1, 1);
  feed.expect_stream("1");
  feed.expect_known(2, 13);
  feed.brings(B, 5, 6);
  feed.brings(B, 2, 2);
  feed.expect_stream("1-3");
  feed.brings(A, 4, 4);
  feed.expect_stream("1-12");
}

TEST(Reordering, OverWhatIsHeld) {
  Story story("the packet that closes the hole contains what is held, too");
  Told feed(story);
  story.think("5 and 6 are in the packet and in the window. who hands them out?");
  feed.brings(A, 5, 6);
  feed.brings(A, 9, 9);
  feed.brings(B, 1, 8);
  feed.expect_stream("1-9");
  feed.brings(A, 10, 10);
  feed.expect_stream("1-10");
}

TEST(Reordering, HalfOld) {
  Story story("a packet that is half held already goes beyond it");
  Told feed(story);
  feed.brings(A, 1, 1);
  feed.brings(A, 5, 6);
  feed.brings(B, 4, 9);
  feed.expect_counts(B, {.packets = 1, .messages = 6, .first = 4, .duplicates = 2, .filled = 1});
  feed.brings(A, 2, 3);
  feed.expect_stream("1-9");
}

TEST(Reordering, HeartbeatsTell) {
  Story story("the last packet before a pause is lost on line A; its heartbeat says so");
  Told feed(story);
  feed.brings(A, 1, 4);
  feed.heartbeat(A, 9);
  feed.expect_known(5, 9);
  feed.heartbeat(B, 5);
  feed.expect_known(5, 9);
  feed.brings(B, 5, 8);
  feed.expect_stream("1-8");
  feed.expect_known(9, 9);
}

TEST(Reordering, LengthsOfAllKinds) {
  Story story("messages of 0 to 64 bytes are held");
  Told feed(story);
  for (std::uint64_t i = 0; i < 65; ++i) {
    Event event = feed.packet(A, i + 2, i + 3);
    event.length = 64 - i;
    feed.carrier.give(event, feed.arbiter);
  }
  story.step("line A brings 2 to 66, of 64 bytes down to 0");
  feed.brings(B, 1, 1);
  feed.expect_stream("1-66");
}

TEST(Reordering, RoundTheWindow) {
  Story story("3000 messages through a window of 64, each second packet comes before the first");
  Told feed(story, {.window_messages = 64});
  story.think("what lies in the window's slots from the last time round?");
  for (std::uint64_t s = 1; s < 3000 && story.ok(); s += 6) {
    feed.carrier.give(feed.packet(A, s + 2, s + 6), feed.arbiter);
    feed.carrier.give(feed.packet(B, s + 3, s + 5), feed.arbiter);
    story.expect(feed.arbiter.next_sequence()).equals(s).named("next_sequence() with two messages missing");
    feed.carrier.give(feed.packet(B, s, s + 4), feed.arbiter);
    story.expect(feed.arbiter.next_sequence()).equals(s + 6).named("next_sequence()");
  }
  feed.expect_stream("1-3000");
}

// ---- skips and ends ----

TEST(SkipsAndEnds, OverAHole) {
  Story story("3 and 4 are given up, and come after all");
  Told feed(story);
  feed.brings(A, 1, 2);
  feed.brings(A, 5, 6);
  feed.waits_until(500);
  feed.expect_missing(3, 4);
  feed.skips_to(5);
  feed.expect_stream("1-2 5-6");
  feed.expect_nothing_missing();
  feed.expect_known(7, 7);
  feed.brings(R, 3, 4);
  feed.brings(B, 3, 7);
  feed.expect_stream("1-2 5-7");
  feed.expect_counts(R, {.packets = 1, .messages = 2, .duplicates = 2});
}

TEST(SkipsAndEnds, ToASnapshot) {
  Story story("a snapshot contains all before 100; some messages on both sides of it are held");
  Told feed(story);
  feed.brings(A, 5, 6);
  feed.brings(A, 98, 101);
  feed.brings(A, 104, 104);
  feed.skips_to(100);
  feed.expect_stream("100-101");
  feed.expect_known(102, 105);
  feed.skips_to(50);
  feed.skips_to(102);
  feed.skips_to(101);
  feed.expect_known(102, 105);
  feed.brings(B, 102, 103);
  feed.expect_stream("100-104");
}

TEST(SkipsAndEnds, BeyondEverything) {
  Story story("a snapshot is newer than all that was seen");
  Told feed(story);
  feed.brings(A, 1, 2);
  feed.brings(A, 5, 6);
  feed.skips_to(1000);
  feed.expect_known(1000, 1000);
  feed.expect_nothing_missing();
  feed.brings(A, 7, 8);
  feed.brings(A, 998, 1001);
  feed.expect_stream("1-2 1000-1001");
}

TEST(SkipsAndEnds, TheEnd) {
  Story story("both lines tell of the end of the session, again and again");
  Told feed(story);
  feed.brings(A, 1, 6);
  for (int i = 0; i < 3; ++i) {
    feed.end(A, 7);
    feed.end(B, 7);
  }
  feed.waits_until(1000);
  feed.expect_stream("1-6 end(7)");
}

TEST(SkipsAndEnds, NotBeforeTheLastMessage) {
  Story story("the end of the session overtakes two messages");
  Told feed(story);
  story.think("after which calls may the session be over?");
  feed.brings(A, 1, 6);
  feed.brings(A, 8, 8);
  feed.end(A, 9);
  feed.expect_stream("1-6");
  feed.end(B, 5);
  feed.expect_stream("1-6");
  feed.brings(B, 7, 7);
  feed.expect_stream("1-8 end(9)");
}

TEST(SkipsAndEnds, TheEndByASkip) {
  Story story("the messages before the end are given up");
  Told feed(story);
  feed.brings(A, 1, 6);
  feed.end(B, 9);
  feed.brings(A, 7, 7);
  feed.waits_until(1000);
  feed.expect_missing(8, 8);
  feed.skips_to(9);
  feed.expect_stream("1-7 end(9)");
  feed.expect_nothing_missing();
}

}  // namespace
}  // namespace lln::project::arbiter_test
