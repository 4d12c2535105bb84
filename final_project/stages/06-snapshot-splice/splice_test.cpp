// Stage 6: the splice, its bounds, and whole days.
#include <lln/testkit/allocations.hpp>
#include <lln/testkit/random.hpp>

#include <seeded_day.hpp>

namespace lln::project::rig {
namespace {

using State = SnapshotState;
using Failure = SnapshotFailure;

// ---- splice ----

TEST(Splice, LiveAlone) {
  Rig rig("messages in order and old ones; no snapshot");
  rig.live(1, 3);
  rig.live(2, 5);
  rig.expect("1..5", State::live);
  rig.story.expect(rig.splice.held()).equals(0U).named("what is held").units("messages");
  rig.story.expect(rig.splice.next_sequence()).equals(6U).named("the next message");
}

TEST(Splice, Overlap) {
  Rig rig("joined at 100; the snapshot ends at 105, and 114 has come meanwhile");
  rig.live(100, 109);
  rig.expect("", State::stale);
  rig.connect();
  rig.live(110, 114);
  rig.serve(whole_snapshot(105));
  rig.expect("begin; 'R one'; 'A two'; end 105", State::catching_up);
  rig.story.expect(rig.splice.held()).equals(10U).named("what is held").units("messages");
  rig.splice.catch_up(100);
  rig.live(115, 116);
  rig.expect("105..116", State::live);
}

TEST(Splice, TheSnapshotIsAhead) {
  Rig rig("100 to 109 are held, the snapshot ends at 120");
  rig.story.think("which messages come only now, and are in the snapshot already?");
  rig.live(100, 109);
  rig.connect();
  rig.serve(whole_snapshot(120));
  rig.expect("begin; 'R one'; 'A two'; end 120", State::live);
  rig.live(110, 121);
  rig.expect("120..121", State::live);
}

TEST(Splice, TooOld) {
  Rig rig("100 to 109 are held, the snapshot ends at 99, the next one at 100");
  rig.live(100, 109);
  rig.connect();
  rig.serve(whole_snapshot(99));
  rig.expect_failure(Failure::too_old);
  rig.expect("begin; 'R one'; 'A two'", State::stale);
  rig.connect();
  rig.serve(whole_snapshot(100));
  rig.splice.catch_up(100);
  rig.story.step("the second snapshot");
  rig.expect("begin; 'R one'; 'A two'; end 100; 100..109", State::live);
}

TEST(Splice, OlderThanTheBooks) {
  Rig rig("a snapshot is asked for although nothing is missing, and the server is behind");
  rig.live(1, 20);
  rig.connect();
  rig.serve(whole_snapshot(15));
  rig.expect_failure(Failure::too_old);
}

TEST(Splice, AHoleInWhatIsHeld) {
  Rig rig("100 to 104 and 107 to 109 come; the snapshots end at 103, 106 and 107");
  rig.story.think("what follows the snapshot that ends at 103?");
  rig.live(100, 104);
  rig.connect();
  rig.live(107, 109);
  rig.serve(whole_snapshot(103));
  rig.expect_failure(Failure::too_old);
  rig.connect();
  rig.serve(whole_snapshot(106));
  rig.expect_failure(Failure::too_old);
  static_cast<void>(rig.diary.told());
  rig.connect();
  rig.serve(whole_snapshot(107));
  rig.splice.catch_up(100);
  rig.expect("begin; 'R one'; 'A two'; end 107; 107..109", State::live);
}

TEST(Splice, MessagesWhileCatchingUp) {
  Rig rig("10 messages are held; after 4 of them another comes");
  rig.story.think("may it go straight to the books?");
  rig.live(100, 109);
  rig.connect();
  rig.serve(whole_snapshot(100));
  static_cast<void>(rig.diary.told());
  rig.splice.catch_up(4);
  rig.live(110, 110);
  rig.live(105, 105);
  rig.expect("100..103", State::catching_up);
  rig.splice.catch_up(7);
  rig.live(111, 111);
  rig.expect("104..111", State::live);
}

TEST(Splice, AHoleWhileCatchingUp) {
  Rig rig("while 10 messages are held after a snapshot, message 110 is lost");
  rig.live(100, 109);
  rig.connect();
  rig.serve(whole_snapshot(100));
  rig.splice.catch_up(4);
  static_cast<void>(rig.diary.told());
  rig.live(111, 112);
  rig.splice.catch_up(100);
  rig.expect("", State::stale);
  rig.story.expect(rig.splice.next_sequence()).equals(104U).named("the first message that the books miss");
  rig.connect();
  rig.serve(whole_snapshot(112));
  rig.splice.catch_up(100);
  rig.expect("begin; 'R one'; 'A two'; end 112; 112", State::live);
}

TEST(Splice, EndOfSession) {
  Rig rig("the day ends while messages are held");
  rig.live(100, 104);
  rig.connect();
  rig.splice.on_end_of_session(105);
  rig.serve(whole_snapshot(102));
  rig.expect("begin; 'R one'; 'A two'; end 102", State::catching_up);
  rig.splice.catch_up(2);
  rig.expect("102..103", State::catching_up);
  rig.splice.catch_up(2);
  rig.expect("104; end of session 105", State::live);
  rig.story.step("another snapshot, after the end");
  rig.connect();
  rig.serve(whole_snapshot(105));
  rig.expect("begin; 'R one'; 'A two'; end 105", State::live);
}

TEST(Splice, JoinedAfterTheLastMessage) {
  Rig rig("all that comes of the day is its end, at 105");
  rig.story.think("which messages have been missed, and who tells?");
  rig.splice.on_end_of_session(105);
  rig.expect("", State::stale);
  rig.connect();
  rig.serve(whole_snapshot(104));
  rig.expect_failure(Failure::too_old);
  static_cast<void>(rig.diary.told());
  rig.connect();
  rig.serve(whole_snapshot(105));
  rig.expect("begin; 'R one'; 'A two'; end 105; end of session 105", State::live);
}

TEST(Splice, GivenUp) {
  Rig rig("100 to 102 are held, and no snapshot is to be had");
  rig.live(1, 3);
  rig.live(100, 102);
  rig.story.expect(rig.splice.give_up()).equals(Gap{4, 100}).named("what is lost for good");
  rig.splice.catch_up(2);
  rig.expect("1..3; 100..101", State::catching_up);
  rig.story.expect(rig.splice.give_up()).equals(Gap{}).named("what is lost when nothing is missing");
  rig.splice.catch_up(2);
  rig.live(103, 103);
  rig.expect("102..103", State::live);
  rig.story.step("another hole, and a snapshot that is cut off");
  rig.live(200, 200);
  rig.connect();
  rig.serve(accepted() + sequenced("A part"));
  rig.splice.disconnected();
  rig.story.expect(rig.splice.give_up()).equals(Gap{104, 200}).named("what is lost for good");
  rig.splice.catch_up(2);
  rig.expect("begin; 'A part'; end 200; 200", State::live);
}

// ---- bounds ----

TEST(Bounds, TheNewestAreHeld) {
  Rig rig("room for 8; 100 to 119 come", {.hold = 8});
  rig.story.think("the snapshot will be newer than what came first: which messages does it need?");
  rig.live(100, 119);
  rig.story.expect(rig.splice.held()).equals(8U).named("what is held").units("messages");
  rig.connect();
  rig.serve(whole_snapshot(111));
  rig.expect_failure(Failure::too_old);
  static_cast<void>(rig.diary.told());
  rig.connect();
  rig.serve(whole_snapshot(112));
  rig.splice.catch_up(100);
  rig.expect("begin; 'R one'; 'A two'; end 112; 112..119", State::live);
}

TEST(Bounds, FullWhileCatchingUp) {
  Rig rig("room for 8, all taken; before any is delivered, another comes", {.hold = 8});
  rig.live(100, 107);
  rig.connect();
  rig.serve(whole_snapshot(100));
  static_cast<void>(rig.diary.told());
  rig.live(108, 108);
  rig.splice.catch_up(100);
  rig.expect("", State::stale);
}

// Keeps no more than a sum.
struct Counting final : SnapshotSink {
  void on_message(std::uint64_t, Message message) noexcept override { bytes += message.size(); }
  void on_end_of_session(std::uint64_t) noexcept override {}
  void on_snapshot_begin() noexcept override {}
  void on_snapshot_message(Message message) noexcept override { bytes += message.size(); }
  void on_snapshot_end(std::uint64_t) noexcept override {}
  std::size_t bytes = 0;
};

TEST(Bounds, LongMessages) {
  testkit::Story story("a message of 100 bytes, live, and one that is held");
  story.notes(notes);
  Counting sink;
  SnapshotSplice splice({.hold = 8}, sink);
  const std::string message(100, 'x');
  splice.on_message(1, bytes(message));
  story.expect(sink.bytes).equals(100U).named("what the books got of the first").units("bytes");
  splice.on_message(3, bytes(message));
  static_cast<void>(splice.give_up());
  splice.catch_up(1);
  story.expect(sink.bytes).equals(164U).named("what they got of both").units("bytes");
}

TEST(Bounds, NoAllocation) {
  testkit::Story story("a snapshot and what is held meanwhile");
  story.notes(notes);
  Counting sink;
  SnapshotSplice splice({.hold = 64}, sink);
  const std::string snapshot = accepted() + sequenced(std::string(60'000, 'x')) + end_of_snapshot(110);
  const testkit::AllocationCounter memory;
  for (std::uint64_t n = 100; n < 140; ++n) splice.on_message(n, bytes("m"));
  splice.connected(day, 0);
  for (std::size_t at = 0; at < snapshot.size(); at += 1000)
    splice.received(bytes(std::string_view(snapshot).substr(at, 1000)), 0);
  splice.catch_up(100);
  const auto allocated = memory.allocations();
  story.expect(sink.bytes).equals(60'030U).named("what the books got").units("bytes");
  story.expect(allocated).equals(0U).named("what was allocated").units("blocks");
}

// ---- days ----

TEST(Days, EndWithTheRightBooks) {
  testkit::Story story("a day of 600 messages with outages, and a server that is not always there");
  story.notes(notes).think("which of begin, end, hole and overflow may come in any order?");
  auto random = testkit::random();
  for (int day = 1; day <= 200 && story.ok(); ++day) {
    story.step("day " + std::to_string(day));
    SeededDay seeded(random);
    seeded.run();
    seeded.judge(story);
  }
}

}  // namespace
}  // namespace lln::project::rig
