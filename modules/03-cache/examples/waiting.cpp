// Reads lines of 256 MiB at random, twice. Once each place is known beforehand; once each depends on the line before.
#include "timed.hpp"

#include <cstdint>
#include <cstdio>
#include <vector>

namespace {

struct alignas(64) Line {
  std::uint64_t zero = 0;
};
constexpr std::uint64_t count = (256U << 20) / sizeof(Line);
constexpr int loads = 200'000;

// Of Marsaglia's xorshift generators: a few instructions, no memory.
std::uint64_t next_place(std::uint64_t x) {
  x ^= x << 13;
  x ^= x >> 7;
  return x ^ x << 17;
}

}  // namespace

int main() {
  const std::vector<Line> lines(count);
  std::uint64_t place = 1;
  std::uint64_t sum = 0;
  // #region waiting
  const double known = example::best_ns(5, [&] {
    for (int i = 0; i < loads; ++i) {
      place = next_place(place);
      sum += lines[place % count].zero;
    }
  });
  const double dependent = example::best_ns(5, [&] {
    for (int i = 0; i < loads; ++i) {
      place = next_place(place);
      place += lines[place % count].zero;  // adds 0, which the processor does not know
    }
  });
  // #endregion waiting
  example::keep(sum + place);
  std::printf("places known beforehand       %6.1f ns a load\n", known / loads);
  std::printf("each depends on the last      %6.1f ns a load\n", dependent / loads);
}
