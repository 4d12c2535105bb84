// The sending side: bytes on the wire, system calls counted, and kernels that take a part.
#include <lln/testkit/allocations.hpp>
#include <lln/testkit/random.hpp>
#include <lln/testkit/short_io.hpp>
#include <lln/testkit/syscalls.hpp>
#include <lln/testkit/testkit.hpp>

#include <frame_writer.hpp>
#include <streams.hpp>

#include <ostream>

namespace lln::exercise {

static std::ostream& operator<<(std::ostream& to, Sent sent) {
  const char* const words[] = {"whole", "kept", "full", "too_long", "broken"};
  const auto number = static_cast<unsigned>(sent);
  return number < 5 ? to << words[number] : to << "Sent(" << number << ')';
}

namespace writer_test {
namespace {

using testkit::AllocationCounter;
using testkit::at_most;
using testkit::fails_with;
using testkit::ShortIo;
using testkit::Story;
using testkit::SyscallCounter;

void expect_waiting(Story& story, const FrameWriter& writer, std::size_t wanted) {
  story.expect(writer.waiting()).equals(wanted).named("waiting()").units("bytes");
}

// ---- one-call ----

TEST(OneCall, IsOneFrame) {
  Story story("a payload of 5 bytes, one of 0 and one of 300");
  story.notes(notes_on_framing).think("which byte of the length comes first?");
  const auto [near, far] = stream();
  FrameWriter writer(near.get(), 1000, 4096);
  const std::string long_one(300, 'x');
  for (const std::string& payload : {std::string("hello"), std::string(), long_one}) {
    story.step("send " + std::to_string(payload.size()) + " bytes");
    const SyscallCounter calls;
    const AllocationCounter memory;
    const Sent answer = writer.send(bytes(payload));
    const auto allocated = memory.allocations();  // first: the other counter's answer allocates
    const auto made = calls.all();
    story.expect(answer).equals(Sent::whole).named("the answer");
    story.expect_bytes(drained(far), frame(payload));
    story.expect(made).equals(1U).named("the system calls: " + calls.told()).units("calls");
    story.expect(allocated).equals(0U).named("what was allocated").units("blocks");
    expect_waiting(story, writer, 0);
  }
}

TEST(OneCall, ForWhatWaitsAndTheNewFrame) {
  Story story("the kernel refuses a frame, and takes it together with the next one");
  story.notes(notes_on_framing).think("how many pieces may one system call have?");
  const auto [near, far] = stream();
  FrameWriter writer(near.get(), 100, 4096);
  ShortIo io(near.get());
  io.writes({fails_with(EAGAIN)});
  story.step("send \"first\": EAGAIN");
  story.expect(writer.send(bytes("first"))).equals(Sent::kept).named("the answer");
  expect_waiting(story, writer, 9);
  story.step("send \"second\"");
  const SyscallCounter calls;
  const Sent answer = writer.send(bytes("second"));
  const auto made = calls.all();
  story.expect(answer).equals(Sent::whole).named("the answer");
  story.expect(made).equals(1U).named("the system calls: " + calls.told()).units("calls");
  story.expect_bytes(drained(far), frame("first") + frame("second"));
  expect_waiting(story, writer, 0);
}

TEST(OneCall, AndNoneForNothing) {
  Story story("nothing waits; a payload is too long; nothing fits any more");
  story.notes(notes_on_framing);
  const auto [near, far] = stream();
  FrameWriter writer(near.get(), 20, 24);
  const SyscallCounter calls;
  const Sent flushed = writer.flush();
  const Sent long_one = writer.send(bytes(std::string(21, 'x')));
  const auto made = calls.all();
  story.expect(flushed).equals(Sent::whole).named("flush of nothing");
  story.expect(long_one).equals(Sent::too_long).named("21 bytes, where 20 are the limit");
  story.expect(made).equals(0U).named("the system calls: " + calls.told()).units("calls");
  story.step("send a payload of the limit: EAGAIN");
  ShortIo io(near.get());
  io.writes({fails_with(EAGAIN)});
  story.expect(writer.send(bytes(std::string(20, 'y')))).equals(Sent::kept).named("the answer");
  story.step("send one more");
  const SyscallCounter more;
  const Sent full = writer.send({});
  const auto made_then = more.all();
  story.expect(full).equals(Sent::full).named("the answer");
  story.expect(made_then).equals(0U).named("the system calls: " + more.told()).units("calls");
  story.step("flush");
  story.expect(writer.flush()).equals(Sent::whole).named("the answer");
  story.expect_bytes(drained(far), frame(std::string(20, 'y')));
}

// ---- short-writes ----

TEST(ShortWrites, AreContinuedWhereTheyStopped) {
  Story story("the kernel takes 2 bytes of the header; then 5 bytes; then nothing; then all");
  story.notes(notes_on_framing).think("of which piece is the last byte that the kernel took?");
  const auto [near, far] = stream();
  FrameWriter writer(near.get(), 100, 64);
  ShortIo io(near.get());
  io.writes({at_most(2), at_most(5), fails_with(EAGAIN)});
  story.step("send \"abcdef\": 2 of 10 bytes");
  story.expect(writer.send(bytes("abcdef"))).equals(Sent::kept).named("the answer");
  expect_waiting(story, writer, 8);
  story.step("send \"ghi\": 5 bytes of what waits");
  story.expect(writer.send(bytes("ghi"))).equals(Sent::kept).named("the answer");
  expect_waiting(story, writer, 10);
  story.step("flush: EAGAIN");
  story.expect(writer.flush()).equals(Sent::kept).named("the answer");
  expect_waiting(story, writer, 10);
  story.step("flush");
  story.expect(writer.flush()).equals(Sent::whole).named("the answer");
  expect_waiting(story, writer, 0);
  story.expect_bytes(drained(far), frame("abcdef") + frame("ghi"));
}

TEST(ShortWrites, IntoTheNewFrame) {
  Story story("9 bytes wait; the kernel takes them and 6 bytes of the next frame");
  story.notes(notes_on_framing);
  const auto [near, far] = stream();
  FrameWriter writer(near.get(), 100, 200);
  ShortIo io(near.get());
  io.writes({fails_with(EAGAIN), at_most(15), at_most(1)});
  static_cast<void>(writer.send(bytes("first")));
  story.step("send \"second\": 15 bytes of 19");
  story.expect(writer.send(bytes("second"))).equals(Sent::kept).named("the answer");
  expect_waiting(story, writer, 4);
  story.step("send \"third\": 1 byte");
  story.expect(writer.send(bytes("third"))).equals(Sent::kept).named("the answer");
  expect_waiting(story, writer, 12);
  story.step("flush");
  story.expect(writer.flush()).equals(Sent::whole).named("the answer");
  story.expect_bytes(drained(far), frame("first") + frame("second") + frame("third"));
}

TEST(ShortWrites, AFullBufferTakesNoPartOfAFrame) {
  Story story(
      "24 bytes of room; the kernel takes nothing; a frame of 14 bytes, then one of 14, then one of 10");
  story.notes(notes_on_framing).think("what becomes of a frame of which a part is at the peer already?");
  const auto [near, far] = stream();
  FrameWriter writer(near.get(), 20, 24);
  ShortIo io(near.get());
  io.writes({fails_with(EAGAIN), fails_with(EAGAIN)});
  story.expect(writer.send(bytes("0123456789"))).equals(Sent::kept).named("the first");
  story.expect(writer.send(bytes("refused!!!"))).equals(Sent::full).named("the second");
  expect_waiting(story, writer, 14);
  story.expect(writer.send(bytes("fits!!"))).equals(Sent::kept).named("the third");
  expect_waiting(story, writer, 24);
  story.step("flush");
  story.expect(writer.flush()).equals(Sent::whole).named("the answer");
  story.expect_bytes(drained(far), frame("0123456789") + frame("fits!!"));
}

TEST(ShortWrites, AtRandom) {
  Story story("300 frames of 0 to 40 bytes; each write short or interrupted; flush now and then");
  story.notes(notes_on_framing);
  auto random = testkit::random();
  const auto [near, far] = stream();
  FrameWriter writer(near.get(), 40, 128);
  ShortIo io(near.get());
  io.at_random(random, 30);
  std::string wanted;
  std::string was;
  unsigned refused = 0;
  for (unsigned i = 0; i < 300; ++i) {
    const std::string payload(random() % 41, static_cast<char>('a' + i % 26));
    const Sent answer = writer.send(bytes(payload));
    if (answer == Sent::whole || answer == Sent::kept) {
      wanted += frame(payload);
    } else if (answer == Sent::full) {
      ++refused;
    } else {
      story.expect(answer).equals(Sent::kept).named("the answer");
      return;
    }
    if (random() % 2 == 0) static_cast<void>(writer.flush());
    was += drained(far);
  }
  for (unsigned i = 0; i < 1000 && writer.flush() == Sent::kept; ++i) was += drained(far);
  was += drained(far);
  story.expect(refused).at_most(150U).named("the frames that were refused").units("frames");
  story.expect_bytes(was, wanted);
}

TEST(ShortWrites, APeerWhoDoesNotRead) {
  Story story("a peer does not read until the buffer here is full, then reads all");
  story.notes(notes_on_framing).think("the socket is a blocking one: which flag makes one call not wait?");
  const auto [near, far] = stream();
  FrameWriter writer(near.get(), 1000, 3000);
  std::string wanted;
  const std::string payload(1000, 'z');
  Sent answer = Sent::whole;
  for (unsigned i = 0; i < 100'000 && (answer == Sent::whole || answer == Sent::kept); ++i) {
    answer = writer.send(bytes(payload));
    if (answer == Sent::whole || answer == Sent::kept) wanted += frame(payload);
  }
  story.expect(answer).equals(Sent::full).named("the last answer");
  if (!story.ok()) return;
  story.step("the peer reads");
  std::string was = drained(far);
  story.expect(writer.flush()).equals(Sent::whole).named("flush");
  was += drained(far);
  story.expect(was == wanted).is_true().named("what the peer has read is what was accepted");
}

TEST(ShortWrites, APeerWhoIsGone) {
  Story story("the peer has closed its end");
  story.notes(notes_on_framing)
      .think("which signal does a write to nobody raise, and what does it do to a process?");
  auto [near, far] = stream();
  FrameWriter writer(near.get(), 100, 200);
  far.reset();
  story.expect(writer.send(bytes("hello"))).equals(Sent::broken).named("the answer");
  const SyscallCounter calls;
  const Sent again = writer.send(bytes("hello"));
  const Sent flushed = writer.flush();
  const auto made = calls.all();
  story.expect(again).equals(Sent::broken).named("the next answer");
  story.expect(flushed).equals(Sent::broken).named("flush");
  story.expect(made).equals(0U).named("the system calls then: " + calls.told()).units("calls");
}

}  // namespace
}  // namespace writer_test
}  // namespace lln::exercise
