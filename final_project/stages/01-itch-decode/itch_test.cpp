// Every message type: the bytes of SPEC.md, values at random, every length.
#include <lln/testkit/allocations.hpp>
#include <lln/testkit/random.hpp>
#include <lln/testkit/testkit.hpp>

#include <itch_decode.hpp>
#include <itch_examples.hpp>
#include <told_events.hpp>

#include <cstring>
#include <ostream>
#include <string>

namespace lln::project {

static std::ostream& operator<<(std::ostream& to, ItchResult result) {
  const char* const words[] = {"event", "other", "unknown_type", "truncated"};
  const auto number = static_cast<unsigned>(result);
  return number < 4 ? to << words[number] : to << "ItchResult(" << number << ')';
}

namespace itch_test {
namespace {

using testkit::AllocationCounter;
using testkit::Story;

constexpr std::string_view notes = "final_project/feed-handlers.md#decoding";

// One step of a story about a type, in one sentence.
std::string about(char type, std::string_view text) {
  std::string sentence = "type ";
  sentence += type;
  sentence += text;
  return sentence;
}

// A block of memory of exactly these bytes: AddressSanitizer sees whoever reads behind it.
Bytes exactly(const Bytes& bytes, std::size_t size) {
  Bytes block(size);
  if (size > 0) std::memcpy(block.data(), bytes.data(), size);
  return block;
}

void expect_decoded(Story& story, const Bytes& message, ItchResult wanted, const std::string& told) {
  const Bytes block = exactly(message, message.size());
  Teller sink;
  const ItchResult result = decode(Message(block), sink);
  story.expect(result).equals(wanted).named("the result");
  story.expect(sink.calls).equals(told.empty() ? 0U : 1U).named("the calls of the sink").units("calls");
  story.expect(sink.told).equals(told).named("the event");
}

void expect_examples(Story& story, std::string_view types) {
  for (const char type : types) {
    const Example& example = example_of(type);
    story.step(about(type, ": the message in SPEC.md section 2"));
    expect_decoded(story, bytes_of(example), ItchResult::event, std::string(example.told));
  }
}

// All fields but the type at random; what is expected is read from the bytes by the table in told_events.hpp.
void expect_random(Story& story, std::string_view types) {
  auto random = testkit::random();
  for (const char type : types) {
    Bytes message = bytes_of(example_of(type));
    story.step(about(type, ": 500 messages with random fields"));
    for (unsigned i = 0; i < 500 && story.ok(); ++i) {
      for (std::size_t at = 1; at < message.size(); ++at) message[at] = static_cast<std::byte>(random());
      expect_decoded(story, message, ItchResult::event, told_of(message));
    }
  }
}

void expect_extremes(Story& story, std::string_view types) {
  for (const char type : types) {
    Bytes message = bytes_of(example_of(type));
    for (std::size_t at = 1; at < message.size(); ++at) message[at] = std::byte{0xff};
    story.step(about(type, " with all bits of all fields set"));
    expect_decoded(story, message, ItchResult::event, told_of(message));
  }
}

// ---- orders ----

TEST(Orders, OfTheSpecification) {
  Story story("messages that change the book");
  story.notes(notes).think("at which offset does each field begin, and how wide is it?");
  expect_examples(story, "DAFECXU");
}

TEST(Orders, TheTimeStampHasSixBytes) {
  Story story("a deletion at 23:59:59.999999999");
  story.notes(notes).think("how many nanoseconds fit four bytes?");
  const Bytes message = with(bytes_of(example_of('D')), 5, std::string_view("\x4e\x94\x91\x4e\xff\xff", 6));
  expect_decoded(story, message, ItchResult::event, "OrderDeleted(13, 86399999999999, 12345678)");
}

TEST(Orders, ExtremesAreValues) {
  Story story("references, shares and prices beyond 2^31 and 2^63");
  story.notes(notes).think("which of your types is signed?");
  expect_extremes(story, "AFECXDU");
}

TEST(Orders, AtRandom) {
  Story story("messages of orders with random fields");
  story.notes(notes);
  expect_random(story, "AFECXDU");
}

TEST(Orders, AreNotJudged) {
  Story story("an order of side Z with 0 shares and locate 0; an execution that is printable '?'");
  story.notes(notes).think("who counts invalid fields: the decoder or the book (SPEC.md 9.3)?");
  Bytes add = with(bytes_of(example_of('A')), 19, "Z");
  add = with(add, 1, std::string_view("\0\0", 2));
  add = with(add, 20, std::string_view("\0\0\0\0", 4));
  expect_decoded(story, add, ItchResult::event,
                 "OrderAdded(0, 34200123456799, 12345678, Z, 0, AAPL, 1501200, none)");
  const Bytes execution = with(bytes_of(example_of('C')), 31, "?");
  expect_decoded(story, execution, ItchResult::event,
                 "OrderExecutedWithPrice(13, 34200123456802, 12345678, 50, 998878, ?, 1501250)");
}

TEST(Orders, AllocateNothingAndThrowNothing) {
  Story story("one message of each of the 23 types");
  story.notes(notes);
  std::vector<Bytes> messages;
  for (const Example& example : examples) messages.push_back(bytes_of(example));
  struct {
    void on(const EventHeader&) { ++events; }
    std::uint64_t events = 0;
  } sink;
  const AllocationCounter memory;
  for (const Bytes& message : messages) static_cast<void>(decode(Message(message), sink));
  const auto allocated = memory.allocations();
  story.expect(sink.events).equals(13U).named("the events").units("events");
  story.expect(allocated).equals(0U).named("what was allocated").units("blocks");
  story.expect(noexcept(decode(Message{}, sink))).is_true().named("decode is noexcept");
}

// ---- day ----

TEST(Day, OfTheSpecification) {
  Story story("messages of the day and of trades");
  story.notes(notes);
  expect_examples(story, "SRHPQB");
}

TEST(Day, ExtremesAreValues) {
  Story story("cross trades of more than 2^63 shares, and the like");
  story.notes(notes).think("how wide are the shares of a cross trade?");
  expect_extremes(story, "SRHPQB");
}

TEST(Day, AtRandom) {
  Story story("messages of the day with random fields");
  story.notes(notes);
  expect_random(story, "SRHPQB");
}

// ---- skipped ----

TEST(Skipped, TypesForNobody) {
  Story story("the ten types that change neither book nor volume");
  story.notes(notes);
  for (const char type : std::string_view("YLVWKJhINO")) {
    story.step(about(type, ": the message in SPEC.md section 2"));
    expect_decoded(story, bytes_of(example_of(type)), ItchResult::other, "");
  }
}

TEST(Skipped, TypesThatAreNone) {
  Story story("each first byte that is none of the 23 types, in messages of 1 byte and of 60");
  story.notes(notes).think("is 'a' an order?");
  for (unsigned type = 0; type < 256; ++type) {
    if (example_of(static_cast<char>(type)).type == static_cast<char>(type)) continue;
    Bytes message(60, std::byte{'A'});
    message[0] = static_cast<std::byte>(type);
    story.step("type " + std::to_string(type));
    expect_decoded(story, exactly(message, 1), ItchResult::unknown_type, "");
    expect_decoded(story, message, ItchResult::unknown_type, "");
  }
}

// ---- lengths ----

TEST(Lengths, NoBytesAtAll) {
  Story story("a message of no bytes: legal in the transport, no message of ITCH");
  story.notes(notes).think("where is the type of a message without bytes?");
  Teller sink;
  story.expect(decode(Message{}, sink)).equals(ItchResult::truncated).named("the result");
  story.expect(sink.calls).equals(0U).named("the calls of the sink").units("calls");
}

void cut_off(const Example& example) {
  const Bytes whole = bytes_of(example);
  Story story(about(example.type, " of " + std::to_string(whole.size()) + " bytes, cut off"));
  story.notes(notes).think("F is A and four bytes: when is it too short?");
  for (std::size_t size = 1; size < whole.size() && story.ok(); ++size) {
    story.step("after " + std::to_string(size) + " bytes");
    expect_decoded(story, exactly(whole, size), ItchResult::truncated, "");
  }
}

TEST(Lengths, TooShort) {
  for (const Example& example : examples) {
    cut_off(example);
    if (HasFailure()) return;
  }
}

TEST(Lengths, ExactlyEnough) {
  Story story("each type, with not a byte behind it");
  story.notes(notes);
  for (const Example& example : examples) {
    story.step(about(example.type, ""));
    const ItchResult wanted = example.told.empty() ? ItchResult::other : ItchResult::event;
    expect_decoded(story, bytes_of(example), wanted, std::string(example.told));
  }
}

void grown(const Example& example) {
  Story story(about(example.type, " with 1 to 40 bytes that a later version of the format appends"));
  story.notes(notes).think("what would the book lose if the message were ignored?");
  const ItchResult wanted = example.told.empty() ? ItchResult::other : ItchResult::event;
  Bytes message = bytes_of(example);
  for (unsigned more = 1; more <= 40 && story.ok(); ++more) {
    message.push_back(std::byte{0xee});
    story.step("and " + std::to_string(more) + " bytes more");
    expect_decoded(story, message, wanted, std::string(example.told));
  }
}

TEST(Lengths, Grown) {
  for (const Example& example : examples) {
    grown(example);
    if (HasFailure()) return;
  }
}

TEST(Lengths, AnyBytes) {
  Story story("3,000 messages of random bytes and lengths");
  story.notes(notes);
  auto random = testkit::random();
  for (unsigned i = 0; i < 3'000 && story.ok(); ++i) {
    Bytes message(random() % 64);
    for (std::byte& byte : message) byte = static_cast<std::byte>(random());
    if (!message.empty()) message[0] = static_cast<std::byte>(examples[random() % 23].type);
    const std::size_t needed =
        message.empty() ? 1 : bytes_of(example_of(static_cast<char>(message[0]))).size();
    const std::string told = message.size() < needed ? "" : told_of(message);
    const ItchResult wanted = message.size() < needed ? ItchResult::truncated
                              : told.empty()          ? ItchResult::other
                                                      : ItchResult::event;
    expect_decoded(story, message, wanted, told);
  }
}

}  // namespace
}  // namespace itch_test
}  // namespace lln::project
