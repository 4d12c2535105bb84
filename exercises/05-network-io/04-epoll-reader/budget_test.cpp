// Shares: what is left over, and who waits for whom.
#include <lln/testkit/short_io.hpp>

#include <listeners.hpp>

namespace {

using namespace lln::exercise;
using namespace lln::exercise::test;
using lln::testkit::ShortIo;

TEST(Budget, WhatIsLeftOverNeedsNoEvent) {
  Story story("1000 bytes, 100 a turn");
  story.notes(notes).think("when does the kernel report the 900 bytes that you left?");
  const Pair pair;
  Recorder recorder;
  EdgeReader reader(100);
  reader.add(pair.fd(), recorder);
  pair.write(numbers(1000));
  for (int turn = 1; turn <= 10 && story.ok(); ++turn) {
    story.step("turn " + std::to_string(turn));
    story.expect(reader.turn(at_once)).equals(100U).named("the answer").units("bytes");
  }
  expect_numbers(story, recorder, 1000);
  story.expect(reader.turn(at_once)).equals(0U).named("the answer of one more turn").units("bytes");
}

TEST(Budget, SmallerThanABufferAndLarger) {
  Story story("150000 bytes, and budgets of 1 and of 70000");
  story.notes(notes).think("how much does one read ask for, when the budget is nearly spent?");
  const Pair pair;
  Recorder recorder;
  EdgeReader reader(70'000);
  reader.add(pair.fd(), recorder);
  pair.write(numbers(150'000));
  for (const std::size_t wanted : {70'000U, 70'000U, 10'000U, 0U})
    story.expect(reader.turn(at_once)).equals(wanted).named("the answer").units("bytes");
  expect_numbers(story, recorder, 150'000);
  story.step("byte by byte");
  const Pair slow;
  Recorder bytes;
  EdgeReader careful(1);
  careful.add(slow.fd(), bytes);
  slow.write("abc");
  for (const std::size_t wanted : {1U, 1U, 1U, 0U})
    story.expect(careful.turn(at_once)).equals(wanted).named("the answer").units("bytes");
  expect_text(story, bytes, "abc");
}

TEST(Budget, NobodyStarves) {
  Story story("100000 bytes of one, 10 bytes of each of two others, 1000 a turn");
  story.notes(notes).think("when is it the others' turn?");
  const Pair loud;
  const Pair quiet;
  const Pair late;
  Recorder from_loud;
  Recorder from_quiet;
  Recorder from_late;
  EdgeReader reader(1000);
  reader.add(loud.fd(), from_loud);
  reader.add(quiet.fd(), from_quiet);
  reader.add(late.fd(), from_late);
  loud.write(numbers(100'000));
  quiet.write("quiet text");
  reader.turn(at_once);
  story.expect(from_loud.bytes()).equals(1000U).named("the loud one gave").units("bytes");
  expect_text(story, from_quiet, "quiet text", "the quiet one gave");
  story.step("a third one has something, while the loud one has much left");
  late.write("late text!");
  reader.turn(at_once);
  expect_text(story, from_late, "late text!", "the third one gave");
  story.expect(from_loud.bytes()).equals(2000U).named("the loud one gave").units("bytes");
}

TEST(Budget, NoWaitWhileSomethingIsLeft) {
  Story story("8 bytes, 4 a turn; turns that may wait for a minute");
  story.notes(notes).think("what are you waiting for, when you know that there are bytes?");
  const Pair pair;
  Recorder recorder;
  EdgeReader reader(4);
  reader.add(pair.fd(), recorder);
  pair.write("12345678");
  reader.turn(at_once);
  expect_text(story, recorder, "1234");
  if (!story.ok()) return;
  story.step("the second turn");
  ShortIo io(reader.fd());
  io.waits({lln::testkit::fails_with(EINTR)});  // ends a wait that is none of its business
  reader.turn(std::chrono::minutes(1));
  story.expect(io.longest_wait().value_or(0))
      .equals(0)
      .named("the longest that it would have waited")
      .units("ms");
  expect_text(story, recorder, "12345678");
  story.step("a turn with nothing left");
  while (reader.turn(at_once) > 0) {
  }
  io.waits({lln::testkit::fails_with(EINTR)});
  reader.turn(std::chrono::minutes(1));
  story.expect(io.longest_wait().value_or(0))
      .equals(60'000)
      .named("the longest that it would have waited")
      .units("ms");
}

TEST(Budget, AHundredAtOnce) {
  Story story("100 descriptors with 10 bytes each, 4 a turn");
  story.notes(notes);
  const std::vector<Pair> pairs(100);
  std::vector<Recorder> recorders(100);
  EdgeReader reader(4);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    reader.add(pairs[i].fd(), recorders[i]);
    pairs[i].write(numbers(10));
  }
  for (int turn = 0; turn < 100; ++turn) reader.turn(at_once);
  std::size_t complete = 0;
  for (const Recorder& recorder : recorders) complete += recorder.text() == numbers(10);
  story.expect(complete).equals(100U).named("descriptors that gave all").units("descriptors");
}

}  // namespace
