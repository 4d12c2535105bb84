// The kernel of this machine, for the one test that does it for real.
#pragma once

#include <kernel.hpp>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include <cerrno>

namespace lln::exercise {

struct LinuxKernel final : Kernel {
  int get_cpus(std::vector<int>& cpus) override {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (::sched_getaffinity(0, sizeof set, &set) != 0) return errno;
    cpus.clear();
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
    }
    return 0;
  }
  int set_cpus(const std::vector<int>& cpus) override {
    cpu_set_t set;
    CPU_ZERO(&set);
    for (const int cpu : cpus) {
      if (cpu < CPU_SETSIZE) CPU_SET(cpu, &set);
    }
    return ::sched_setaffinity(0, sizeof set, &set) == 0 ? 0 : errno;
  }
  int lock_memory() override { return ::mlockall(MCL_CURRENT | MCL_FUTURE) == 0 ? 0 : errno; }
  int unlock_memory() override { return ::munlockall() == 0 ? 0 : errno; }
  int get_slack(std::uint64_t& ns) override {
    const int slack = ::prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0);
    if (slack < 0) return errno;
    ns = static_cast<std::uint64_t>(slack);
    return 0;
  }
  int set_slack(std::uint64_t ns) override {
    return ::prctl(PR_SET_TIMERSLACK, ns, 0, 0, 0) == 0 ? 0 : errno;
  }
  int get_policy(Policy& policy) override {
    sched_param parameters{};
    const int found = ::sched_getscheduler(0);
    if (found < 0 || ::sched_getparam(0, &parameters) != 0) return errno;
    policy = {found, parameters.sched_priority};
    return 0;
  }
  int set_policy(const Policy& policy) override {
    sched_param parameters{};
    parameters.sched_priority = policy.priority;
    return ::sched_setscheduler(0, policy.policy, &parameters) == 0 ? 0 : errno;
  }
};

}  // namespace lln::exercise
