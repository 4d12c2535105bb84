// Exercise 04-04, first half: from facts to a plan. The brief is in README.md.
#pragma once

#include <tuning.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

namespace lln::exercise {

// The advice for a machine on whose CPUs `spinning` (ascending) a SCHED_FIFO thread is to spin for good. Reads nothing
// but its arguments. The items, in this order, which is the order of applying:
//
//   governor       /sys/devices/system/cpu/cpufreq/policy0/scaling_governor: "performance".
//   huge pages     /sys/kernel/mm/transparent_hugepage/enabled: "madvise" where it is "always"; others stay.
//   irq N          /proc/irq/N/smp_affinity_list, each by its number. Of an interrupt that may come to a spinning CPU
//                  these are taken away; if none is left, it goes to all CPUs that do not spin. Written "0,2,3".
//                  Refused: a managed one; and when every online CPU spins.
//   rt throttling  /proc/sys/kernel/sched_rt_runtime_us: last, when all others are out of the way. "-1" when there is
//                  a spinning CPU; else it stays. Refused unless each spinning CPU is isolated (ordinary threads that
//                  are there would never run again) and an online CPU is left that does not spin.
//                  Where it is -1 already and that is refused: change, to "950000".
//
// std::invalid_argument when a spinning CPU is not online.
inline std::vector<Item> plan(const Facts& facts, const std::vector<int>& spinning) {
  static_cast<void>(facts);     // TODO 1: advice
  static_cast<void>(spinning);  // TODO 2: refusals
  return {};
}

}  // namespace lln::exercise
