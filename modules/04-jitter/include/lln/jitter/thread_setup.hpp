// Prepares the calling thread for low jitter, says what worked, and undoes it at the end of the scope.
//
// Threads: constructed and destroyed by the thread that it prepares. lock_memory, no_huge_pages and prefault_heap_bytes
//   are properties of the process, idle_exit_latency is one of the machine: let one thread's setup ask for them.
// Guarantees: the constructor does not throw for a refused step: steps() says why, in words that name the permission
//   that is missing. A step that could freeze the machine is refused (see fifo_priority). The destructor restores
//   what was found, in reverse order; nested setups work. Allocation and system calls: yes; for set-up only.
// Inheritance: threads created while a setup lives inherit CPU, policy and timer slack from their creator (pthreads),
//   so create helper threads before, or let each set itself up.
// Cost: a few system calls; lock_memory and the prefaulting ones besides touch every page they are asked for.
// Source: sched(7), sched_setaffinity(2), mlockall(2), prctl(2) (PR_SET_TIMERSLACK, PR_SET_THP_DISABLE),
//   Documentation/scheduler/sched-rt-group.rst, Documentation/power/pm_qos_interface.rst.
#pragma once

#include <lln/jitter/prefaulted.hpp>

#include <sched.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace lln::jitter {

struct ThreadOptions {
  // Run on this CPU only.
  std::optional<int> cpu = {};
  // SCHED_FIFO with this priority, 1..99. A spinning FIFO thread gives its CPU to nobody, so it is refused when it
  // would leave none of the CPUs of this process to ordinary threads. Counted are the CPUs that any thread of this
  // process may use now: ask for `cpu` and `fifo_priority` in one setup, not for the second inside the first.
  // Real-time threads of other processes are not seen.
  std::optional<int> fifo_priority = {};
  // All pages mapped now are made resident and stay so; pages mapped later stay from their first touch on.
  bool lock_memory = false;
  // This much heap resident before it is needed, and kept: see PrefaultedHeap for what that means for malloc.
  std::size_t prefault_heap_bytes = 0;
  // Touch this much of the stack below the current frame, so that using it later takes no page fault.
  std::size_t prefault_stack_bytes = 0;
  // No transparent huge pages for this process from now on: no page is zeroed or moved 2 MiB at a time. Costs TLB
  // misses where tables are large.
  bool no_huge_pages = false;
  // While the setup lives, no CPU of the machine enters an idle state that it takes longer to leave (0: none at all,
  // idle CPUs spin and burn power).
  std::optional<std::chrono::microseconds> idle_exit_latency = {};
  // How late the kernel may wake this thread in order to share one timer interrupt with others; default 50 us, at
  // least 1 ns. Real-time threads have none anyway.
  std::optional<std::chrono::nanoseconds> timer_slack = {};
};

struct SetupStep {
  std::string name;  // the option's name: "cpu", "lock_memory", ...
  bool ok;
  std::string detail;  // one sentence: what was done, or why not and what would permit it
};

class ThreadSetup {
 public:
  explicit ThreadSetup(const ThreadOptions& options);
  ~ThreadSetup();
  ThreadSetup(const ThreadSetup&) = delete;
  ThreadSetup& operator=(const ThreadSetup&) = delete;

  // One entry for each option that was asked for, in the order in which they were done: cpu, no_huge_pages,
  // lock_memory, prefault_heap_bytes, prefault_stack_bytes, timer_slack, idle_exit_latency, fifo_priority.
  const std::vector<SetupStep>& steps() const noexcept { return steps_; }
  bool all_ok() const noexcept;

 private:
  struct Policy {
    int policy;
    sched_param parameters;
  };

  void pin(int cpu);
  void lock_memory();
  void forbid_huge_pages();
  void prefault_heap(std::size_t bytes);
  void prefault_stack(std::size_t bytes);
  void limit_idle(std::chrono::microseconds latency);
  void set_timer_slack(std::chrono::nanoseconds slack);
  void set_fifo(int priority);
  void report(const char* name, bool ok, std::string detail);

  std::vector<SetupStep> steps_;
  cpu_set_t entry_cpus_;  // where the thread could run before
  bool restore_cpus_ = false;
  bool unlock_memory_ = false;
  bool allow_huge_pages_ = false;
  std::optional<PrefaultedHeap> heap_;
  int idle_request_ = -1;  // open as long as the request holds
  std::optional<unsigned long> entry_slack_;
  std::optional<Policy> entry_policy_;
  int thread_id_;
};

// The CPUs on which the calling thread may run, ascending.
std::vector<int> allowed_cpus();

}  // namespace lln::jitter
