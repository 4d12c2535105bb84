#include "memory_lock.hpp"

#include "capabilities.hpp"

#include <alloca.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <fstream>
#include <limits>
#include <system_error>

namespace lln::jitter::detail {
namespace {

// A line "<name>:   <number> kB" of a file in /proc, in bytes.
std::uint64_t read_kib(const char* file, const std::string& name) {
  std::ifstream in(file);
  std::string word;
  while (in >> word) {
    std::uint64_t kib = 0;
    if (word == name && in >> kib) return kib * 1024;
    in.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return 0;
}

std::string readable(std::uint64_t bytes) {
  return bytes < 10 << 20 ? std::to_string(bytes >> 10) + " KiB" : std::to_string(bytes >> 20) + " MiB";
}

}  // namespace

// MCL_CURRENT makes everything mapped resident at once, so that the hot path takes no fault. For what is mapped later
// MCL_ONFAULT is used: without it, reserving a large range would fill it. Two cases want less:
// - a mapping larger than free memory (a reserved, sparsely used table): filling it would end in the OOM killer;
// - a limit on locked memory: with MCL_FUTURE every allocation beyond the limit would fail.
LockResult lock_all_memory() {
  const std::uint64_t mapped = read_kib("/proc/self/status", "VmSize:");
  const std::uint64_t resident = read_kib("/proc/self/status", "VmRSS:");
  const std::uint64_t locked_before = read_kib("/proc/self/status", "VmLck:");
  const std::uint64_t available = read_kib("/proc/meminfo", "MemAvailable:");
  rlimit limit{};
  ::getrlimit(RLIMIT_MEMLOCK, &limit);
  const bool unlimited = limit.rlim_cur == RLIM_INFINITY || has_capability(CAP_IPC_LOCK);
  const bool fill = mapped < resident || mapped - resident < available / 2;

  LockResult result{false, locked_before == 0, {}};
  if (::mlockall(MCL_CURRENT | (fill ? 0 : MCL_ONFAULT)) != 0) {
    const int error = errno;
    result.detail = "mlockall: " + std::generic_category().message(error);
    if (!unlimited) {
      result.detail += "; this process maps " + readable(mapped) + ", the limit of locked memory is " +
                       readable(limit.rlim_cur) +
                       ": needs CAP_IPC_LOCK or a higher limit (ulimit -l, LimitMEMLOCK=, "
                       "/etc/security/limits.conf)";
    }
    return result;
  }
  result.locked = true;
  const bool later = unlimited && ::mlockall(MCL_FUTURE | MCL_ONFAULT) == 0;
  result.detail =
      fill ? "all " + readable(mapped) + " mapped now are resident and locked"
           : "of " + readable(mapped) + " mapped now, more than fits into memory, what is touched is locked";
  result.detail += later ? "; pages mapped later are locked from their first touch on"
                         : "; pages mapped later are not locked, as allocations beyond the limit of " +
                               readable(limit.rlim_cur) + " would fail";
  if (!result.ours_to_undo) result.detail += "; stays locked at the end, as some memory was locked before";
  return result;
}

[[gnu::noinline]] std::string touch_stack(std::size_t bytes) {
  pthread_attr_t attributes;
  void* lowest = nullptr;
  std::size_t size = 0;
  if (const int error = ::pthread_getattr_np(::pthread_self(), &attributes); error != 0) {
    return "cannot read this thread's stack size: " + std::generic_category().message(error);
  }
  ::pthread_attr_getstack(&attributes, &lowest, &size);
  ::pthread_attr_destroy(&attributes);

  const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  const auto end = reinterpret_cast<std::uintptr_t>(lowest);
  constexpr std::size_t reserve = 64 * 1024;  // for the calls of a signal handler and our own
  const std::size_t left = here > end + reserve ? here - end - reserve : 0;
  if (bytes > left) {
    return "only " + std::to_string(left) + " bytes of this thread's stack of " + std::to_string(size) +
           " are left; ask for less or create the thread with a larger stack (pthread_attr_setstacksize, "
           "ulimit -s)";
  }
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  volatile char* memory = static_cast<volatile char*>(alloca(bytes));
  // From the top down: the main thread's stack grows into the page below the lowest one that it has.
  for (std::size_t offset = bytes; offset > 0; offset -= offset < page ? offset : page)
    memory[offset - 1] = 0;
  memory[0] = 0;
  return {};
}

}  // namespace lln::jitter::detail
