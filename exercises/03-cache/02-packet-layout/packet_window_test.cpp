// What the window holds; where its fields lie; what an operation touches.
#include <lln/cache/cache_aligned.hpp>
#include <lln/testkit/accesses.hpp>
#include <lln/testkit/allocations.hpp>
#include <lln/testkit/random.hpp>
#include <lln/testkit/testkit.hpp>

#include <packet_window.hpp>

#include <algorithm>
#include <memory>

namespace {

using lln::cache::cache_line;
using lln::exercise::Arrival;
using lln::exercise::Cold;
using lln::exercise::Hot;
using lln::exercise::max_payload;
using lln::exercise::PacketWindow;
using lln::exercise::Plain;
using lln::testkit::Access;
using lln::testkit::AccessRecorder;
using lln::testkit::Recorded;
using lln::testkit::Story;

constexpr const char* notes = "modules/03-cache/README.md#layout";

Arrival arrival_of(std::uint64_t sequence, std::uint16_t count) {
  return {.sequence = sequence,
          .count = count,
          .received_ns = sequence * 1'000,
          .hardware_ns = sequence * 1'000 - 7,
          .source = static_cast<std::uint32_t>(sequence * 2'654'435'761U),
          .port = static_cast<std::uint16_t>(sequence ^ 0x5555U),
          .line = static_cast<std::uint8_t>(sequence % 2),
          .flags = static_cast<std::uint8_t>(sequence * 3)};
}

std::vector<std::byte> payload_of(std::uint64_t sequence, std::size_t length) {
  std::vector<std::byte> bytes(length);
  for (std::size_t i = 0; i < length; ++i) bytes[i] = static_cast<std::byte>(sequence + i);
  return bytes;
}

// ---- holds ----

template <class Window>
void expect_packet(Story& story, const Window& window, std::size_t slot, const Arrival& wanted,
                   std::size_t length) {
  const Arrival was = window.arrival(slot);
  story.expect(was.sequence).equals(wanted.sequence).named("sequence");
  story.expect(was.count).equals(wanted.count).named("count");
  story.expect(was.received_ns).equals(wanted.received_ns).named("received_ns");
  story.expect(was.hardware_ns).equals(wanted.hardware_ns).named("hardware_ns");
  story.expect(was.source).equals(wanted.source).named("source");
  story.expect(was.port).equals(wanted.port).named("port");
  story.expect(was.line).equals(wanted.line).named("line");
  story.expect(was.flags).equals(wanted.flags).named("flags");
  story.expect_bytes(window.payload(slot), payload_of(wanted.sequence, length));
}

TEST(Holds, APacketUntilItIsDropped) {
  Story story("two packets in a window of two");
  story.notes(notes);
  PacketWindow<> window(2);
  story.expect(window.find(0).has_value()).is_false().named("message 0 in the empty window");
  story.step("hold messages 100 to 109, and 120");
  const auto first = window.hold(arrival_of(100, 10), payload_of(100, max_payload));
  const auto second = window.hold(arrival_of(120, 1), payload_of(120, 3));
  story.expect(first.has_value() && second.has_value()).is_true().named("both have a slot");
  if (!story.ok()) return;
  story.expect(*first != *second).is_true().named("two slots");
  story.expect(window.hold(arrival_of(130, 1), payload_of(130, 3)).has_value())
      .is_false()
      .named("a slot for a third packet");
  story.step("find their messages");
  for (const std::uint64_t there : {100U, 105U, 109U}) story.expect(window.find(there)).equals(first);
  for (const std::uint64_t absent : {0U, 99U, 110U, 119U, 121U}) {
    story.expect(window.find(absent).has_value())
        .is_false()
        .named("message " + std::to_string(absent) + " is there");
  }
  expect_packet(story, window, *first, arrival_of(100, 10), max_payload);
  expect_packet(story, window, *second, arrival_of(120, 1), 3);
  story.step("drop what is below 109, then below 110");
  story.expect(window.drop_below(109)).equals(0U).units("packets");
  story.expect(window.drop_below(110)).equals(1U).units("packets");
  story.expect(window.find(105).has_value()).is_false().named("message 105 is there");
  story.expect(window.find(120)).equals(second);
  story.step("the slot is free");
  story.expect(window.hold(arrival_of(140, 2), payload_of(140, 9))).equals(first);
  expect_packet(story, window, *first, arrival_of(140, 2), 9);
}

TEST(Holds, TheLastMessageOfAll) {
  Story story("the last numbers that 64 bits have");
  story.notes(notes).think("what is sequence + count, when the packet ends with message 2^64 - 1?");
  constexpr std::uint64_t last = ~std::uint64_t{0};
  PacketWindow<> window(4);
  const auto slot = window.hold(arrival_of(last - 2, 3), payload_of(1, 1));
  story.expect(slot.has_value()).is_true().named("a slot");
  for (const std::uint64_t there : {last - 2, last - 1, last}) story.expect(window.find(there)).equals(slot);
  story.expect(window.find(last - 3).has_value()).is_false().named("the message before is there");
  story.expect(window.find(0).has_value()).is_false().named("message 0 is there");
  story.expect(window.drop_below(last)).equals(0U).units("packets");
  story.expect(window.find(last)).equals(slot);
}

TEST(Holds, RandomlyBesideAList) {
  Story story("3000 random operations in a window of 16, beside a list");
  story.notes(notes);
  auto random = lln::testkit::random();
  PacketWindow<> window(16);
  struct Held {
    Arrival arrival;
    std::size_t length, slot;
  };
  std::vector<Held> held;
  std::uint64_t below = 0;
  for (int i = 0; i < 3'000 && story.ok(); ++i) {
    const std::uint64_t sequence = below + random() % 64 * 4;  // packets of at most 4 messages do not overlap
    const auto has = [&](const Held& packet) {
      return sequence - packet.arrival.sequence < packet.arrival.count;
    };
    const auto found = std::find_if(held.begin(), held.end(), has);
    if (random() % 8 == 0) {
      below += random() % 32 * 4;
      const auto is_below = [&](const Held& p) { return p.arrival.sequence + p.arrival.count <= below; };
      story.expect(window.drop_below(below))
          .equals(std::erase_if(held, is_below))
          .named("dropped")
          .units("packets");
    } else if (found != held.end()) {
      story.expect(window.find(sequence)).equals(found->slot).named("the slot that was found");
      if (story.ok()) expect_packet(story, window, found->slot, found->arrival, found->length);
    } else {
      story.expect(window.find(sequence).has_value()).is_false().named("an absent message was found");
      const Arrival arrival = arrival_of(sequence, static_cast<std::uint16_t>(1 + random() % 4));
      const std::size_t length = random() % (max_payload + 1);
      const auto slot = window.hold(arrival, payload_of(sequence, length));
      story.expect(slot.has_value()).equals(held.size() < 16).named("a slot for one more");
      if (slot) held.push_back({arrival, length, *slot});
    }
  }
}

// ---- hot-and-cold ----

// The bytes of those fields that the structure has.
template <class S>
constexpr std::size_t field_bytes() {
  std::size_t sum = 0;
  if constexpr (requires(S s) { s.sequence; }) sum += sizeof(S::sequence);
  if constexpr (requires(S s) { s.count; }) sum += sizeof(S::count);
  if constexpr (requires(S s) { s.length; }) sum += sizeof(S::length);
  if constexpr (requires(S s) { s.received_ns; }) sum += sizeof(S::received_ns);
  if constexpr (requires(S s) { s.hardware_ns; }) sum += sizeof(S::hardware_ns);
  if constexpr (requires(S s) { s.source; }) sum += sizeof(S::source);
  if constexpr (requires(S s) { s.port; }) sum += sizeof(S::port);
  if constexpr (requires(S s) { s.line; }) sum += sizeof(S::line);
  if constexpr (requires(S s) { s.flags; }) sum += sizeof(S::flags);
  return sum;
}

template <class S>
constexpr bool has_what_find_needs = requires(S s) {
  s.sequence;
  s.count;
};

TEST(HotAndCold, FourPacketsToALine) {
  Story story("what the search reads of a packet");
  story.notes(notes).think("how many packets does one line of 64 bytes bring?");
  story.expect(has_what_find_needs<Hot<Plain>>).is_true().named("Hot has sequence and count");
  story.expect(sizeof(Hot<Plain>)).equals(16U).named("sizeof(Hot)").units("bytes");
  story.expect(alignof(Hot<Plain>)).at_most(16U).named("alignof(Hot)").units("bytes");
}

TEST(HotAndCold, EveryFieldOnceAndNoPadding) {
  Story story("the sum of the fields, and the size");
  story.notes(notes).think("what lies between a field of 1 byte and the field of 8 behind it?");
  constexpr std::size_t all = 8 + 2 + 2 + 8 + 8 + 4 + 2 + 1 + 1;
  const std::size_t hot = field_bytes<Hot<Plain>>();
  const std::size_t cold = field_bytes<Cold<Plain>>();
  story.expect(hot + cold).equals(all).named("the fields of Hot and Cold together").units("bytes");
  story.expect(sizeof(Hot<Plain>) - hot).equals(0U).named("padding in Hot").units("bytes");
  // 20 bytes are left for Cold; the alignment of a time stamp makes 24 of them whatever the order.
  story.expect(sizeof(Cold<Plain>)).at_most(24U).named("sizeof(Cold)").units("bytes");
}

// ---- touched ----

constexpr std::size_t slots = 256;

// A full window: messages 10, 20, 30, ..., one packet each.
PacketWindow<Recorded> full_window(Story& story) {
  PacketWindow<Recorded> window(slots);
  std::size_t held = 0;
  for (std::uint64_t i = 1; i <= slots; ++i)
    held += window.hold(arrival_of(10 * i, 10), payload_of(i, 8)).has_value();
  story.step("hold 256 packets");
  story.expect(held).equals(slots).units("packets");
  return window;
}

TEST(Touched, BySearchingInVain) {
  Story story("a search for a message that is not there, in a full window of 256");
  story.notes(notes).think("of the bytes that a line brings, how many does the search look at?");
  const PacketWindow<Recorded> window = full_window(story);
  const AccessRecorder recorder(cache_line);
  const bool found = window.find(5).has_value();
  story.step("find message 5");
  story.expect(found).is_false().named("it was found");
  story.expect(recorder.count(Access::read)).at_least(slots).named("reads");
  story.expect(recorder.bytes_read()).at_most(slots * 10).named("read for 256 packets").units("bytes");
  story.expect(recorder.lines())
      .at_most(slots * 16 / cache_line + 1)
      .named("touched for 256 packets")
      .units("lines");
}

TEST(Touched, ByDropping) {
  Story story("ten of 256 packets are dropped");
  story.notes(notes).think("what must be written to make a slot free?");
  PacketWindow<Recorded> window = full_window(story);
  const AccessRecorder recorder(cache_line);
  const std::size_t dropped = window.drop_below(110);
  story.step("drop what is below message 110");
  story.expect(dropped).equals(10U).units("packets");
  story.expect(recorder.bytes_read()).at_most(slots * 10).named("read for 256 packets").units("bytes");
  story.expect(recorder.bytes_written()).at_most(10U * 16).named("written for ten packets").units("bytes");
  story.expect(recorder.lines())
      .at_most(slots * 16 / cache_line + 1)
      .named("touched for 256 packets")
      .units("lines");
}

// ---- payload-lines ----

TEST(PayloadLines, OfTheirOwn) {
  Story story("where the payloads lie");
  story.notes(notes).think("what else is in the first and the last line of a payload?");
  // Several windows at once: memory that is aligned to 16 only does not begin a line each time.
  std::vector<std::unique_ptr<PacketWindow<>>> windows;
  std::vector<std::uintptr_t> starts;
  for (std::uint64_t i = 0; i < 24 && story.ok(); ++i) {
    if (i % 3 == 0) windows.push_back(std::make_unique<PacketWindow<>>(3));
    const auto slot = windows.back()->hold(arrival_of(10 * i, 1), payload_of(i, max_payload));
    story.expect(slot.has_value()).is_true().named("a slot");
    if (!story.ok()) return;
    const auto start = reinterpret_cast<std::uintptr_t>(windows.back()->payload(*slot).data());
    story.expect(start % cache_line).equals(0U).named("the address of a payload, modulo the line's size");
    starts.push_back(start);
  }
  std::sort(starts.begin(), starts.end());
  for (std::size_t i = 1; i < starts.size(); ++i) {
    story.expect(starts[i] - starts[i - 1])
        .at_least(max_payload)
        .named("from payload to payload")
        .units("bytes");
  }
}

// ---- no-allocation ----

TEST(NoAllocation, AfterConstruction) {
  Story story("packets come and go");
  story.notes(notes);
  PacketWindow<> window(16);
  const auto payload = payload_of(1, max_payload);
  std::size_t held = 0;
  const lln::testkit::AllocationCounter count;
  for (std::uint64_t i = 1; i <= 100; ++i) {
    held += window.hold(arrival_of(10 * i, 10), payload).has_value();
    static_cast<void>(window.find(10 * i));
    static_cast<void>(window.drop_below(10 * i));
  }
  const std::uint64_t allocations = count.allocations();
  story.step("100 packets are held, found and dropped");
  story.expect(held).equals(100U).units("packets");
  story.expect(allocations).equals(0U).units("allocations");
}

}  // namespace
