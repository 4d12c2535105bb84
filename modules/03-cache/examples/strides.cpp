// Adds one to every k-th integer of 64 MiB. A sixteenth of the work takes hardly less time.
#include "timed.hpp"

#include <cstdint>
#include <cstdio>
#include <vector>

int main() {
  std::vector<std::uint32_t> numbers((64 << 20) / sizeof(std::uint32_t));
  std::printf("%-16s %12s %10s %14s\n", "every", "additions", "ms", "ns an addition");
  for (std::size_t step = 1; step <= 256; step *= 2) {
    const double ns = example::best_ns(5, [&] {
      for (std::size_t i = 0; i < numbers.size(); i += step) numbers[i] += 1;
      example::keep(numbers.data());
    });
    const auto additions = static_cast<double>(numbers.size() / step);
    std::printf("%4zu (%4zu bytes) %12.0f %10.2f %14.2f\n", step, step * sizeof(std::uint32_t), additions,
                ns / 1e6, ns / additions);
  }
}
