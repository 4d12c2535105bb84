// What lln-tune has found out about a machine; all that a plan depends on.
#pragma once

#include "cpu_list.hpp"
#include "tree.hpp"

#include <map>
#include <string>
#include <vector>

namespace lln::tune {

struct RealtimeTask {
  int pid;
  std::string name;
  Cpus cpus;  // where it may run
};

struct Facts {
  std::map<std::string, std::string> files;  // path below the root, content
  Cpus online;
  Cpus latency;                        // the CPUs that low-latency threads are to have
  std::vector<RealtimeTask> realtime;  // SCHED_FIFO and SCHED_RR, kernel threads left out
  bool irqbalance = false;             // it runs, and moves interrupts
  std::map<std::string, std::string>
      nics;  // name of a real network card, what its driver says; "" when not asked

  Cpus housekeeping() const { return without(online, latency); }
  const std::string* file(const std::string& path) const {
    const auto found = files.find(path);
    return found == files.end() ? nullptr : &found->second;
  }
  // The paths that begin and end so, in order: all governors, for one.
  std::vector<std::string> paths(const std::string& begin, const std::string& end) const;
};

// latency: a CPU list; empty: the last CPU, when there are two. Throws std::invalid_argument when it names a CPU that is
// not online, or all of them.
Facts probe(const Tree& tree, const std::string& latency);

// The same check, for who has facts from elsewhere.
void check_latency_cpus(const Facts& facts);

}  // namespace lln::tune
