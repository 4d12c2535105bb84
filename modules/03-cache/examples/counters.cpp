// Asks the kernel for hardware counters, and counts the misses of a walk through 64 MiB with those that it gives.
#include "timed.hpp"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <vector>

namespace {

constexpr std::uint64_t cache_event(std::uint64_t cache, std::uint64_t result) {
  return cache | PERF_COUNT_HW_CACHE_OP_READ << 8 | result << 16;
}

class Counter {
 public:
  Counter(std::uint32_t type, std::uint64_t event) {
    perf_event_attr wanted{};
    wanted.size = sizeof wanted;
    wanted.type = type;
    wanted.config = event;
    wanted.exclude_kernel = 1;  // allowed up to perf_event_paranoid 2
    wanted.exclude_hv = 1;
    file_ = static_cast<int>(syscall(SYS_perf_event_open, &wanted, 0, -1, -1, 0));  // this thread, any CPU
    if (file_ < 0) why_not_ = errno;
  }
  ~Counter() {
    if (file_ >= 0) close(file_);
  }
  Counter(const Counter&) = delete;
  Counter& operator=(const Counter&) = delete;

  std::uint64_t read_now() const {
    std::uint64_t count = 0;
    return read(file_, &count, sizeof count) == sizeof count ? count : 0;
  }
  int why_not() const { return why_not_; }

 private:
  int file_ = -1;
  int why_not_ = 0;
};

}  // namespace

int main() {
  struct Event {
    const char* name;
    std::uint32_t type;
    std::uint64_t config;
  };
  const Event events[] = {
      {"instructions", PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS},
      {"last-level cache misses", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES},
      {"L1 load misses", PERF_TYPE_HW_CACHE,
       cache_event(PERF_COUNT_HW_CACHE_L1D, PERF_COUNT_HW_CACHE_RESULT_MISS)},
      {"TLB load misses", PERF_TYPE_HW_CACHE,
       cache_event(PERF_COUNT_HW_CACHE_DTLB, PERF_COUNT_HW_CACHE_RESULT_MISS)},
      {"page faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS},
  };
  for (const Event& event : events) {
    const Counter counter(event.type, event.config);
    if (counter.why_not() != 0) {
      std::printf("%-24s not here: %s\n", event.name, std::strerror(counter.why_not()));
      continue;
    }
    const std::uint64_t before = counter.read_now();
    std::vector<char> memory(64U << 20);
    std::uint64_t sum = 0;
    for (std::size_t i = 0, at = 0; i < memory.size() / 64; ++i, at += 4160)
      sum += static_cast<std::uint64_t>(memory[at % memory.size()]);
    example::keep(sum);
    std::printf("%-24s %llu\n", event.name, static_cast<unsigned long long>(counter.read_now() - before));
  }
}
