// The counts of lln-watch.so, and when they begin and end.
//
// Threads: any. Relaxed everywhere: counters of their own, no data stands behind them.
#pragma once

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace lln::watch {

enum Count : std::size_t {
  datagrams,
  receives,
  idle,
  allocations,
  frees,
  sends,
  writes,
  waits,
  memory,
  other,
  faults,
  count_of
};
inline constexpr std::array<const char*, count_of> names{"datagrams", "receives", "idle",   "allocations",
                                                         "frees",     "sends",    "writes", "waits",
                                                         "memory",    "other",    "faults"};

struct State {
  std::array<std::atomic<std::uint64_t>, count_of> now{};
  std::array<std::atomic<std::uint64_t>, count_of> begin{};
  std::array<std::atomic<std::uint64_t>, count_of> end{};
  std::atomic<bool> begun{false};
  std::uint64_t skip = 0;
};
inline State state;  // of static storage: it is used before main

inline void count(Count what, std::uint64_t by = 1) noexcept {
  state.now[what].fetch_add(by, std::memory_order_relaxed);
}

template <class Function>
Function next(const char* name) noexcept {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

inline void copy_to(std::array<std::atomic<std::uint64_t>, count_of>& to) noexcept {
  for (std::size_t i = 0; i < count_of; ++i)
    to[i].store(state.now[i].load(std::memory_order_relaxed), std::memory_order_relaxed);
}

inline constexpr int known = 1024;                    // descriptors
inline std::array<std::atomic<char>, known> kinds{};  // 0: not asked yet

inline void forget(int fd) noexcept {
  if (fd >= 0 && fd < known) kinds[static_cast<std::size_t>(fd)].store(0, std::memory_order_relaxed);
}

inline bool is_udp(int fd) noexcept {
  if (fd < 0 || fd >= known) return false;
  char kind = kinds[static_cast<std::size_t>(fd)].load(std::memory_order_relaxed);
  if (kind == 0) {
    int type = 0;
    socklen_t size = sizeof type;
    const bool udp = ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_DGRAM;
    kind = udp ? 'u' : 'x';
    kinds[static_cast<std::size_t>(fd)].store(kind, std::memory_order_relaxed);
  }
  return kind == 'u';
}

inline void received(int fd, std::uint64_t number) noexcept {
  if (!is_udp(fd)) return count(other);
  static thread_local std::uint64_t seen = 0;  // faults of this thread that have been counted
  const int error = errno;
  rusage usage{};
  ::getrusage(RUSAGE_THREAD, &usage);
  const auto faults_now = static_cast<std::uint64_t>(usage.ru_minflt + usage.ru_majflt);
  count(faults, faults_now - seen);
  seen = faults_now;
  count(receives);
  count(datagrams, number);
  if (state.now[datagrams].load(std::memory_order_relaxed) > state.skip) {
    if (!state.begun.exchange(true, std::memory_order_relaxed)) copy_to(state.begin);
    copy_to(state.end);
  }
  errno = error;
}

inline void receive_done(int fd, ssize_t result, std::uint64_t number) noexcept {
  if (result > 0) {
    received(fd, number);
  } else {
    count(result < 0 && errno != EAGAIN ? other : idle);
  }
}

// One line for each count: its name and how often between the two datagrams.
inline void report() noexcept {
  const char* const path = ::getenv("LLN_WATCH_FILE");
  if (path == nullptr) return;
  FILE* const file = ::fopen(path, "we");
  if (file == nullptr) return;
  for (std::size_t i = 0; i < count_of; ++i) {
    const std::uint64_t number =
        state.end[i].load(std::memory_order_relaxed) - state.begin[i].load(std::memory_order_relaxed);
    ::fprintf(file, "%s %llu\n", names[i], static_cast<unsigned long long>(number));
  }
  ::fprintf(file, "received %llu\n",
            static_cast<unsigned long long>(state.now[datagrams].load(std::memory_order_relaxed)));
  ::fclose(file);
}

class Lifetime {
 public:
  Lifetime() {
    if (const char* const skip = ::getenv("LLN_WATCH_SKIP")) state.skip = ::strtoull(skip, nullptr, 10);
    ::unsetenv("LD_PRELOAD");  // what the handler starts is not watched
  }
  ~Lifetime() { report(); }
};

}  // namespace lln::watch
