// Walks round in N lines, each load telling where the next one is. The lines of one walk lie 4096 bytes apart, those
// of the other 4160: as many bytes, as many lines, as many pages.
#include "timed.hpp"

#include <cstddef>
#include <cstdio>
#include <vector>

namespace {

struct alignas(64) Line {
  const Line* next;
};

double ns_a_load(std::size_t count, std::size_t apart) {
  std::vector<Line> memory(count * apart / sizeof(Line) + 1);
  for (std::size_t i = 0; i < count; ++i)
    memory[i * apart / sizeof(Line)].next = &memory[(i + 1) % count * apart / sizeof(Line)];
  constexpr int loads = 100'000;
  const double ns = example::best_ns(9, [&] {
    const Line* at = memory.data();
    for (int i = 0; i < loads; ++i) at = at->next;
    example::keep(at);
  });
  return ns / loads;
}

}  // namespace

int main() {
  std::printf("%8s %18s %18s\n", "lines", "4096 bytes apart", "4160 bytes apart");
  for (const std::size_t lines : {8U, 12U, 13U, 16U, 32U, 64U, 128U})
    std::printf("%8zu %15.2f ns %15.2f ns\n", lines, ns_a_load(lines, 4096), ns_a_load(lines, 4160));
}
