// The system calls of exercise 04-01, as an interface: the tests put a kernel behind it that writes down what it is asked
// and refuses what it is told to. All concern the calling thread, lock_memory and unlock_memory the process.
#pragma once

#include <cstdint>
#include <vector>

namespace lln::exercise {

struct Policy {
  int policy = 0;    // SCHED_OTHER, SCHED_FIFO, ... of <sched.h>
  int priority = 0;  // 1 to 99 for SCHED_FIFO, 0 for SCHED_OTHER
};

// Each answers 0, or the number of the error (EPERM, EINVAL, ...), and then has changed nothing.
struct Kernel {
  virtual ~Kernel() = default;
  virtual int get_cpus(std::vector<int>& cpus) = 0;        // sched_getaffinity(2), ascending
  virtual int set_cpus(const std::vector<int>& cpus) = 0;  // sched_setaffinity(2)
  virtual int lock_memory() = 0;                           // mlockall(2): what is mapped now and later
  virtual int unlock_memory() = 0;                         // munlockall(2)
  virtual int get_slack(std::uint64_t& ns) = 0;            // prctl(2), PR_GET_TIMERSLACK
  virtual int set_slack(std::uint64_t ns) = 0;  // prctl(2), PR_SET_TIMERSLACK; 0 means the default, not 0
  virtual int get_policy(Policy& policy) = 0;   // sched_getscheduler(2), sched_getparam(2)
  virtual int set_policy(const Policy& policy) = 0;  // sched_setscheduler(2)
};

}  // namespace lln::exercise
