#include "figure.hpp"

#include <atomic>
#include <cstdint>
#include <mutex>
#include <random>
#include <thread>

namespace lln::numbers {
namespace {

// One branch per entry; the empty asm keeps the compiler from turning it into a conditional move.
double branch_over(const std::vector<std::uint8_t>& taken) {
  const double from = now_ns();
  std::uint64_t sum = 0;
  for (const std::uint8_t t : taken) {
    if (t != 0) {
      asm volatile("" : "+r"(sum));
      sum += 3;
    }
  }
  asm volatile("" : : "r"(sum));
  return now_ns() - from;
}

}  // namespace

void measure_branches(const Settings& settings, std::vector<Figure>& figures) {
  // Long enough that no predictor learns it by heart.
  constexpr std::size_t count = 1U << 20;
  std::vector<std::uint8_t> random_bits(count);
  std::mt19937_64 random(42);
  for (auto& bit : random_bits) bit = static_cast<std::uint8_t>(random() & 1);
  std::vector<std::uint8_t> sorted_bits = random_bits;
  std::sort(sorted_bits.begin(), sorted_bits.end());
  Figure figure{"branch_miss",
                "branch mispredicted",
                3.0,
                "random bits less the same bits sorted, per wrong guess (half of the branches)",
                {},
                {}};
  // Half of the random branches are guessed wrong, whatever the guess.
  repeat(settings, figure, count / 2.0, [&] { return branch_over(random_bits) - branch_over(sorted_bits); });
  figures.push_back(figure);
}

void measure_locks(const Settings& settings, std::vector<Figure>& figures) {
  constexpr int pairs = 200'000;
  std::mutex mutex;
  std::uint64_t guarded = 0;
  const auto lock_loop = [&](int n) {
    for (int i = 0; i < n; ++i) {
      const std::lock_guard lock(mutex);
      ++guarded;
    }
  };
  // With a second thread around: glibc leaves out the atomic instruction in a process that never had one.
  std::thread([] {}).join();
  Figure free{"mutex_free", "mutex, nobody else wants it", 25.0, {}, {}, {}};
  free.how = "std::mutex lock and unlock in a loop";
  repeat(settings, free, pairs, [&] {
    const double from = now_ns();
    lock_loop(pairs);
    return now_ns() - from;
  });
  figures.push_back(free);

  Figure contended{"mutex_contended", "mutex, two threads want it", {}, {}, {}, {}};
  contended.how = "two threads on two processors lock, add one, unlock in a loop; time per lock of either";
  if (processors() < 2) {
    contended.problem = "needs two processors";
  } else {
    constexpr int each = 50'000;
    repeat(settings, contended, 2.0 * each, [&] {
      std::atomic<int> ready = 0;
      const auto side = [&](std::size_t cpu) {
        pin_this_thread(cpu);
        ++ready;
        while (ready < 2) {
        }
        lock_loop(each);
      };
      std::thread other([&] { side(1); });
      std::thread one([&] { side(0); });
      while (ready < 2) std::this_thread::yield();
      const double from = now_ns();
      one.join();
      other.join();
      return now_ns() - from;
    });
  }
  figures.push_back(contended);
}

}  // namespace lln::numbers
