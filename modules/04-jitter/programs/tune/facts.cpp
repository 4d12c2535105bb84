#include "facts.hpp"

#include "nic.hpp"

#include <algorithm>
#include <sstream>
#include <stdexcept>

namespace lln::tune {
namespace {

constexpr const char* single_files[] = {
    "proc/cmdline",
    "proc/swaps",
    "proc/sys/kernel/nmi_watchdog",
    "proc/sys/kernel/numa_balancing",
    "proc/sys/kernel/sched_autogroup_enabled",
    "proc/sys/kernel/sched_rt_runtime_us",
    "proc/sys/kernel/timer_migration",
    "proc/sys/kernel/watchdog",
    "proc/sys/net/core/busy_poll",
    "proc/sys/net/core/busy_read",
    "proc/sys/vm/stat_interval",
    "proc/sys/vm/swappiness",
    "sys/devices/system/clocksource/clocksource0/available_clocksource",
    "sys/devices/system/clocksource/clocksource0/current_clocksource",
    "sys/devices/system/cpu/cpufreq/boost",
    "sys/devices/system/cpu/intel_pstate/no_turbo",
    "sys/devices/system/cpu/online",
    "sys/devices/virtual/workqueue/cpumask",
    "sys/kernel/mm/ksm/run",
    "sys/kernel/mm/transparent_hugepage/defrag",
    "sys/kernel/mm/transparent_hugepage/enabled",
};

class Prober {
 public:
  Prober(const Tree& tree, Facts& facts) : tree_(tree), facts_(facts) {}

  void take(const std::string& path) {
    if (const auto text = tree_.read(path)) facts_.files[path] = *text;
  }

  void cpus() {
    for (const int cpu : facts_.online) {
      const std::string base = "sys/devices/system/cpu/cpu" + std::to_string(cpu);
      take(base + "/cpufreq/scaling_governor");
      for (const std::string& state : tree_.names(base + "/cpuidle"))
        for (const char* file : {"/name", "/latency", "/disable"}) take(base + "/cpuidle/" + state + file);
    }
  }

  void interrupts() {
    for (const std::string& irq : tree_.names("proc/irq")) {
      take("proc/irq/" + irq + "/smp_affinity_list");
    }
  }

  // A card has a device behind it; loopback, bridges and tunnels have none.
  void networks() {
    for (const std::string& name : tree_.names("sys/class/net")) {
      const std::string base = "sys/class/net/" + name;
      if (tree_.names(base + "/device").empty()) continue;
      for (const std::string& queue : tree_.names(base + "/queues"))
        if (queue.starts_with("rx-")) take(base + "/queues/" + queue + "/rps_cpus");
      take(base + "/gro_flush_timeout");
      take(base + "/napi_defer_hard_irqs");
      facts_.nics[name] = tree_.is_real() ? ask_driver(name) : "";
    }
  }

  void tasks() {
    for (const std::string& pid : tree_.names("proc")) {
      if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
      const auto stat = tree_.read("proc/" + pid + "/stat");
      if (stat) task(pid, *stat);
    }
  }

 private:
  // proc(5): pid (name) state ... flags is field 9, the policy field 41. The name may hold anything.
  void task(const std::string& pid, const std::string& stat) {
    const std::size_t open = stat.find('(');
    const std::size_t close = stat.rfind(')');
    if (open == std::string::npos || close == std::string::npos) return;
    const std::string name = stat.substr(open + 1, close - open - 1);
    std::istringstream rest(stat.substr(close + 1));
    std::vector<std::string> fields{"", "", ""};  // so that they are numbered as in the manual
    for (std::string field; rest >> field;) fields.push_back(field);
    if (fields.size() <= 41) return;
    if (name == "irqbalance") facts_.irqbalance = true;
    constexpr unsigned long kernel_thread = 0x0020'0000;  // PF_KTHREAD
    if ((std::stoul(fields[9]) & kernel_thread) != 0) return;
    if (fields[41] != "1" && fields[41] != "2") return;  // SCHED_FIFO, SCHED_RR
    facts_.realtime.push_back({std::stoi(pid), name, allowed(pid)});
  }

  Cpus allowed(const std::string& pid) {
    std::istringstream lines(tree_.read("proc/" + pid + "/status").value_or(""));
    for (std::string line; std::getline(lines, line);) {
      const std::string key = "Cpus_allowed_list:\t";
      if (line.starts_with(key)) return parse_cpu_list(line.substr(key.size()));
    }
    return facts_.online;  // the worst
  }

  const Tree& tree_;
  Facts& facts_;
};

}  // namespace

std::vector<std::string> Facts::paths(const std::string& begin, const std::string& end) const {
  std::vector<std::string> found;
  for (auto at = files.lower_bound(begin); at != files.end() && at->first.starts_with(begin); ++at)
    if (at->first.ends_with(end)) found.push_back(at->first);
  return found;
}

void check_latency_cpus(const Facts& facts) {
  if (!contains_all(facts.online, facts.latency))
    throw std::invalid_argument("CPUs " + to_list(without(facts.latency, facts.online)) +
                                " are not online; online are " + to_list(facts.online));
  if (!facts.latency.empty() && facts.housekeeping().empty())
    throw std::invalid_argument("--cpus " + to_list(facts.latency) +
                                " leaves no CPU to the rest of the system; leave out at least one");
}

Facts probe(const Tree& tree, const std::string& latency) {
  Facts facts;
  Prober prober(tree, facts);
  for (const char* path : single_files) prober.take(path);
  const std::string* online = facts.file("sys/devices/system/cpu/online");
  if (online == nullptr)
    throw std::invalid_argument(tree.full("sys/devices/system/cpu/online").string() +
                                " cannot be read: is this a Linux system with /sys mounted?");
  facts.online = parse_cpu_list(*online);
  if (!latency.empty()) {
    facts.latency = parse_cpu_list(latency);
  } else if (facts.online.size() > 1) {
    facts.latency = {*facts.online.rbegin()};
  }
  check_latency_cpus(facts);
  prober.cpus();
  prober.interrupts();
  prober.networks();
  prober.tasks();
  return facts;
}

}  // namespace lln::tune
