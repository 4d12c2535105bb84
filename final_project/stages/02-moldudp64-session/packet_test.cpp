// Datagrams: what is valid, what is not, and why (SPEC.md 9.1).
#include <lln/testkit/allocations.hpp>
#include <lln/testkit/random.hpp>

#include <datagrams.hpp>

#include <limits>

namespace lln::project::mold_test {
namespace {

using testkit::AllocationCounter;
using testkit::Story;

constexpr std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();

void expect_error(Story& story, const Bytes& bytes, PacketError wanted) {
  const Parsed parsed(bytes);
  story.expect(parsed.result.error).equals(wanted).named("the error");
}

void expect_messages(Story& story, const Parsed& parsed, std::uint64_t sequence,
                     const std::vector<std::string>& wanted) {
  const PacketView& view = parsed.result.packet;
  story.expect(parsed.result.error).equals(PacketError::none).named("the error");
  story.expect(view.sequence).equals(sequence).named("the sequence");
  story.expect(view.session == ours).is_true().named("the session is that of the header");
  story.expect(view.end_of_session).is_false().named("the end of session");
  story.expect(view.messages.size()).equals(wanted.size()).named("the packet").units("messages");
  if (!story.ok()) return;
  for (std::size_t i = 0; i < wanted.size(); ++i) story.expect_bytes(text(view.messages[i]), wanted[i]);
}

// ---- packets ----

TEST(Packets, OfTheSpecification) {
  Story story("the datagram of two messages in SPEC.md section 3");
  story.notes(notes).think("which of the numbers has eight bytes?");
  const std::string deletion("D\0\x0d\0\x10\x1f\x1a\xd6\x35\xbd\x24\0\0\0\0\0\xbc\x61\x4e", 19);
  const std::string cancel("X\0\x0d\0\x0f\x1f\x1a\xd6\x35\xbd\x23\0\0\0\0\0\xbc\x61\x4e\0\0\0\x14", 23);
  Bytes bytes;
  append(bytes, std::string_view("000010059B\0\0\0\0\0\0\x03\xe9\0\x02", 20));
  append(bytes, std::string_view("\0\x13", 2));
  append(bytes, deletion);
  append(bytes, std::string_view("\0\x17", 2));
  append(bytes, cancel);
  const Parsed parsed(bytes);
  expect_messages(story, parsed, 1001, {deletion, cancel});
  story.expect(parsed.result.trailing_bytes).equals(0U).named("trailing_bytes");
  story.expect(parsed.result.packet.end()).equals(1003U).named("the packet's end()");
  if (!story.ok()) return;
  story.expect(parsed.result.packet.messages[0].data() == parsed.datagram.data() + 22)
      .is_true()
      .named("the first message lies where it came, 22 bytes into the datagram");
}

TEST(Packets, AHeartbeat) {
  Story story("a heartbeat, alone and with 5 bytes behind it");
  story.notes(notes);
  Bytes bytes = header(1003, 0);
  expect_messages(story, Parsed(bytes), 1003, {});
  append(bytes, "extra");
  const Parsed parsed(bytes);
  expect_messages(story, parsed, 1003, {});
  story.expect(parsed.result.trailing_bytes).equals(5U).named("trailing_bytes");
}

TEST(Packets, TheEndOfASession) {
  Story story("the end of a session, alone and with 4 bytes behind it that look like blocks");
  story.notes(notes).think("how many blocks does a count of 0xFFFF announce?");
  Bytes bytes = header(1003, end_of_session);
  for (const std::size_t more : {0U, 4U}) {
    story.step(std::to_string(more) + " bytes behind the header");
    append(bytes, 0, static_cast<unsigned>(more));
    const Parsed parsed(bytes);
    story.expect(parsed.result.error).equals(PacketError::none).named("the error");
    story.expect(parsed.result.packet.end_of_session).is_true().named("the end of session");
    story.expect(parsed.result.packet.sequence).equals(1003U).named("the sequence");
    story.expect(parsed.result.packet.messages.size()).equals(0U).named("the packet").units("messages");
    story.expect(parsed.result.trailing_bytes).equals(more).named("trailing_bytes");
  }
}

TEST(Packets, EmptyMessages) {
  Story story("blocks of 0, 3, 0 and 1 bytes");
  story.notes(notes).think("does a message of no bytes use up a sequence number?");
  expect_messages(story, Parsed(datagram(7, {"", "abc", "", "d"})), 7, {"", "abc", "", "d"});
}

TEST(Packets, BytesBehindTheLastBlock) {
  Story story("two blocks and 9 bytes behind them");
  story.notes(notes).think("what would a re-request bring if this packet were dropped?");
  Bytes bytes = datagram(7, {"one", "two"});
  append(bytes, "leftovers");
  const Parsed parsed(bytes);
  expect_messages(story, parsed, 7, {"one", "two"});
  story.expect(parsed.result.trailing_bytes).equals(9U).named("trailing_bytes");
}

TEST(Packets, TheLargestDatagram) {
  Story story("65,507 bytes: one message of 65,485 bytes; 32,743 messages of none");
  story.notes(notes);
  const std::string long_one(65'485, 'x');
  expect_messages(story, Parsed(datagram(1, {long_one})), 1, {long_one});
  const std::vector<std::string> empty_ones(32'743);
  expect_messages(story, Parsed(datagram(1, empty_ones)), 1, empty_ones);
}

TEST(Packets, TheLastNumbers) {
  Story story("messages and a heartbeat with the largest numbers that exist");
  story.notes(notes).think("does 2^64 - 1 + 0 fit 64 bits?");
  expect_messages(story, Parsed(datagram(largest - 2, {"a", "b"})), largest - 2, {"a", "b"});
  expect_messages(story, Parsed(header(largest, 0)), largest, {});
  expect_error(story, header(largest, end_of_session), PacketError::none);
}

TEST(Packets, AllocateNothingAndThrowNothing) {
  Story story("a datagram of 40 messages");
  story.notes(notes);
  const Bytes bytes = datagram(1, std::vector<std::string>(40, "thirty-six bytes, as most orders have"));
  std::vector<Message> scratch(max_messages(bytes.size()));
  const AllocationCounter memory;
  const ParsedPacket parsed = parse(bytes, scratch);
  const auto allocated = memory.allocations();
  story.expect(parsed.packet.messages.size()).equals(40U).named("the packet").units("messages");
  story.expect(allocated).equals(0U).named("what was allocated").units("blocks");
  story.expect(noexcept(parse(bytes, scratch))).is_true().named("parse is noexcept");
}

// ---- invalid ----

TEST(Invalid, TooShort) {
  Story story("datagrams of 0 to 19 bytes");
  story.notes(notes);
  for (std::size_t size = 0; size < 20; ++size) {
    story.step(std::to_string(size) + " bytes");
    const Parsed parsed(header(0, 1), size);
    story.expect(parsed.result.error).equals(PacketError::too_short).named("the error");
    story.expect(static_cast<bool>(parsed.result)).is_false().named("the packet as a truth value");
  }
}

TEST(Invalid, NumberZero) {
  Story story("sequence number 0: a message, a heartbeat, an end of session, a block that is not there");
  story.notes(notes).think("with which number does a session begin?");
  expect_error(story, datagram(0, {"a"}), PacketError::zero_sequence);
  expect_error(story, header(0, 0), PacketError::zero_sequence);
  expect_error(story, header(0, end_of_session), PacketError::zero_sequence);
  expect_error(story, header(0, 1), PacketError::zero_sequence);
}

TEST(Invalid, NumbersThatDoNotFit) {
  Story story("a packet whose last message would have a number beyond 64 bits");
  story.notes(notes).think("what is 2^64 - 1 + 2, in 64 bits?");
  expect_error(story, datagram(largest, {"a"}), PacketError::sequence_overflow);
  expect_error(story, datagram(largest - 1, {"a", "b"}), PacketError::sequence_overflow);
  story.step("and whose blocks are cut off as well: the first row of section 9.1 that fits counts");
  expect_error(story, header(largest - 1, 2), PacketError::sequence_overflow);
}

TEST(Invalid, CutOffAnywhere) {
  Story story("a datagram of the messages \"first\", \"\" and \"third\", cut off after each of its bytes");
  story.notes(notes).think("what has to be known before the two bytes of a length may be read?");
  const Bytes bytes = datagram(1, {"first", "", "third"});
  for (std::size_t size = 20; size < bytes.size(); ++size) {
    story.step(std::to_string(size) + " of " + std::to_string(bytes.size()) + " bytes");
    const Parsed parsed(bytes, size);
    story.expect(parsed.result.error).equals(PacketError::truncated_block).named("the error");
    if (!story.ok()) return;
  }
  expect_messages(story, Parsed(bytes), 1, {"first", "", "third"});
}

TEST(Invalid, MoreBlocksThanThereAre) {
  Story story("a count of 65,534, and two blocks; a block that says 65,535 bytes");
  story.notes(notes).think("how many messages may be written to scratch?");
  Bytes bytes = header(1, 0xfffe);
  append(bytes, std::string_view("\0\0\0\0", 4));
  expect_error(story, bytes, PacketError::truncated_block);
  Bytes long_one = header(1, 1);
  append(long_one, 0xffff, 2);
  append(long_one, "short");
  expect_error(story, long_one, PacketError::truncated_block);
}

// What section 9.1 says, for datagrams of few bytes.
PacketError judged(const Bytes& bytes) {
  if (bytes.size() < 20) return PacketError::too_short;
  const auto at = [&bytes](std::size_t offset) { return std::to_integer<unsigned>(bytes[offset]); };
  bool zero = true;
  for (std::size_t i = 10; i < 18; ++i) zero = zero && at(i) == 0;
  if (zero) return PacketError::zero_sequence;
  const unsigned count = at(18) * 256 + at(19) == 0xffff ? 0 : at(18) * 256 + at(19);
  std::size_t needed = 20;
  for (unsigned i = 0; i < count; ++i) {
    needed += 2;
    if (needed > bytes.size()) return PacketError::truncated_block;
    needed += at(needed - 2) * 256 + at(needed - 1);
    if (needed > bytes.size()) return PacketError::truncated_block;
  }
  return PacketError::none;
}

TEST(Invalid, AnyBytes) {
  Story story("5,000 random datagrams of up to 60 bytes, most of them with small numbers");
  story.notes(notes);
  auto random = testkit::random();
  for (unsigned i = 0; i < 5'000 && story.ok(); ++i) {
    Bytes bytes(random() % 61);
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random() % 4 == 0 ? random() % 4 : 0);
    if (random() % 2 == 0 && bytes.size() > 19) bytes[17] = std::byte{1};
    if (random() % 8 == 0 && bytes.size() > 19) bytes[18] = bytes[19] = std::byte{0xff};
    const Parsed parsed(bytes);
    story.expect(parsed.result.error).equals(judged(bytes)).named("the error");
    if (!parsed.result) continue;
    const std::span<const Message> messages = parsed.result.packet.messages;
    std::size_t sum = 20 + parsed.result.trailing_bytes;
    for (const Message message : messages) sum += 2 + message.size();
    story.expect(sum).equals(bytes.size()).named("header, blocks and trailing bytes together").units("bytes");
  }
}

}  // namespace
}  // namespace lln::project::mold_test
