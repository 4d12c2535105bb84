// The shortest of several runs in ns: what the work takes when nobody disturbs it. For examples; benches do more.
#pragma once

#include <algorithm>
#include <chrono>
#include <limits>

namespace example {

template <class Work>
double best_ns(int runs, Work work) {
  double best = std::numeric_limits<double>::max();
  for (int run = 0; run < runs; ++run) {
    const auto before = std::chrono::steady_clock::now();
    work();
    const auto after = std::chrono::steady_clock::now();
    best = std::min(best, std::chrono::duration<double, std::nano>(after - before).count());
  }
  return best;
}

// The compiler must believe that the value is used.
template <class T>
void keep(const T& value) {
  asm volatile("" : : "r,m"(value) : "memory");
}

}  // namespace example
