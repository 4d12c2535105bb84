// LD_PRELOAD library: the wall clock of one process, shifted by what a file says at the moment.
//
// LLN_CLOCK_OFFSET names a file of 8 bytes, a signed number of nanoseconds in the machine's byte order; whoever writes
// into it steps the clock. CLOCK_REALTIME, gettimeofday and time go with it; CLOCK_MONOTONIC, the kernel's packet stamps
// and all other processes do not. Without the variable, or when the file cannot be mapped, nothing is shifted.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <ctime>

namespace {

constexpr std::int64_t ns_per_s = 1'000'000'000;

const std::int64_t* map_offset() noexcept {
  const char* const path = std::getenv("LLN_CLOCK_OFFSET");
  if (path == nullptr) return nullptr;
  const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return nullptr;
  void* const mapped = ::mmap(nullptr, sizeof(std::int64_t), PROT_READ, MAP_SHARED, fd, 0);
  ::close(fd);
  return mapped == MAP_FAILED ? nullptr : static_cast<const std::int64_t*>(mapped);
}

std::int64_t offset_ns() noexcept {
  static const std::int64_t* const shared = map_offset();
  return shared == nullptr ? 0 : __atomic_load_n(shared, __ATOMIC_RELAXED);
}

timespec shifted(timespec time) noexcept {
  const std::int64_t offset = offset_ns();
  std::int64_t ns = time.tv_nsec + offset % ns_per_s;
  std::int64_t seconds = time.tv_sec + offset / ns_per_s;
  if (ns < 0) {
    ns += ns_per_s;
    --seconds;
  } else if (ns >= ns_per_s) {
    ns -= ns_per_s;
    ++seconds;
  }
  return {seconds, ns};
}

}  // namespace

extern "C" {

// The system call itself: the library's own function is the one that is replaced. It costs some hundred ns instead of the
// some ten of the vDSO.
int clock_gettime(clockid_t clock, timespec* time) noexcept {
  const auto result = static_cast<int>(::syscall(SYS_clock_gettime, clock, time));
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) *time = shifted(*time);
  return result;
}

int gettimeofday(timeval* time, void*) noexcept {
  timespec now{};
  if (::clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
  *time = {now.tv_sec, now.tv_nsec / 1000};
  return 0;
}

time_t time(time_t* to) noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  if (to != nullptr) *to = now.tv_sec;
  return now.tv_sec;
}

}  // extern "C"
