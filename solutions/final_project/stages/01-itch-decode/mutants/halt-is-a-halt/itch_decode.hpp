// mutant: skipped release: h, a halt on one market, is told as H
// Stage 08-01: ITCH messages become events. The brief is in README.md of final_project/stages/01-itch-decode.
//
// Threads: a pure function on bytes of the caller. Guarantees: noexcept, allocates nothing, reads no byte outside the
// message, whatever is in it. Source: SPEC.md sections 1, 2 and 9.2.
#pragma once

#include <lln/project/itch_events.hpp>
#include <lln/project/packet.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace lln::project {

enum class ItchResult : std::uint8_t {
  event,         // sink.on(...) was called once
  other,         // one of the 23 types, whole, and no handler needs it: Y L V W K J h I N O
  unknown_type,  // none of the 23 types: skipped
  truncated      // no bytes at all, or fewer than the type says: ignored
};

namespace itch_detail {

// Bytes of a message by its type; 0: no such type.
inline constexpr std::array<std::uint8_t, 256> length_of = [] {
  std::array<std::uint8_t, 256> lengths{};
  constexpr struct {
    char type;
    std::uint8_t length;
  } types[] = {{'S', 12}, {'R', 39}, {'H', 25}, {'Y', 20}, {'L', 26}, {'V', 35}, {'W', 12}, {'K', 28},
               {'J', 35}, {'h', 21}, {'A', 36}, {'F', 40}, {'E', 31}, {'C', 36}, {'X', 23}, {'D', 19},
               {'U', 35}, {'P', 44}, {'Q', 40}, {'B', 19}, {'I', 50}, {'N', 20}, {'O', 48}};
  for (const auto& [type, length] : types) lengths[static_cast<unsigned char>(type)] = length;
  return lengths;
}();

// The fields of one message that is as long as its type says, by their offsets.
class Fields {
 public:
  explicit Fields(const std::byte* message) noexcept : at_(message) {}

  char type() const noexcept { return letter(0); }
  EventHeader header() const noexcept {
    return {.locate = u16(1), .timestamp_ns = std::uint64_t{u16(5)} << 32 | u32(7)};
  }
  char letter(std::size_t offset) const noexcept { return static_cast<char>(at_[offset]); }
  std::uint16_t u16(std::size_t offset) const noexcept {
    const auto value = load<std::uint16_t>(offset);
    return little ? __builtin_bswap16(value) : value;
  }
  std::uint32_t u32(std::size_t offset) const noexcept {
    const auto value = load<std::uint32_t>(offset);
    return little ? __builtin_bswap32(value) : value;
  }
  std::uint64_t u64(std::size_t offset) const noexcept {
    const auto value = load<std::uint64_t>(offset);
    return little ? __builtin_bswap64(value) : value;
  }
  Stock stock(std::size_t offset) const noexcept { return load<Stock>(offset); }
  Mpid mpid(std::size_t offset) const noexcept { return load<Mpid>(offset); }

 private:
  static constexpr bool little = std::endian::native == std::endian::little;

  // memcpy, not a cast: nothing in a packet is aligned. It is one load.
  template <class T>
  T load(std::size_t offset) const noexcept {
    T value;
    std::memcpy(&value, at_ + offset, sizeof value);
    return value;
  }

  const std::byte* at_;
};

}  // namespace itch_detail

// Decodes one message and hands it to the sink as one of the twelve events of itch_events.hpp, by `sink.on(event)`; A and F
// are both OrderAdded. At most one call, and only with the result `event`. Bytes behind the known fields are ignored, and
// the values are not judged: that is for the books. The event is valid during the call.
template <class Sink>
ItchResult decode(Message message, Sink& sink) noexcept {
  if (message.empty()) return ItchResult::truncated;
  const std::size_t length = itch_detail::length_of[std::to_integer<std::size_t>(message[0])];
  if (length == 0) return ItchResult::unknown_type;
  if (message.size() < length) return ItchResult::truncated;

  const itch_detail::Fields f(message.data());
  switch (f.type()) {
    case 'A':
      sink.on(OrderAdded{f.header(), f.u64(11), f.letter(19), f.u32(20), f.stock(24), f.u32(32), Mpid{}});
      break;
    case 'F':
      sink.on(OrderAdded{f.header(), f.u64(11), f.letter(19), f.u32(20), f.stock(24), f.u32(32), f.mpid(36)});
      break;
    case 'E':
      sink.on(OrderExecuted{f.header(), f.u64(11), f.u32(19), f.u64(23)});
      break;
    case 'C':
      sink.on(OrderExecutedWithPrice{f.header(), f.u64(11), f.u32(19), f.u64(23), f.letter(31), f.u32(32)});
      break;
    case 'X':
      sink.on(OrderCancelled{f.header(), f.u64(11), f.u32(19)});
      break;
    case 'D':
      sink.on(OrderDeleted{f.header(), f.u64(11)});
      break;
    case 'U':
      sink.on(OrderReplaced{f.header(), f.u64(11), f.u64(19), f.u32(27), f.u32(31)});
      break;
    case 'P':
      sink.on(Trade{f.header(), f.letter(19), f.u32(20), f.stock(24), f.u32(32), f.u64(36)});
      break;
    case 'Q':
      sink.on(CrossTrade{f.header(), f.u64(11), f.stock(19), f.u32(27), f.u64(31)});
      break;
    case 'B':
      sink.on(BrokenTrade{f.header(), f.u64(11)});
      break;
    case 'R':
      sink.on(StockDirectory{f.header(), f.stock(11)});
      break;
    case 'H':
    case 'h':
      sink.on(TradingAction{f.header(), f.stock(11), f.letter(19)});
      break;
    case 'S':
      sink.on(SystemEvent{f.header(), f.letter(11)});
      break;
    default:
      return ItchResult::other;
  }
  return ItchResult::event;
}

}  // namespace lln::project
