// What the compiler makes of three structures that look thought through.
#include <cstddef>
#include <cstdint>
#include <cstdio>

namespace {

struct alignas(64) Padded {
  std::uint64_t count;
  char pad[64 - sizeof(std::uint64_t)];  // changes nothing
};
struct alignas(64) NotPadded {
  std::uint64_t count;
};
static_assert(sizeof(Padded) == sizeof(NotPadded));

// #region sorted
struct Unsorted {
  std::uint8_t side;
  std::uint64_t reference;
  std::uint8_t flags;
  std::uint32_t shares;
  std::uint16_t locate;
  std::uint64_t price;
};
struct Sorted {
  std::uint64_t reference;
  std::uint64_t price;
  std::uint32_t shares;
  std::uint16_t locate;
  std::uint8_t side;
  std::uint8_t flags;
};
// #endregion sorted
static_assert(sizeof(Unsorted) == 40 && sizeof(Sorted) == 24);

// #region packet
struct alignas(64) Packet {
  std::uint64_t sequence;
  std::uint64_t received_ns;
  std::uint16_t length;
  char payload[1400];
};
// #endregion packet

constexpr std::size_t line_of(std::size_t offset) { return offset / 64; }
constexpr std::size_t payload_at = offsetof(Packet, payload);
constexpr std::size_t payload_lines = line_of(payload_at + 1400 - 1) - line_of(payload_at) + 1;

}  // namespace

int main() {
  std::printf("Padded, NotPadded           %zu and %zu bytes\n", sizeof(Padded), sizeof(NotPadded));
  std::printf("Unsorted, Sorted            %zu and %zu bytes\n", sizeof(Unsorted), sizeof(Sorted));
  std::printf("Packet                      %zu bytes, %zu lines\n", sizeof(Packet), sizeof(Packet) / 64);
  std::printf("its payload                 lies in %zu lines\n", payload_lines);
  std::printf("beside the header           %zu of its 1400 bytes\n", 64 - payload_at);
}
