// Cache levels by pointer chase: each load's address is the value of the load before it, so nothing overlaps.
#include "figure.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <numeric>
#include <random>

namespace lln::numbers {
namespace {

constexpr std::size_t line = 64;

std::string size_text(std::size_t bytes) {
  return bytes >= (1U << 20) ? std::to_string(bytes >> 20) + " MiB" : std::to_string(bytes >> 10) + " KiB";
}

// One cycle through all lines of `bytes`, in an order that no prefetcher guesses (Sattolo's shuffle).
struct Chase {
  explicit Chase(std::size_t bytes_wanted) : bytes(bytes_wanted) {
    void* const got = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (got == MAP_FAILED) return;
    memory = static_cast<char*>(got);
    madvise(memory, bytes, MADV_HUGEPAGE);  // so that the cost is the cache's and not the page table's
    std::vector<std::uint32_t> order(bytes / line);
    std::iota(order.begin(), order.end(), 0U);
    std::mt19937_64 random(42);
    for (std::size_t i = order.size() - 1; i > 0; --i) std::swap(order[i], order[random() % i]);
    for (std::size_t i = 0; i < order.size(); ++i) {
      *reinterpret_cast<char**>(memory + order[i] * line) = memory + order[(i + 1) % order.size()] * line;
    }
    place = memory;
  }
  ~Chase() {
    if (memory != nullptr) munmap(memory, bytes);
  }
  Chase(const Chase&) = delete;
  Chase& operator=(const Chase&) = delete;

  double run(std::size_t steps) {
    const double from = now_ns();
    char* at = place;
    for (std::size_t i = 0; i < steps; ++i) at = *reinterpret_cast<char**>(at);
    asm volatile("" : : "r"(at) : "memory");
    place = at;
    return now_ns() - from;
  }

  std::size_t bytes;
  char* memory = nullptr;
  char* place = nullptr;
};

std::size_t cache_size(int name, std::size_t otherwise) {
  const long size = sysconf(name);
  return size > 0 ? static_cast<std::size_t>(size) : otherwise;
}

}  // namespace

void measure_memory(const Settings& settings, std::vector<Figure>& figures) {
  const std::size_t l1 = cache_size(_SC_LEVEL1_DCACHE_SIZE, 32U << 10);
  const std::size_t l2 = cache_size(_SC_LEVEL2_CACHE_SIZE, 1U << 20);
  const std::size_t l3 = cache_size(_SC_LEVEL3_CACHE_SIZE, 8U << 20);
  constexpr std::size_t most = 512U << 20;
  const std::size_t dram = std::min(most, 4 * l3);
  struct Level {
    const char* name;
    const char* title;
    double textbook_ns;
    std::size_t bytes;
  };
  for (const Level level :
       {Level{"l1", "L1 cache", 1, l1 / 2}, Level{"l2", "L2 cache", 4, l2 / 2},
        Level{"l3", "L3 cache", 40, std::min(l3 / 2, 4 * l2)}, Level{"dram", "main memory", 100, dram}}) {
    Figure figure{level.name,
                  std::string(level.title) + ", " + size_text(level.bytes),
                  level.textbook_ns,
                  "pointer chase through " + size_text(level.bytes) + " of shuffled lines",
                  {},
                  {}};
    Chase chase(level.bytes);
    if (chase.place == nullptr) {
      figure.problem = "no memory for it";
    } else {
      if (std::string_view(level.name) == "dram" && dram < 4 * l3) {
        figure.how += "; L3 says " + size_text(l3) + ", so some may be answered by it";
      }
      const std::size_t lines = level.bytes / line;
      (void)chase.run(std::min<std::size_t>(lines, 4U << 20));
      const std::size_t steps = level.bytes > (8U << 20) ? 200'000 : 1'000'000;
      repeat(settings, figure, static_cast<double>(steps), [&] { return chase.run(steps); });
    }
    figures.push_back(figure);
  }
}

}  // namespace lln::numbers
