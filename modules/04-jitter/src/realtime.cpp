#include "realtime.hpp"

#include "capabilities.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace lln::jitter::detail {
namespace {

bool is_realtime(int thread) noexcept {
  const int policy = ::sched_getscheduler(thread) & ~SCHED_RESET_ON_FORK;
  return policy == SCHED_FIFO || policy == SCHED_RR || policy == SCHED_DEADLINE;
}

}  // namespace

std::string to_string(const cpu_set_t& cpus) {
  std::string text;
  for (int first = 0; first < CPU_SETSIZE; ++first) {
    if (!CPU_ISSET(first, &cpus)) continue;
    int last = first;
    while (last + 1 < CPU_SETSIZE && CPU_ISSET(last + 1, &cpus)) ++last;
    if (!text.empty()) text += ',';
    text += std::to_string(first);
    if (last > first) text += '-' + std::to_string(last);
    first = last;
  }
  return text;
}

std::optional<std::string> why_fifo_would_freeze(const cpu_set_t& entry_cpus, std::optional<int> cpu) {
  cpu_set_t usable = entry_cpus;  // by any thread of this process
  cpu_set_t taken;                // by real-time threads with a CPU of their own
  CPU_ZERO(&taken);
  if (cpu) CPU_SET(*cpu, &taken);
  int floating = cpu ? 0 : 1;  // real-time threads that take one CPU, but we cannot know which
  std::error_code ignored;     // a thread may end while we look
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task", ignored)) {
    const int thread = std::atoi(entry.path().filename().c_str());
    cpu_set_t cpus;
    if (thread == ::gettid() || ::sched_getaffinity(thread, sizeof cpus, &cpus) != 0) continue;
    CPU_OR(&usable, &usable, &cpus);
    if (!is_realtime(thread)) continue;
    if (CPU_COUNT(&cpus) == 1) {
      CPU_OR(&taken, &taken, &cpus);
    } else {
      ++floating;
    }
  }
  cpu_set_t common;
  CPU_AND(&common, &usable, &taken);
  if (CPU_COUNT(&usable) - CPU_COUNT(&common) - floating >= 1) return std::nullopt;
  if (CPU_COUNT(&usable) == 1) {
    return "CPU " + to_string(usable) +
           " is the only one that this process may use: a spinning real-time thread would leave nothing to "
           "the "
           "threads that have to stop it; allow a second CPU (taskset, cpuset)";
  }
  return "it would leave none of the CPUs " + to_string(usable) +
         " to ordinary threads, as this process's other real-time threads hold the rest";
}

std::string explain_fifo_refusal(int priority, int error) {
  if (error == EPERM && has_capability(CAP_SYS_NICE)) {
    return "this process may set real-time priorities, but its control group has no real-time budget: write "
           "one to "
           "cpu.rt_runtime_us of the group, or start outside it";
  }
  rlimit limit{};
  ::getrlimit(RLIMIT_RTPRIO, &limit);
  return "needs CAP_SYS_NICE or an rtprio limit of at least " + std::to_string(priority) +
         "; this process has " + std::to_string(limit.rlim_cur) +
         " (ulimit -r, LimitRTPRIO=, /etc/security/limits.conf)";
}

std::string fifo_remarks(int priority) {
  std::string text;
  long runtime = 0;
  long period = 0;
  std::ifstream("/proc/sys/kernel/sched_rt_runtime_us") >> runtime;
  std::ifstream("/proc/sys/kernel/sched_rt_period_us") >> period;
  if (runtime < 0) {
    text =
        "; real-time throttling is off on this machine: if this thread does not stop spinning, only another "
        "CPU can";
  } else if (period > runtime && runtime > 0) {
    text = "; real-time threads get at most " + std::to_string(runtime / 1000) + " of each " +
           std::to_string(period / 1000) + " ms while others wait";
  }
  constexpr int threaded_handlers = 50;
  if (priority > threaded_handlers) {
    text += "; this is above the " + std::to_string(threaded_handlers) +
            " of threaded interrupt handlers, which wait for it on this CPU";
  }
  return text;
}

}  // namespace lln::jitter::detail
