// Frames made by hand, filtered in this program; each lies in memory of exactly its length.
#include <lln/testkit/testkit.hpp>

#include <frames.hpp>
#include <xdp_filter.h>

#include <algorithm>
#include <memory>

namespace filter_test {
namespace {

using lln::exercise::Bytes;
using lln::exercise::Case;
using lln::exercise::Frame;
using lln::exercise::notes_on_xdp;
using lln::testkit::Story;

unsigned filter(const Bytes& frame, std::size_t size, lln_feed& feed) {
  const auto memory = std::make_unique<__u8[]>(size);
  std::copy_n(frame.begin(), size, memory.get());
  return static_cast<unsigned>(lln_filter(memory.get(), memory.get() + size, &feed));
}

void expect_outcomes(Story& story, const std::vector<Case>& cases) {
  for (const Case& each : cases) {
    story.step(each.name);
    const Bytes frame = each.frame.bytes();
    lln_feed feed = lln::exercise::the_feed();
    const unsigned returned = filter(frame, frame.size(), feed);
    story.expect(lln::exercise::told(returned, feed)).equals(each.outcome).named("the outcome");
  }
}

TEST(Feed, IsFound) {
  Story story("frames of the feed and of others");
  story.notes(notes_on_xdp).think("where does the datagram begin, and which bytes say so?");
  expect_outcomes(story, lln::exercise::feed_cases());
}

TEST(Malformed, IsDropped) {
  Story story("frames whose headers do not fit together");
  story.notes(notes_on_xdp)
      .think("four things have a length: the frame, IP, UDP and the number. Which of them bounds which?");
  expect_outcomes(story, lln::exercise::malformed_cases());
}

TEST(Malformed, CutAnywhere) {
  Story story("a frame with two tags and options, cut behind each of its bytes");
  story.notes(notes_on_xdp).think("which byte do you read before you know that it is there?");
  const Bytes frame = Frame{.tags = {0x88a8, 0x8100}, .header_words = 8}.bytes();
  for (std::size_t size = 0; size < frame.size(); ++size) {
    story.step(std::to_string(size) + " bytes of " + std::to_string(frame.size()));
    lln_feed feed = lln::exercise::the_feed();
    const unsigned returned = filter(frame, size, feed);
    story.expect(lln::exercise::told(returned, feed)).equals("drop: malformed 1").named("the outcome");
  }
}

TEST(Malformed, CutBehindALengthThatKnowsIt) {
  Story story("frames that end within the UDP header or the number, with lengths to match");
  story.notes(notes_on_xdp);
  for (unsigned size = 20; size < 32; ++size) {
    story.step("a total length of " + std::to_string(size));
    const Bytes frame = Frame{.total = size, .udp_length = size < 28 ? 8 : size - 20}.bytes();
    lln_feed feed = lln::exercise::the_feed();
    const unsigned returned = filter(frame, 14 + size, feed);
    story.expect(lln::exercise::told(returned, feed)).equals("drop: malformed 1").named("the outcome");
  }
}

TEST(Numbers, Decide) {
  Story story("packets of the feed, one behind the other");
  story.notes(notes_on_xdp).think("how far is 0 ahead of 0xffffffff?");
  for (const auto& each : lln::exercise::number_cases()) {
    story.step(each.name);
    lln_feed feed = lln::exercise::the_feed();
    unsigned returned = 0;
    for (const unsigned number : each.numbers) {
      const Bytes frame = Frame{.number = number}.bytes();
      returned = filter(frame, frame.size(), feed);
    }
    story.expect(lln::exercise::told(returned, feed)).equals(each.outcome).named("the outcome");
  }
}

}  // namespace
}  // namespace filter_test
