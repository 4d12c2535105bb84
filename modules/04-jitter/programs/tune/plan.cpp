// The items: what each is about, its advised value, why, and what it risks.
#include "plan.hpp"

#include "plan_builder.hpp"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

namespace lln::tune {
namespace {

class Planner : PlanBuilder {
 public:
  Planner(const Facts& facts, std::map<std::string, std::string> chosen)
      : PlanBuilder(facts, std::move(chosen)) {}

  std::vector<Advice> plan() {
    command_line();
    processor();
    memory();
    scheduler();
    interrupts();
    network();
    if (!chosen_.empty())
      throw std::invalid_argument("there is no item '" + chosen_.begin()->first +
                                  "' that takes a value; see lln-tune plan");
    return std::move(plan_);
  }

 private:
  void command_line() {
    boot({"isolcpus", "CPUs without the scheduler's load balancing",
          "nothing is moved to these CPUs unless it asks for them",
          "threads that do not pin themselves all share the other CPUs"},
         "isolcpus");
    boot({"nohz-full", "CPUs without the timer tick while one thread runs",
          "250 to 1,000 interruptions a second of 1 to 5 us each go away",
          "system calls become slower; kernels without NO_HZ_FULL ignore it"},
         "nohz_full");
    boot({"rcu-nocbs", "CPUs that leave RCU's callbacks to others",
          "the softirq that frees other people's memory runs elsewhere", "more work for the other CPUs"},
         "rcu_nocbs");
  }

  void processor() {
    const std::string cpus = "sys/devices/system/cpu/";
    files({"governor", "frequency governor",
           "a slow clock makes everything late, and changing it stops the core",
           "power and heat; a laptop's battery"},
          facts_.paths(cpus + "cpu", "/scaling_governor"), "performance");
    turbo();
    idle();
    clock_source();
  }

  // Advice only by name: what is better depends on what is wanted.
  void turbo() {
    const Text text{"turbo", "turbo frequencies",
                    "without them, two measurements an hour apart can be compared",
                    "everything is slower; leave it on where speed counts and not sameness"};
    const std::string intel = "sys/devices/system/cpu/intel_pstate/no_turbo";
    const std::string others = "sys/devices/system/cpu/cpufreq/boost";
    Advice& advice = facts_.file(intel) != nullptr ? file(text, intel, "1") : file(text, others, "0");
    if (facts_.file(intel) != nullptr && advice.state != State::absent) advice.title += " (no_turbo)";
  }

  void idle() {
    std::vector<std::string> deep;
    for (const std::string& path : facts_.paths("sys/devices/system/cpu/cpu", "/latency")) {
      const std::string base = path.substr(0, path.rfind('/'));
      const int us = std::atoi(facts_.file(path)->c_str());
      if (us > 1 && facts_.file(base + "/disable") != nullptr) deep.push_back(base + "/disable");
    }
    files(
        {"idle-states", "idle states that take over 1 us to leave", "a sleeping core wakes up to 100 us late",
         "power and heat; the other hardware thread of the core gets less"},
        deep, "1");
  }

  void clock_source() {
    const std::string path = "sys/devices/system/clocksource/clocksource0/";
    const std::string* available = facts_.file(path + "available_clocksource");
    const Text text{"clocksource", "source of the kernel's clock",
                    "tsc is read in 25 ns without a system call",
                    "a TSC that the kernel has thrown out as unstable stays out for a reason"};
    if (available == nullptr || (" " + *available + " ").find(" tsc ") == std::string::npos) {
      add(text, State::absent, available == nullptr ? "not on this machine" : "tsc is not on offer", "tsc",
          "");
      return;
    }
    file(text, path + "current_clocksource", "tsc");
  }

  void memory() {
    const std::string thp = "sys/kernel/mm/transparent_hugepage/";
    file({"thp", "transparent huge pages",
          "with 'always' a page fault may clear 2 MiB, and khugepaged moves memory",
          "programs that gained from 'always' without asking lose it"},
         thp + "enabled", "madvise");
    file({"thp-defrag", "what a fault does for a huge page",
          "direct compaction stops the thread for milliseconds", "fewer huge pages"},
         thp + "defrag", "madvise");
    file({"ksm", "merging of equal pages",
          "a merged page is copied at the next write: a page fault of its own",
          "more memory used by virtual machines"},
         "sys/kernel/mm/ksm/run", "0");
    file({"swappiness", "eagerness to swap", "a page that was swapped out costs milliseconds",
          "file caches shrink first"},
         "proc/sys/vm/swappiness", "1");
    swap();
    file(
        {"numa-balancing", "automatic NUMA balancing",
         "it takes pages away to see who asks for them: page faults", "memory far from its user stays there"},
        "proc/sys/kernel/numa_balancing", "0");
    file({"vm-stat", "seconds between updates of memory statistics", "the update is a work item on every CPU",
          "figures in /proc/vmstat are older"},
         "proc/sys/vm/stat_interval", "120");
  }

  void swap() {
    const Text text{"swap", "swap areas", "memory that is not locked may be written to a disk",
                    "without swap the kernel kills a process when memory runs out"};
    const std::string* swaps = facts_.file("proc/swaps");
    if (swaps == nullptr) return void(add(text, State::absent, "not on this machine", "none", ""));
    const auto lines = std::count(swaps->begin(), swaps->end(), '\n');  // the first is the heading
    add(text, lines == 0 ? State::good : State::by_hand, std::to_string(lines) + " in use", "none",
        lines == 0 ? "" : "swapoff -a   (back: swapon -a)");
  }

