// The protocol of the exercise: a header of 8 bytes, then the payload, over a stream. Numbers have their most significant byte
// first.
//
//   offset size  field     request         answer        goodbye
//        0    1  version   1               1             1
//        1    1  type      1               2             3
//        2    2  length    of the payload  the same      1
//        4    4  id        any             the same      of the request that it objects to
//        8  ...  payload   any             the same      one byte: Reason
#pragma once

#include <cstddef>
#include <cstdint>

namespace lln::exercise {

inline constexpr std::size_t header_size = 8;
inline constexpr std::size_t goodbye_size = header_size + 1;

enum class Reason : std::uint8_t { bad_version = 1, bad_type = 2, too_long = 3 };

struct Header {
  std::uint8_t version = 1;
  std::uint8_t type = 1;
  std::uint16_t length = 0;
  std::uint32_t id = 0;
};

// Of 8 bytes; nothing is checked.
inline Header decode(const std::byte* from) noexcept {
  const auto at = [from](std::size_t i) { return std::to_integer<std::uint32_t>(from[i]); };
  return {static_cast<std::uint8_t>(at(0)), static_cast<std::uint8_t>(at(1)),
          static_cast<std::uint16_t>(at(2) << 8 | at(3)), at(4) << 24 | at(5) << 16 | at(6) << 8 | at(7)};
}

inline void encode(const Header& header, std::byte* to) noexcept {
  to[0] = static_cast<std::byte>(header.version);
  to[1] = static_cast<std::byte>(header.type);
  to[2] = static_cast<std::byte>(header.length >> 8);
  to[3] = static_cast<std::byte>(header.length & 0xff);
  for (unsigned i = 0; i < 4; ++i) to[4 + i] = static_cast<std::byte>(header.id >> (24 - 8 * i) & 0xff);
}

}  // namespace lln::exercise
