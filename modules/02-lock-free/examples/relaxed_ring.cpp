// A ring whose every memory order is relaxed: wrong, and on x86 it works. Says how many of 20 million items arrived in
// order. Compiled with -fsanitize=thread it is found out at once.
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <thread>

// #region relaxed-ring
constexpr std::uint64_t capacity = 1024;
std::array<std::uint64_t, capacity> slots;
std::atomic<std::uint64_t> tail{0};
std::atomic<std::uint64_t> head{0};
constexpr auto relaxed = std::memory_order_relaxed;

bool push(std::uint64_t value) {
  const std::uint64_t t = tail.load(relaxed);
  if (t - head.load(relaxed) == capacity) return false;
  slots[t % capacity] = value;
  tail.store(t + 1, relaxed);  // WRONG: nothing keeps the item before the index
  return true;
}

bool pop(std::uint64_t& value) {
  const std::uint64_t h = head.load(relaxed);
  if (tail.load(relaxed) == h) return false;
  value = slots[h % capacity];
  head.store(h + 1, relaxed);  // WRONG: nothing keeps the read before it
  return true;
}
// #endregion relaxed-ring

int main() {
  constexpr std::uint64_t items = 20'000'000;
  std::thread producer([] {
    for (std::uint64_t i = 0; i < items;) push(i) ? static_cast<void>(++i) : std::this_thread::yield();
  });
  std::uint64_t in_order = 0;
  for (std::uint64_t i = 0; i < items;) {
    std::uint64_t value = 0;
    if (!pop(value)) {
      std::this_thread::yield();
      continue;
    }
    in_order += value == i++;
  }
  producer.join();
  std::printf("%llu of %llu items in order\n", static_cast<unsigned long long>(in_order),
              static_cast<unsigned long long>(items));
  return in_order == items ? 0 : 1;
}
