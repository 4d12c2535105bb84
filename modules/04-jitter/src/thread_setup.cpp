#include "memory_lock.hpp"
#include "realtime.hpp"

#include <lln/jitter/thread_setup.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <system_error>
#include <utility>

namespace lln::jitter {
namespace {

std::string error_text(const char* call) {
  return std::string(call) + ": " + std::generic_category().message(errno);
}

cpu_set_t current_cpus() {
  cpu_set_t cpus;
  if (::sched_getaffinity(0, sizeof cpus, &cpus) != 0) {
    throw std::system_error(errno, std::generic_category(), "reading the CPUs of this thread");
  }
  return cpus;
}

}  // namespace

std::vector<int> allowed_cpus() {
  const cpu_set_t cpus = current_cpus();
  std::vector<int> result;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &cpus)) result.push_back(cpu);
  }
  return result;
}

// Real-time priority comes last, so that none of the work above runs with it, and is given back first.
ThreadSetup::ThreadSetup(const ThreadOptions& options) : entry_cpus_(current_cpus()), thread_id_(::gettid()) {
  if (options.cpu) pin(*options.cpu);
  if (options.no_huge_pages) forbid_huge_pages();
  if (options.lock_memory) lock_memory();
  if (options.prefault_heap_bytes > 0) prefault_heap(options.prefault_heap_bytes);
  if (options.prefault_stack_bytes > 0) prefault_stack(options.prefault_stack_bytes);
  if (options.timer_slack) set_timer_slack(*options.timer_slack);
  if (options.idle_exit_latency) limit_idle(*options.idle_exit_latency);
  if (options.fifo_priority) set_fifo(*options.fifo_priority);
}

// What cannot be restored stays as it is: a destructor has nobody to tell.
ThreadSetup::~ThreadSetup() {
  assert(thread_id_ == ::gettid());
  if (entry_policy_) ::sched_setscheduler(0, entry_policy_->policy, &entry_policy_->parameters);
  if (idle_request_ >= 0) ::close(idle_request_);
  if (entry_slack_) ::prctl(PR_SET_TIMERSLACK, *entry_slack_, 0, 0, 0);
  heap_.reset();
  if (unlock_memory_) ::munlockall();
  if (allow_huge_pages_) ::prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0);
  if (restore_cpus_) ::sched_setaffinity(0, sizeof entry_cpus_, &entry_cpus_);
}

bool ThreadSetup::all_ok() const noexcept {
  return std::all_of(steps_.begin(), steps_.end(), [](const SetupStep& step) { return step.ok; });
}

void ThreadSetup::report(const char* name, bool ok, std::string detail) {
  steps_.push_back({name, ok, std::move(detail)});
}

void ThreadSetup::pin(int cpu) {
  const std::string which = "CPU " + std::to_string(cpu);
  if (cpu < 0 || cpu >= CPU_SETSIZE) {
    report("cpu", false, which + " does not exist; this thread may use " + detail::to_string(entry_cpus_));
    return;
  }
  cpu_set_t wanted;
  CPU_ZERO(&wanted);
  CPU_SET(cpu, &wanted);
  if (::sched_setaffinity(0, sizeof wanted, &wanted) != 0) {
    report("cpu", false,
           which + " is not available to this process (" + error_text("sched_setaffinity") +
               "): it is offline, missing or outside the cpuset; this thread may use " +
               detail::to_string(entry_cpus_));
    return;
  }
  restore_cpus_ = true;
  report("cpu", true, "runs on " + which + " only; before on " + detail::to_string(entry_cpus_));
}

void ThreadSetup::lock_memory() {
  detail::LockResult result = detail::lock_all_memory();
  unlock_memory_ = result.locked && result.ours_to_undo;
  report("lock_memory", result.locked, std::move(result.detail));
}

void ThreadSetup::forbid_huge_pages() {
  if (::prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0) == 1) {
    report("no_huge_pages", true, "this process had forbidden them before");
    return;
  }
  allow_huge_pages_ = ::prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) == 0;
  report("no_huge_pages", allow_huge_pages_,
         allow_huge_pages_ ? "no transparent huge pages for this process; those it has stay"
                           : error_text("prctl(PR_SET_THP_DISABLE)"));
}

