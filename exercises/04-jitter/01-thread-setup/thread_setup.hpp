// Exercise 04-01: prepares the calling thread, says what it was refused, and undoes what it did. The brief is in README.md.
#pragma once

#include <kernel.hpp>
#include <sched.h>

#include <cerrno>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace lln::exercise {

struct Options {
  std::optional<int> cpu;                 // run on this CPU only
  bool lock_memory = false;               // no page of this process leaves memory
  std::optional<std::uint64_t> slack_ns;  // how late a timer may fire in order to share an interrupt
  std::optional<int> fifo_priority;       // SCHED_FIFO
};

struct Step {
  std::string name;    // "cpu", "memory", "slack", "fifo"
  int error = 0;       // 0: done
  std::string reason;  // empty when done
};

// Why a step was refused, for somebody who wants to change that. The same number means something else for each call:
//   cpu EINVAL     has in it: the number of the CPU, and "not online"
//   memory EPERM   has in it: CAP_IPC_LOCK and RLIMIT_MEMLOCK (which is 0 then)
//   memory ENOMEM  has in it: RLIMIT_MEMLOCK, and not CAP_IPC_LOCK: there is a limit, and it is too low
//   fifo EPERM     has in it: CAP_SYS_NICE, RLIMIT_RTPRIO and the priority asked for
//   all others     std::generic_category().message(error) and nothing about rights
inline std::string reason_for(const std::string& step, int error, const Options& options) {
  static_cast<void>(step);
  static_cast<void>(error);
  static_cast<void>(options);
  return "TODO";  // TODO 3
}

class ThreadSetup {
 public:
  // Does what is asked for, in the order of Options: real-time priority last, so that nothing of this runs with it.
  // What is not asked for causes no call. A refused step is told and the next one is tried, except this: when a CPU was
  // asked for and refused, fifo is not tried (a real-time thread that spins wherever it likes): ECANCELED, and the
  // reason has "cpu" in it.
  //
  // Before a value is changed, the present one is read; where that is refused, the step is refused with that error, and
  // nothing is changed that could not be put back.
  //
  // std::invalid_argument before the first call: cpu < 0, slack_ns 0 (the kernel would take it for something else),
  // fifo_priority not 1 to 99.
  ThreadSetup(Kernel& kernel, const Options& options) {
    static_cast<void>(kernel);  // TODO 1, TODO 2
    static_cast<void>(options);
  }

  // Puts back what was found, the last step first; nothing that was not done. What is refused now does not stop the
  // others. The same happens when the constructor itself is left by an exception.
  ~ThreadSetup() {}  // TODO 4

  ThreadSetup(const ThreadSetup&) = delete;
  ThreadSetup& operator=(const ThreadSetup&) = delete;

  const std::vector<Step>& steps() const noexcept { return steps_; }  // one for each step that was asked for

 private:
  std::vector<Step> steps_;
};

}  // namespace lln::exercise
