// The end of a connection, and listeners that change the tables.
#include <fcntl.h>
#include <listeners.hpp>
#include <unistd.h>

namespace {

using namespace lln::exercise;
using namespace lln::exercise::test;

// Turns until nothing comes, and not for ever.
void turns(EdgeReader& reader) {
  for (int i = 0; i < 50; ++i) reader.turn(at_once);
}

TEST(Ends, BytesBeforeTheEnd) {
  Story story("1000 bytes, then the peer is done; 300 a turn");
  story.notes(notes).think("the event says that the peer is done. What may still be in the descriptor?");
  const Pair pair;
  Recorder recorder;
  EdgeReader reader(300);
  reader.add(pair.fd(), recorder);
  pair.write(numbers(1000));
  ::shutdown(pair.far.get(), SHUT_WR);
  turns(reader);
  expect_numbers(story, recorder, 1000);
  story.expect(recorder.ends().size()).equals(1U).named("calls of on_end");
  if (!story.ok()) return;
  story.expect(recorder.ends()[0]).equals(0).named("its error");
  story.expect(::fcntl(pair.fd(), F_GETFD)).at_least(0).named("the descriptor is still open");
}

TEST(Ends, AnErrorIsAnEnd) {
  Story story("the peer goes with something unread: a reset");
  story.notes(notes).think("which errors of read are no end?");
  Pair pair;
  Recorder recorder;
  EdgeReader reader(plenty);
  reader.add(pair.fd(), recorder);
  pair.write("last words");
  if (::send(pair.fd(), "unread", 6, 0) != 6) throw std::system_error(errno, std::generic_category(), "send");
  pair.far.reset();
  turns(reader);
  expect_text(story, recorder, "last words");
  story.expect(recorder.ends().size()).equals(1U).named("calls of on_end");
  if (!story.ok()) return;
  story.expect(recorder.ends()[0]).equals(ECONNRESET).named("its error");
}

TEST(Ends, RemovedByAnotherListener) {
  Story story("two descriptors have something; whoever is called first removes and closes the other one");
  story.notes(notes).think("what do you still have of a descriptor that was removed a moment ago?");
  Pair one;
  Pair other;
  EdgeReader reader(plenty);
  const auto remove_the_other = [&](int fd) {
    Pair& victim = fd == one.fd() ? other : one;
    if (victim.fd() < 0) return;
    reader.remove(victim.fd());
    victim.near.reset();
  };
  Recorder first(remove_the_other);
  Recorder second(remove_the_other);
  reader.add(one.fd(), first);
  reader.add(other.fd(), second);
  one.write("text");
  other.write("text");
  turns(reader);
  story.expect(first.calls() + second.calls()).equals(1).named("listeners that were called");
  story.expect(first.ends().size() + second.ends().size()).equals(0U).named("calls of on_end");
}

TEST(Ends, ANumberThatIsInUseAgain) {
  Story story(
      "two descriptors have something; the first listener closes the other one, and its number is used "
      "again");
  story.notes(notes).think("the event in your hand is for that number. For which descriptor?");
  Pair one;
  Pair other;
  const Pair fresh;
  Recorder heir;
  EdgeReader reader(plenty);
  bool done = false;
  const auto replace_the_other = [&](int fd) {
    if (std::exchange(done, true)) return;
    const int number = fd == one.fd() ? other.fd() : one.fd();
    reader.remove(number);
    ::dup2(fresh.fd(), number);  // closes what was there
    reader.add(number, heir);
  };
  Recorder first(replace_the_other);
  Recorder second(replace_the_other);
  reader.add(one.fd(), first);
  reader.add(other.fd(), second);
  one.write("text");
  other.write("text");
  fresh.write("fresh");
  turns(reader);
  story.expect(first.calls() + second.calls()).equals(1).named("calls of the first two listeners");
  expect_text(story, heir, "fresh", "what the new listener got");
}

TEST(Ends, AListenerThatAddsMany) {
  Story story("a listener adds 300 descriptors, with 3 of 6 bytes read");
  story.notes(notes).think("which of your tables has grown meanwhile?");
  const Pair pair;
  const Pair silent;
  std::vector<Socket> copies;
  EdgeReader reader(3);
  Recorder nobody;
  Recorder recorder([&](int) {
    while (copies.size() < 300) {
      copies.emplace_back(::fcntl(silent.fd(), F_DUPFD_CLOEXEC, 200));
      reader.add(copies.back().get(), nobody);
    }
  });
  reader.add(pair.fd(), recorder);
  pair.write("123456");
  turns(reader);
  expect_text(story, recorder, "123456");
}

TEST(Ends, WhatIsRemovedWithinItsOwnCall) {
  Story story("a listener removes its own descriptor after the first bytes");
  story.notes(notes);
  const Pair pair;
  EdgeReader reader(2);
  Recorder recorder([&](int fd) { reader.remove(fd); });
  reader.add(pair.fd(), recorder);
  pair.write("123456");
  ::shutdown(pair.far.get(), SHUT_WR);
  turns(reader);
  story.expect(recorder.bytes()).equals(2U).named("what the listener got").units("bytes");
  story.expect(recorder.ends().size()).equals(0U).named("calls of on_end");
  story.step("it is added again");
  Recorder again;
  reader.add(pair.fd(), again);
  turns(reader);
  expect_text(story, again, "3456", "what the new listener got");
  story.expect(again.ends().size()).equals(1U).named("calls of on_end");
}

TEST(Ends, DescriptorsOfTheReader) {
  Story story("ten readers, one after the other, and a descriptor that is none");
  story.notes(notes);
  const int before = ::fcntl(0, F_DUPFD_CLOEXEC, 3);
  ::close(before);
  Recorder recorder;
  const int none = ::dup(-1);
  int thrown = 0;
  for (int i = 0; i < 10; ++i) {
    EdgeReader reader(plenty);
    try {
      reader.add(none, recorder);
    } catch (const std::system_error&) {
      ++thrown;
    }
  }
  const int after = ::fcntl(0, F_DUPFD_CLOEXEC, 3);
  ::close(after);
  story.expect(thrown).equals(10).named("std::system_error was thrown").units("times");
  story.expect(after).equals(before).named("the lowest free descriptor afterwards");
}

}  // namespace
