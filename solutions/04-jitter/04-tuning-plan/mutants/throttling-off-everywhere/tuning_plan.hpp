// mutant: refuses release: throttling is switched off on the last CPU
#pragma once

#include <tuning.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

namespace lln::exercise {

namespace detail {

inline bool holds(const std::vector<int>& cpus, int cpu) {
  return std::find(cpus.begin(), cpus.end(), cpu) != cpus.end();
}

inline std::vector<int> without(const std::vector<int>& cpus, const std::vector<int>& others) {
  std::vector<int> rest;
  for (const int cpu : cpus) {
    if (!holds(others, cpu)) rest.push_back(cpu);
  }
  return rest;
}

inline std::string listed(const std::vector<int>& cpus) {
  std::string list;
  for (const int cpu : cpus) list += (list.empty() ? "" : ",") + std::to_string(cpu);
  return list;
}

inline Item governor(const std::string& present) {
  Item item{"governor",    "/sys/devices/system/cpu/cpufreq/policy0/scaling_governor",
            present,       present,
            Verdict::keep, "the frequency does not fall when the load does"};
  if (present.empty()) {
    item.verdict = Verdict::absent;
    item.why = "this machine has no cpufreq: the hypervisor or the firmware decides";
  } else if (present != "performance") {
    item.verdict = Verdict::change;
    item.advised = "performance";
    item.why = "a CPU that was idle begins at a low frequency";
  }
  return item;
}

inline Item huge_pages(const std::string& present) {
  Item item{"huge pages",  "/sys/kernel/mm/transparent_hugepage/enabled",
            present,       present,
            Verdict::keep, "nobody gets a huge page unasked"};
  if (present == "always") {
    item.verdict = Verdict::change;
    item.advised = "madvise";
    item.why = "a page fault may zero 2 MiB, and the kernel moves pages to make room";
  }
  return item;
}

inline Item interrupt(const Irq& irq, const std::vector<int>& spinning, const std::vector<int>& others) {
  const std::string name = std::to_string(irq.number);
  Item item{"irq " + name,    "/proc/irq/" + name + "/smp_affinity_list",
            listed(irq.cpus), listed(irq.cpus),
            Verdict::keep,    "comes to no spinning CPU"};
  std::vector<int> rest = without(irq.cpus, spinning);
  if (rest.size() == irq.cpus.size()) return item;
  if (rest.empty()) rest = others;
  item.advised = listed(rest);
  item.verdict = Verdict::change;
  item.why = "interrupts a spinning CPU";
  if (irq.managed) {
    item.verdict = Verdict::refuse;
    item.why = "the kernel has placed it, and lets nobody move it";
  } else if (others.empty()) {
    item.verdict = Verdict::refuse;
    item.why = "every CPU spins: there is none to move it to";
  }
  return item;
}

inline Item throttling(const Facts& facts, const std::vector<int>& spinning) {
  const std::string present = std::to_string(facts.rt_runtime_us);
  Item item{"rt throttling", "/proc/sys/kernel/sched_rt_runtime_us", present, present, Verdict::keep, ""};
  const std::vector<int> shared = without(spinning, facts.isolated);
  std::string danger;
  if (!shared.empty())
    danger = "CPU " + listed(shared) + " is not isolated: what runs there would never run again";
  if (spinning.empty()) {
    item.why = "no thread spins";
  } else if (!danger.empty() && facts.rt_runtime_us == -1) {
    item.verdict = Verdict::change;
    item.advised = "950000";
    item.why = danger;
  } else if (!danger.empty()) {
    item.verdict = Verdict::refuse;
    item.advised = "-1";
    item.why = danger;
  } else if (facts.rt_runtime_us == -1) {
    item.why = "a spinning thread is not stopped";
  } else {
    item.verdict = Verdict::change;
    item.advised = "-1";
    item.why = "a spinning thread is stopped for the rest of each second";
  }
  return item;
}

}  // namespace detail

inline std::vector<Item> plan(const Facts& facts, const std::vector<int>& spinning) {
  if (const std::vector<int> missing = detail::without(spinning, facts.online); !missing.empty())
    throw std::invalid_argument("CPU " + detail::listed(missing) + " is not online");
  const std::vector<int> others = detail::without(facts.online, spinning);
  std::vector<Item> items{detail::governor(facts.governor), detail::huge_pages(facts.huge_pages)};
  for (const Irq& irq : facts.irqs) items.push_back(detail::interrupt(irq, spinning, others));
  items.push_back(detail::throttling(facts, spinning));
  return items;
}

}  // namespace lln::exercise