  void scheduler() {
    rt_throttling();
    file({"timer-migration", "moving of timers to busy CPUs",
          "timers of idle CPUs end up on the one that spins", "idle CPUs wake more often"},
         "proc/sys/kernel/timer_migration", "0");
    file({"watchdog", "lock-up detectors", "a high-priority thread and an interrupt a CPU, every few seconds",
          "a CPU that hangs is not noticed"},
         "proc/sys/kernel/watchdog", "0");
    file({"autogroup", "sharing of CPU time by session", "nice values count within a terminal only",
          "a build can slow down the desktop"},
         "proc/sys/kernel/sched_autogroup_enabled", "0");
    workqueues();
  }

  void rt_throttling() {
    const Text text{
        "rt-throttling", "share of real-time threads (sched_rt_runtime_us)",
        "at 950000 a thread that spins with SCHED_FIFO is stopped for 50 ms a second; spin with "
        "SCHED_OTHER on a CPU of its own instead, and keep it",
        "at -1 a real-time thread that never sleeps takes its CPU for ever: no shell, no ssh, no undo"};
    const std::string path = "proc/sys/kernel/sched_rt_runtime_us";
    const std::string* now = facts_.file(path);
    // Advised is what is there: whoever wants it off has to say so.
    Advice& advice = file(text, path, now != nullptr && *now != "-1" ? *now : "950000");
    if (advice.advised == "-1") advice.refusal = danger_without_throttling();
  }

  std::string danger_without_throttling() const {
    if (facts_.online.size() < 2)
      return "with one CPU, a real-time thread that spins would leave nothing to end it with";
    Cpus taken;
    for (const RealtimeTask& task : facts_.realtime) taken.insert(task.cpus.begin(), task.cpus.end());
    if (facts_.realtime.empty() || !contains_all(taken, facts_.online)) return "";
    const RealtimeTask& task = facts_.realtime.back();
    return "real-time threads may run on every CPU (" + task.name + ", pid " + std::to_string(task.pid) +
           ", on " + to_list(task.cpus) +
           "): if they spin, nothing else ever runs; pin them to fewer CPUs first";
  }

  void workqueues() {
    if (facts_.latency.empty()) return;
    cpus_item({"workqueues", "mask of the CPUs for the kernel's unbound work",
               "work items wait for nobody; they interrupt", "more work for the other CPUs"},
              facts_.file("sys/devices/virtual/workqueue/cpumask") != nullptr
                  ? std::vector<std::string>{"sys/devices/virtual/workqueue/cpumask"}
                  : std::vector<std::string>{},
              true);
  }

  void interrupts() {
    const Text balance{"irqbalance", "the irqbalance daemon",
                       "it moves interrupts back to the CPUs you cleared",
                       "with a busy network card all interrupts may meet on one CPU"};
    if (facts_.irqbalance) {
      add(balance, State::by_hand, "running", "stopped", "systemctl stop irqbalance");
    } else {
      add(balance, State::good, "not running", "stopped", "");
    }
    const Text text{"irq-affinity", "CPUs that handle interrupts",
                    "each takes 2 to 20 us from whoever runs there",
                    "all interrupts share the other CPUs; a card with many queues loses bandwidth"};
    if (facts_.latency.empty()) return void(add(text, State::absent, "one CPU", "nothing", ""));
    cpus_item(text, facts_.paths("proc/irq/", "/smp_affinity_list"), false);
  }

  void network() {
    file({"busy-poll", "busy polling in poll() and select(), us",
          "the reader takes the packet from the card itself",
          "CPU time; does nothing where the socket has no NAPI id: loopback, a plain veth"},
         "proc/sys/net/core/busy_poll", "50");
    file({"busy-read", "busy polling in reads, us", "as busy-poll", "as busy-poll"},
         "proc/sys/net/core/busy_read", "50");
    files({"rps", "receive packet steering",
           "steering hands a packet to another CPU by an interrupt: 2 to 10 us",
           "one CPU handles all packets of a queue"},
          facts_.paths("sys/class/net/", "/rps_cpus"), "0");
    for (const auto& [name, says] : facts_.nics) {
      const std::string quiet =
          "ethtool -C " + name + " adaptive-rx off rx-usecs 0; ethtool -K " + name + " gro off lro off";
      plan_.push_back(
          {"nic-" + name,
           "interrupt coalescing, rings and offloads of " + name,
           says.starts_with("rx-usecs 0,") ? State::good : State::by_hand,
           says.empty() ? "not asked: this is no real system" : says,
           "rx-usecs 0, gro off",
           "a card that waits for more packets delivers each one later",
           "an interrupt a packet: at a million packets a second a CPU does nothing else",
           says.starts_with("rx-usecs 0,") ? "" : quiet + "   (first note what ethtool -c and -k say)",
           {},
           {}});
    }
  }
};

}  // namespace

std::vector<Advice> make_plan(const Facts& facts, const std::map<std::string, std::string>& chosen) {
  return Planner(facts, chosen).plan();
}

}  // namespace lln::tune
