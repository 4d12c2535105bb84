// The receiving side: frames in any pieces, and peers who lie.
#include <lln/testkit/allocations.hpp>
#include <lln/testkit/random.hpp>
#include <lln/testkit/short_io.hpp>
#include <lln/testkit/syscalls.hpp>
#include <lln/testkit/testkit.hpp>

#include <frame_reader.hpp>
#include <streams.hpp>

#include <ostream>

namespace lln::exercise {

static std::ostream& operator<<(std::ostream& to, Got got) {
  const char* const words[] = {"bytes", "nothing", "end", "cut", "full", "too_long", "broken"};
  const auto number = static_cast<unsigned>(got);
  return number < 7 ? to << words[number] : to << "Got(" << number << ')';
}

namespace reader_test {
namespace {

using testkit::AllocationCounter;
using testkit::at_most;
using testkit::fails_with;
using testkit::ShortIo;
using testkit::Story;
using testkit::SyscallCounter;

void expect_frame(Story& story, FrameReader& reader, std::string_view wanted) {
  const auto payload = reader.next();
  story.expect(payload.has_value()).is_true().named("a frame");
  if (payload) story.expect_bytes(text(*payload), wanted);
}

void expect_none(Story& story, FrameReader& reader) {
  story.expect(reader.next().has_value()).is_false().named("a frame");
}

// ---- reading ----

TEST(Reading, ManyFramesInOneRead) {
  Story story("three frames lie in the socket, the second is empty");
  story.notes(notes_on_framing).think("what tells an empty frame from no frame?");
  const auto [near, far] = stream();
  FrameReader reader(near.get(), 100, 400);
  put(far, frame("one") + frame("") + frame("three"));
  const SyscallCounter calls;
  const AllocationCounter memory;
  const Got got = reader.fill();
  const auto one = reader.next();
  const auto two = reader.next();
  const auto three = reader.next();
  const auto four = reader.next();
  const auto allocated = memory.allocations();  // first: the other counter's answer allocates
  const auto made = calls.all();
  story.expect(got).equals(Got::bytes).named("fill");
  story.expect(one.has_value() && two.has_value() && three.has_value()).is_true().named("three frames");
  if (!story.ok()) return;
  story.expect_bytes(text(*one), "one");
  story.expect_bytes(text(*two), "");
  story.expect_bytes(text(*three), "three");
  story.expect(four.has_value()).is_false().named("a fourth frame");
  story.expect(made).equals(1U).named("the system calls: " + calls.told()).units("calls");
  story.expect(allocated).equals(0U).named("what was allocated").units("blocks");
}

TEST(Reading, InPieces) {
  Story story("a frame comes in pieces of 1, 3, 2 and 3 bytes, with a signal and a pause between them");
  story.notes(notes_on_framing).think("which errors of a read are none?");
  const auto [near, far] = stream();
  FrameReader reader(near.get(), 100, 104);
  put(far, frame("hello"));
  ShortIo io(near.get());
  io.reads({at_most(1), fails_with(EINTR), at_most(3), fails_with(EAGAIN), at_most(2), at_most(3)});
  for (const Got wanted : {Got::bytes, Got::bytes, Got::nothing, Got::bytes}) {
    story.expect(reader.fill()).equals(wanted).named("fill");
    expect_none(story, reader);
  }
  story.expect(reader.fill()).equals(Got::bytes).named("the last fill");
  expect_frame(story, reader, "hello");
  expect_none(story, reader);
  story.step("nothing more; the socket is a blocking one");
  if (!story.ok()) return;
  story.expect(reader.fill()).equals(Got::nothing).named("fill");
}

TEST(Reading, AtRandom) {
  Story story("400 frames of 0 to 60 bytes through a buffer of 100, each read short or interrupted");
  story.notes(notes_on_framing)
      .think("where does the next read go, when half a frame lies at the buffer's end?");
  auto random = testkit::random();
  const auto [near, far] = stream();
  FrameReader reader(near.get(), 60, 100);
  ShortIo io(near.get());
  io.at_random(random, 70);
  std::vector<std::string> payloads;
  std::string all;
  for (unsigned i = 0; i < 400; ++i) {
    payloads.emplace_back(random() % 61, static_cast<char>('a' + i % 26));
    all += frame(payloads.back());
  }
  put(far, all);
  std::size_t arrived = 0;
  for (unsigned fills = 0; fills < 50'000 && arrived < payloads.size(); ++fills) {
    const Got got = reader.fill();
    // full, and in the end nothing: what has come was not asked for yet.
    if (got != Got::bytes && got != Got::full && got != Got::nothing) {
      story.expect(got).equals(Got::bytes).named("fill");
      return;
    }
    // Not always all of them: what is not handed out stays for later.
    while (random() % 8 != 0) {
      const auto payload = reader.next();
      if (!payload) break;
      if (arrived == payloads.size() || text(*payload) != payloads[arrived]) {
        story.step("frame " + std::to_string(arrived));
        story.expect_bytes(text(*payload), arrived < payloads.size() ? payloads[arrived] : "no more frames");
        return;
      }
      ++arrived;
    }
  }
  story.expect(arrived).equals(payloads.size()).named("what arrived").units("frames");
}

// ---- hostile ----

void expect_too_long(Story& story, std::string_view header) {
  const auto [near, far] = stream();
  FrameReader reader(near.get(), 100, 104);
  put(far, frame("good"));
  put(far, header);
  story.expect(reader.fill()).equals(Got::bytes).named("fill");
  expect_frame(story, reader, "good");
  expect_none(story, reader);
  put(far, frame("after"));
  const SyscallCounter calls;
  const Got got = reader.fill();
  const auto made = calls.all();
  story.expect(got).equals(Got::too_long).named("the next fill");
  story.expect(made).equals(0U).named("its system calls: " + calls.told()).units("calls");
  expect_none(story, reader);
}

TEST(Hostile, ALengthBeyondTheLimit) {
  Story story("a header announces more than the 100 bytes that are allowed; nothing of the payload has come");
  story.notes(notes_on_framing).think("when is enough known to refuse it? what is length + 4 in 32 bits?");
  using namespace std::string_view_literals;
  story.step("101 bytes");
  expect_too_long(story, "\0\0\0\x65"sv);
  story.step("0x01000003 bytes");
  expect_too_long(story, "\x01\0\0\x03"sv);
  story.step("0x80000000 bytes");
  expect_too_long(story, "\x80\0\0\0"sv);
  story.step("0xfffffffd bytes");
  expect_too_long(story, "\xff\xff\xff\xfd"sv);
  story.step("0xffffffff bytes");
  expect_too_long(story, "\xff\xff\xff\xff"sv);
}

TEST(Hostile, ALengthThatIsJustAllowed) {
  Story story("100 bytes are allowed, 100 come, through a buffer of 104");
  story.notes(notes_on_framing);
  const auto [near, far] = stream();
  FrameReader reader(near.get(), 100, 104);
  const std::string payload(100, 'p');
  put(far, frame("x") + frame(payload));
  story.expect(reader.fill()).equals(Got::bytes).named("fill");
  expect_frame(story, reader, "x");
  expect_none(story, reader);
  story.expect(reader.fill()).equals(Got::bytes).named("fill");
  expect_frame(story, reader, payload);
}

TEST(Hostile, AnEndWithinAFrame) {
  Story story("a peer ends behind a frame; another one within the header, a third within the payload");
  story.notes(notes_on_framing);
  const std::string whole = frame("hello");
  for (const std::size_t more : {0U, 2U, 7U}) {
    story.step(std::to_string(more) + " bytes of a second frame, then the end");
    auto [near, far] = stream();
    FrameReader reader(near.get(), 100, 200);
    put(far, whole + whole.substr(0, more));
    far.reset();
    story.expect(reader.fill()).equals(Got::bytes).named("fill");
    expect_frame(story, reader, "hello");
    expect_none(story, reader);
    story.expect(reader.fill()).equals(more == 0 ? Got::end : Got::cut).named("fill at the end");
  }
}

TEST(Hostile, AFullBufferIsNotTheEnd) {
  Story story(
      "a buffer of 18 bytes is filled with two frames of 9, and filled again before they are asked for");
  story.notes(notes_on_framing).think("what does recv answer when it is asked for no bytes?");
  const auto [near, far] = stream();
  FrameReader reader(near.get(), 10, 18);
  put(far, frame("first") + frame("other") + frame("third"));
  story.expect(reader.fill()).equals(Got::bytes).named("fill");
  const SyscallCounter calls;
  const Got again = reader.fill();
  const auto made = calls.all();
  story.expect(again).equals(Got::full).named("the second fill");
  story.expect(made).equals(0U).named("its system calls: " + calls.told()).units("calls");
  expect_frame(story, reader, "first");
  story.step("fill again, now that one was handed out");
  story.expect(reader.fill()).equals(Got::bytes).named("fill");
  expect_frame(story, reader, "other");
  expect_frame(story, reader, "third");
  expect_none(story, reader);
}

TEST(Hostile, AnError) {
  Story story("the connection is reset");
  story.notes(notes_on_framing);
  const auto [near, far] = stream();
  FrameReader reader(near.get(), 100, 200);
  ShortIo io(near.get());
  io.reads({fails_with(ECONNRESET)});
  story.expect(reader.fill()).equals(Got::broken).named("fill");
}

}  // namespace
}  // namespace reader_test
}  // namespace lln::exercise