void ThreadSetup::prefault_heap(std::size_t bytes) {
  try {
    heap_.emplace(bytes);
    report("prefault_heap_bytes", true,
           std::to_string(bytes) + " bytes of heap are resident and stay with malloc");
  } catch (const std::system_error& error) {
    report("prefault_heap_bytes", false, error.what());
  }
}

void ThreadSetup::prefault_stack(std::size_t bytes) {
  std::string refusal = detail::touch_stack(bytes);
  const bool ok = refusal.empty();
  report("prefault_stack_bytes", ok,
         ok ? std::to_string(bytes) + " bytes of stack are resident" : std::move(refusal));
}

void ThreadSetup::set_timer_slack(std::chrono::nanoseconds slack) {
  if (slack.count() < 1) {
    report("timer_slack", false, std::to_string(slack.count()) + " ns is too short; the least is 1 ns");
    return;
  }
  const int before = ::prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0);
  if (::prctl(PR_SET_TIMERSLACK, static_cast<unsigned long>(slack.count()), 0, 0, 0) != 0) {
    report("timer_slack", false, error_text("prctl(PR_SET_TIMERSLACK)"));
    return;
  }
  // 0 is what a real-time thread has; setting 0 would mean "the default".
  if (before > 0) entry_slack_ = static_cast<unsigned long>(before);
  report("timer_slack", true,
         std::to_string(slack.count()) + " ns; before " + std::to_string(before) + " ns" +
             (before == 0 ? " (a real-time thread has none, whatever is set)" : ""));
}

// The request holds as long as the file is open, so that it ends with the process whatever happens.
void ThreadSetup::limit_idle(std::chrono::microseconds latency) {
  const std::string asked = std::to_string(latency.count()) + " us";
  if (latency.count() < 0 || latency.count() > std::numeric_limits<std::int32_t>::max()) {
    report("idle_exit_latency", false, asked + " is no latency; 0 is the strictest");
    return;
  }
  const int file = ::open("/dev/cpu_dma_latency", O_WRONLY | O_CLOEXEC);
  const auto value = static_cast<std::int32_t>(latency.count());
  if (file < 0 || ::write(file, &value, sizeof value) != sizeof value) {
    const bool forbidden = errno == EACCES || errno == EPERM;
    report("idle_exit_latency", false,
           error_text("/dev/cpu_dma_latency") +
               (forbidden ? "; needs root, or a udev rule for this device" : ""));
    if (file >= 0) ::close(file);
    return;
  }
  idle_request_ = file;
  report("idle_exit_latency", true,
         "no CPU enters an idle state that takes more than " + asked + " to leave");
}

void ThreadSetup::set_fifo(int priority) {
  const int low = ::sched_get_priority_min(SCHED_FIFO);
  const int high = ::sched_get_priority_max(SCHED_FIFO);
  if (priority < low || priority > high) {
    report("fifo_priority", false,
           "priority " + std::to_string(priority) + " is not in " + std::to_string(low) + ".." +
               std::to_string(high));
    return;
  }
  const cpu_set_t cpus = current_cpus();
  std::optional<int> own_cpu;
  if (CPU_COUNT(&cpus) == 1) own_cpu = allowed_cpus().front();
  if (auto reason = detail::why_fifo_would_freeze(entry_cpus_, own_cpu)) {
    report("fifo_priority", false, std::move(*reason));
    return;
  }
  Policy before{::sched_getscheduler(0), {}};
  ::sched_getparam(0, &before.parameters);
  sched_param wanted{};
  wanted.sched_priority = priority;
  if (::sched_setscheduler(0, SCHED_FIFO, &wanted) != 0) {
    const int error = errno;
    report("fifo_priority", false,
           error_text("sched_setscheduler") + "; " + detail::explain_fifo_refusal(priority, error));
    return;
  }
  entry_policy_ = before;
  report("fifo_priority", true,
         "SCHED_FIFO, priority " + std::to_string(priority) + detail::fifo_remarks(priority));
}

}  // namespace lln::jitter
