// Everything that is there, by edges alone; short reads and signals.
#include <lln/testkit/random.hpp>
#include <lln/testkit/short_io.hpp>
#include <lln/testkit/syscalls.hpp>

#include <listeners.hpp>

#include <fstream>
#include <memory>

namespace {

using namespace lln::exercise;
using namespace lln::exercise::test;
using lln::testkit::at_most;
using lln::testkit::fails_with;
using lln::testkit::ShortIo;

TEST(Drains, WhatWasThereBefore) {
  Story story("bytes are there before the descriptor is added");
  story.notes(notes).think("does adding a descriptor make an edge?");
  const Pair pair;
  Recorder recorder;
  EdgeReader reader(plenty);
  pair.write("early");
  reader.add(pair.fd(), recorder);
  const std::size_t bytes = reader.turn(at_once);
  expect_text(story, recorder, "early");
  story.expect(bytes).equals(5U).named("the answer").units("bytes");
  story.expect(reader.turn(at_once)).equals(0U).named("the answer of a second turn").units("bytes");
}

TEST(Drains, ALargePiece) {
  Story story("100000 bytes, a budget of a million, one turn");
  story.notes(notes).think("how large is your buffer, and how many events are there?");
  const Pair pair;
  Recorder recorder;
  EdgeReader reader(plenty);
  reader.add(pair.fd(), recorder);
  pair.write(numbers(100'000));
  reader.turn(at_once);
  expect_numbers(story, recorder, 100'000);
}

TEST(Drains, EdgeAfterEdge) {
  Story story("ten times: something comes, a turn");
  story.notes(notes);
  const Pair pair;
  Recorder recorder;
  EdgeReader reader(plenty);
  reader.add(pair.fd(), recorder);
  for (int i = 0; i < 10; ++i) {
    pair.write(std::to_string(i));
    reader.turn(at_once);
    reader.turn(at_once);
  }
  expect_text(story, recorder, "0123456789");
}

TEST(Drains, ByEdges) {
  Story story("what /proc tells of the epoll");
  story.notes(notes).think("which flag makes a watched descriptor edge-triggered?");
  const Pair pair;
  Recorder recorder;
  EdgeReader reader(plenty);
  reader.add(pair.fd(), recorder);
  std::ifstream info("/proc/self/fdinfo/" + std::to_string(reader.fd()));
  const std::string wanted = std::to_string(pair.fd());
  std::string word;
  unsigned long events = 0;
  while (info >> word) {  // tfd: <fd> events: <flags in hex>
    if (word != "tfd:" || !(info >> word) || word != wanted) continue;
    info >> word >> std::hex >> events;
    break;
  }
  story.expect((events & EPOLLET) != 0).is_true().named("EPOLLET is on");
}

TEST(Drains, OneOfFifty) {
  Story story("fifty descriptors, one of them has something");
  story.notes(notes).think("which of them have to be read?");
  const std::vector<Pair> pairs(50);
  Recorder recorder;
  EdgeReader reader(plenty);
  for (const Pair& pair : pairs) reader.add(pair.fd(), recorder);
  reader.turn(at_once);
  pairs[17].write("one");
  const lln::testkit::SyscallCounter calls;
  reader.turn(at_once);
  const std::uint64_t number = calls.all();
  const std::string told = calls.told();
  expect_text(story, recorder, "one");
  story.expect(number)
      .at_most(3U)
      .named("system calls (" + told + "): a wait, a read, and one that finds nothing")
      .units("calls");
}

// ---- trouble ----

TEST(Trouble, ShortReads) {
  Story story("1000 bytes; reads give 1 byte, a signal, 3 bytes, a signal, then what is asked for");
  story.notes(notes).think("fewer bytes than asked for: is the descriptor empty?");
  const Pair pair;
  Recorder recorder;
  EdgeReader reader(plenty);
  reader.add(pair.fd(), recorder);
  pair.write(numbers(1000));
  ShortIo io(pair.fd());
  io.reads({at_most(1), fails_with(EINTR), at_most(3), fails_with(EINTR)});
  reader.turn(at_once);
  expect_numbers(story, recorder, 1000);
  story.expect(recorder.ends().size()).equals(0U).named("calls of on_end");
}

TEST(Trouble, NothingThereAfterAll) {
  Story story("an event, and a read that finds nothing; then more comes");
  story.notes(notes).think("who will tell you that there is something to read?");
  const Pair pair;
  Recorder recorder;
  EdgeReader reader(plenty);
  reader.add(pair.fd(), recorder);
  pair.write("first");
  ShortIo io(pair.fd());
  io.reads({fails_with(EAGAIN)});
  story.expect(reader.turn(at_once)).equals(0U).named("the answer").units("bytes");
  pair.write(" second");
  reader.turn(at_once);
  expect_text(story, recorder, "first second");
  story.expect(recorder.ends().size()).equals(0U).named("calls of on_end");
}

TEST(Trouble, ASignalWhileWaiting) {
  Story story("the wait is interrupted: with nothing there, and with something left over");
  story.notes(notes).think("what does epoll_wait return then, and how many events are that?");
  const Pair pair;
  Recorder recorder;
  EdgeReader reader(4);
  reader.add(pair.fd(), recorder);
  ShortIo io(reader.fd());
  io.waits({fails_with(EINTR)});
  story.expect(reader.turn(at_once)).equals(0U).named("the answer").units("bytes");
  pair.write("12345678");
  story.expect(reader.turn(at_once)).equals(4U).named("the answer with a budget of 4").units("bytes");
  story.step("a signal, and four bytes are left");
  io.waits({fails_with(EINTR)});
  story.expect(reader.turn(at_once)).equals(4U).named("the answer").units("bytes");
  expect_text(story, recorder, "12345678");
}

TEST(Trouble, AtRandom) {
  Story story("200 messages to 5 descriptors; each read is short or interrupted");
  story.notes(notes);
  std::mt19937_64 random = lln::testkit::random();
  const std::vector<Pair> pairs(5);
  std::vector<Recorder> recorders(5);
  std::vector<std::string> sent(5);
  std::vector<std::unique_ptr<ShortIo>> trouble;
  EdgeReader reader(20);
  for (std::size_t i = 0; i < 5; ++i) {
    reader.add(pairs[i].fd(), recorders[i]);
    trouble.push_back(std::make_unique<ShortIo>(pairs[i].fd()));
    trouble.back()->at_random(std::mt19937_64(random()));
  }
  for (int round = 0; round < 200; ++round) {
    const std::size_t to = random() % 5;
    const std::string text = numbers(1 + random() % 60);
    pairs[to].write(text);
    sent[to] += text;
    reader.turn(at_once);
  }
  for (int turns = 0; turns < 1000 && reader.turn(at_once) > 0; ++turns) {
  }
  for (std::size_t i = 0; i < 5; ++i) {
    story.expect(recorders[i].text() == sent[i])
        .is_true()
        .named("descriptor " + std::to_string(i) + " gave all");
    story.expect(recorders[i].ends().size()).equals(0U).named("calls of on_end");
  }
}

}  // namespace
