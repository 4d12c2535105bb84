// Cache levels by pointer chase: each load's address is the value of the load before it, so nothing overlaps.
#include "figure.hpp"

#include <lln/latency/pointer_chase.hpp>

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <span>

namespace lln::numbers {
namespace {

std::string size_text(std::size_t bytes) {
  return bytes >= (1U << 20) ? std::to_string(bytes >> 20) + " MiB" : std::to_string(bytes >> 10) + " KiB";
}

// Fresh memory for a chase; empty when there is none.
class Memory {
 public:
  explicit Memory(std::size_t bytes) {
    void* const got = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (got == MAP_FAILED) return;
    madvise(got, bytes, MADV_HUGEPAGE);  // so that the cost is the cache's and not the page table's
    bytes_ = {static_cast<std::byte*>(got), bytes};
  }
  ~Memory() {
    if (!bytes_.empty()) munmap(bytes_.data(), bytes_.size());
  }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  std::span<std::byte> bytes() const { return bytes_; }

 private:
  std::span<std::byte> bytes_;
};

double timed_run(latency::PointerChase& chase, std::size_t steps) {
  const double from = now_ns();
  chase.run(steps);
  return now_ns() - from;
}

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
    const Memory memory(level.bytes);
    if (memory.bytes().empty()) {
      figure.problem = "no memory for it";
    } else {
      if (std::string_view(level.name) == "dram" && dram < 4 * l3) {
        figure.how += "; L3 says " + size_text(l3) + ", so some may be answered by it";
      }
      latency::PointerChase chase(memory.bytes());
      chase.run(std::min<std::size_t>(chase.lines(), 4U << 20));
      const std::size_t steps = level.bytes > (8U << 20) ? 200'000 : 1'000'000;
      repeat(settings, figure, static_cast<double>(steps), [&] { return timed_run(chase, steps); });
    }
    figures.push_back(figure);
  }
}

}  // namespace lln::numbers
