// A clock for examples; benches do more.
#pragma once

#include <algorithm>
#include <chrono>
#include <limits>

namespace example {

inline double now_ns() {
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// The shortest of several runs: what the work takes when nobody disturbs it.
template <class Work>
double best_ns(int runs, Work work) {
  double best = std::numeric_limits<double>::max();
  for (int run = 0; run < runs; ++run) {
    const double before = now_ns();
    work();
    best = std::min(best, now_ns() - before);
  }
  return best;
}

// The compiler must believe that the value is used.
template <class T>
void keep(const T& value) {
  asm volatile("" : : "r,m"(value) : "memory");
}

}  // namespace example
