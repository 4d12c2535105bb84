// What the kernel says about this thread and process, read without the code under test.
#pragma once

#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

namespace lln::jitter::test {

struct ThreadState {
  std::vector<int> cpus;
  int policy = 0;
  int priority = 0;
  int timer_slack = 0;
  friend bool operator==(const ThreadState&, const ThreadState&) = default;
};

inline std::vector<int> affinity() {
  cpu_set_t set;
  CPU_ZERO(&set);
  ::sched_getaffinity(0, sizeof set, &set);
  std::vector<int> result;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &set)) result.push_back(cpu);
  }
  return result;
}

inline bool set_affinity(const std::vector<int>& cpus) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (int cpu : cpus) CPU_SET(cpu, &set);
  return ::sched_setaffinity(0, sizeof set, &set) == 0;
}

inline ThreadState thread_state() {
  sched_param parameters{};
  ::sched_getparam(0, &parameters);
  return {affinity(), ::sched_getscheduler(0), parameters.sched_priority,
          ::prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0)};
}

// Bytes of this process that are locked into memory.
inline std::uint64_t locked_bytes() {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("VmLck:")) return std::stoull(line.substr(6)) * 1024;
  }
  return 0;
}

inline std::size_t page_size() { return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)); }

// How many pages of the range are in memory.
inline std::size_t resident_pages(void* first, std::size_t bytes) {
  std::vector<unsigned char> flags((bytes + page_size() - 1) / page_size());
  if (::mincore(first, bytes, flags.data()) != 0) return 0;
  std::size_t count = 0;
  for (unsigned char flag : flags) count += flag & 1U;
  return count;
}

inline void* map_pages(std::size_t bytes, int protection = PROT_READ | PROT_WRITE) {
  void* result = ::mmap(nullptr, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return result == MAP_FAILED ? nullptr : result;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool sanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif
#else
inline constexpr bool sanitized = false;
#endif

}  // namespace lln::jitter::test
