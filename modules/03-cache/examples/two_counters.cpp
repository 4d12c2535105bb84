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

struct Turn {
  double from;
  double to;
};
Turn count(Counter& counter) {
  const double from = example::now_ns();
  for (int i = 0; i < counts; ++i) counter.fetch_add(1, std::memory_order_relaxed);
  return {from, example::now_ns()};
}

// Both are running when a round begins. Only whoever waits for long gives its processor away.
void meet(std::atomic<int>& arrived, int all) {
  arrived.fetch_add(1);
  lln::lock_free::SpinWait pause({.spins = std::thread::hardware_concurrency() < 2 ? 0U : 1U << 18});
  while (arrived.load() < all) pause.wait();
}

// The median of those rounds in which both counted at the same time, nearly from begin to end.
double ns_a_count(Counter& received, Counter& applied) {
  std::atomic<int> arrived{0};
  Turn others{};
  std::thread other([&] {
    for (int meeting = 0; meeting < 2 * rounds;) {
      meet(arrived, 2 * ++meeting);
      others = count(applied);
      meet(arrived, 2 * ++meeting);
    }
  });
  std::vector<double> ns;
  for (int meeting = 0; meeting < 2 * rounds;) {
    meet(arrived, 2 * ++meeting);
    const Turn own = count(received);
    meet(arrived, 2 * ++meeting);
    const double both = std::min(own.to, others.to) - std::max(own.from, others.from);
    if (both > 0.8 * (own.to - own.from)) ns.push_back((own.to - own.from) / counts);
  }
  other.join();
  if (ns.empty()) return 0;  // not one: too few processors, or a busy machine
  std::nth_element(ns.begin(), ns.begin() + std::ssize(ns) / 2, ns.end());
  return ns[ns.size() / 2];
}

void print(const char* layout, double ns) {
  if (ns == 0)
    std::printf("%-44s not measured: the two never counted at the same time\n", layout);
  else
    std::printf("%-44s %6.2f ns\n", layout, ns);
}

}  // namespace

int main() {
  alignas(64) Together together;
  PaddedAfterwards padded{};
  Apart apart;
  print("two counters, side by side", ns_a_count(together.received, together.applied));
  print("in an aligned struct, padded to 64 bytes", ns_a_count(padded.received, padded.applied));
  print("each in a line of its own", ns_a_count(*apart.received, *apart.applied));
}
