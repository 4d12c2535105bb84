// WRONG on purpose: unmasks a WebSocket payload eight bytes at a time through a pointer to words. Compiled with
// -fsanitize=alignment, which says so; without it, it works on x86 until the compiler uses what it was promised.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>

namespace {

// #region wrong-words
void unmask(std::byte* payload, std::size_t length, std::uint64_t mask) {
  auto* words = reinterpret_cast<std::uint64_t*>(payload);  // WRONG: there are no words there
  for (std::size_t i = 0; i < length / 8; ++i) words[i] ^= mask;
}
// #endregion wrong-words

}  // namespace

int main() {
  alignas(64) std::array<std::byte, 64> frame{};  // as well aligned as can be
  constexpr std::size_t header = 6;               // of a short masked frame: the payload begins behind it
  unmask(frame.data() + header, 16, 0x1234'5678'1234'5678);
  std::printf("first byte: %02x\n", std::to_integer<unsigned>(frame[header]));
}
