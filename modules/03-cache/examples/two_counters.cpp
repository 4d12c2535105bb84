// Two threads count, each in a variable of its own. Only where the variables lie differs.
#include "timed.hpp"

#include <lln/cache/cache_aligned.hpp>
#include <lln/lock_free/spin_wait.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <thread>
#include <utility>
#include <vector>

namespace {

using Counter = std::atomic<std::uint64_t>;

// #region layouts
struct Together {
  Counter received{0};
  Counter applied{0};
};
struct alignas(64) PaddedAfterwards {
  Counter received{0};
  Counter applied{0};
  char pad[64 - 2 * sizeof(Counter)];
};
struct Apart {
  lln::cache::CacheAligned<Counter> received{std::in_place, 0U};
  lln::cache::CacheAligned<Counter> applied{std::in_place, 0U};
};
// #endregion layouts

constexpr int counts = 20'000;
constexpr int rounds = 101;

void count(Counter& counter) {
  for (int i = 0; i < counts; ++i) counter.fetch_add(1, std::memory_order_relaxed);
}

// Both are running when a round begins, and a round is short. Only whoever waits for long gives its processor away.
void meet(std::atomic<int>& arrived, int all) {
  arrived.fetch_add(1);
  lln::lock_free::SpinWait pause({.spins = std::thread::hardware_concurrency() < 2 ? 0U : 1U << 18});
  while (arrived.load() < all) pause.wait();
}

// The median of the rounds.
double ns_a_count(Counter& received, Counter& applied) {
  std::atomic<int> arrived{0};
  std::thread other([&] {
    for (int round = 1; round <= rounds; ++round) {
      meet(arrived, 2 * round);
      count(applied);
    }
  });
  std::vector<double> ns;
  for (int round = 1; round <= rounds; ++round) {
    meet(arrived, 2 * round);
    ns.push_back(example::best_ns(1, [&] { count(received); }) / counts);
  }
  other.join();
  std::nth_element(ns.begin(), ns.begin() + rounds / 2, ns.end());
  return ns[rounds / 2];
}

}  // namespace

int main() {
  alignas(64) Together together;
  PaddedAfterwards padded{};
  Apart apart;
  std::printf("%-44s %6.2f ns\n", "two counters, side by side",
              ns_a_count(together.received, together.applied));
  std::printf("%-44s %6.2f ns\n", "in an aligned struct, padded to 64 bytes",
              ns_a_count(padded.received, padded.applied));
  std::printf("%-44s %6.2f ns\n", "each in a line of its own", ns_a_count(*apart.received, *apart.applied));
  if (std::thread::hardware_concurrency() < 2) std::puts("One processor only: the threads took turns.");
}
