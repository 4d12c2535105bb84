// Datagrams and packets for the tests, written byte by byte.
#pragma once

#include <lln/project/packet.hpp>
#include <lln/testkit/testkit.hpp>

#include <mold_session.hpp>

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace lln::project {

inline std::ostream& operator<<(std::ostream& to, PacketError error) {
  const char* const words[] = {"none", "too_short", "zero_sequence", "sequence_overflow", "truncated_block"};
  const auto number = static_cast<unsigned>(error);
  return number < 5 ? to << words[number] : to << "PacketError(" << number << ')';
}

inline std::ostream& operator<<(std::ostream& to, Arrival arrival) {
  const char* const words[] = {"foreign", "in_order", "gap", "late", "duplicate"};
  const auto number = static_cast<unsigned>(arrival);
  return number < 5 ? to << words[number] : to << "Arrival(" << number << ')';
}

inline std::ostream& operator<<(std::ostream& to, const Gap& gap) {
  return to << '[' << gap.begin << ", " << gap.end << ')';
}

namespace mold_test {

inline constexpr std::string_view notes = "final_project/feed-handlers.md#the-session";
inline constexpr SessionId ours{'0', '0', '0', '0', '1', '0', '0', '5', '9', 'B'};
inline constexpr SessionId other{'0', '0', '0', '0', '1', '0', '0', '5', '9', 'C'};
inline constexpr unsigned end_of_session = 0xffff;

using Bytes = std::vector<std::byte>;

inline void append(Bytes& bytes, std::uint64_t number, unsigned width) {
  while (width-- > 0) bytes.push_back(static_cast<std::byte>(number >> (8 * width) & 0xff));
}

inline void append(Bytes& bytes, std::string_view text) {
  for (const char letter : text) bytes.push_back(static_cast<std::byte>(letter));
}

inline Bytes header(std::uint64_t sequence, unsigned count) {
  Bytes bytes;
  append(bytes, {ours.data(), ours.size()});
  append(bytes, sequence, 8);
  append(bytes, count, 2);
  return bytes;
}

inline Bytes datagram(std::uint64_t sequence, const std::vector<std::string>& messages) {
  Bytes bytes = header(sequence, static_cast<unsigned>(messages.size()));
  for (const std::string& message : messages) {
    append(bytes, message.size(), 2);
    append(bytes, message);
  }
  return bytes;
}

// parse() with a copy of the first `size` bytes and a scratch that has not one byte too many: AddressSanitizer sees whoever
// goes beyond.
struct Parsed {
  Parsed(const Bytes& bytes, std::size_t size)
      : datagram(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)),
        scratch(max_messages(size)),
        result(parse(datagram, scratch)) {}
  explicit Parsed(const Bytes& bytes) : Parsed(bytes, bytes.size()) {}

  Bytes datagram;
  std::vector<Message> scratch;
  ParsedPacket result;
};

inline std::string_view text(Message message) {
  return {reinterpret_cast<const char*>(message.data()), message.size()};
}

// A packet of messages `begin` to `end` - 1; without messages a heartbeat.
inline PacketView packet(std::uint64_t begin, std::uint64_t end, const SessionId& session = ours) {
  static const std::vector<Message> empty_ones(70'000);
  return {.session = session,
          .sequence = begin,
          .end_of_session = false,
          .messages = {empty_ones.data(), static_cast<std::size_t>(end - begin)}};
}

inline PacketView day_ends(std::uint64_t at, const SessionId& session = ours) {
  return {.session = session, .sequence = at, .end_of_session = true, .messages = {}};
}

struct Wanted {
  Arrival arrival;
  std::uint64_t fresh;
  std::uint64_t next;
  std::uint64_t missing;
  Gap gap{};
};

inline void expect_observed(testkit::Story& story, SessionTracker& line, const PacketView& view,
                            const Wanted& wanted) {
  const Observation was = line.on_packet(view);
  story.expect(was.arrival).equals(wanted.arrival).named("the arrival");
  if (wanted.arrival == Arrival::gap) story.expect(was.gap).equals(wanted.gap).named("the gap");
  story.expect(was.fresh).equals(wanted.fresh).named("fresh").units("messages");
  story.expect(line.next()).equals(wanted.next).named("next()");
  story.expect(line.missing()).equals(wanted.missing).named("missing()").units("messages");
}

}  // namespace mold_test
}  // namespace lln::project
