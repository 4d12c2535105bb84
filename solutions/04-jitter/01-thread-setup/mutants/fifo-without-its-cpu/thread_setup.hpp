// mutant: refusals release: the CPU was refused, and the real-time thread runs wherever it likes
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
  std::optional<int> cpu;
  bool lock_memory = false;
  std::optional<std::uint64_t> slack_ns;
  std::optional<int> fifo_priority;
};

struct Step {
  std::string name;
  int error = 0;
  std::string reason;
};

inline std::string reason_for(const std::string& step, int error, const Options& options) {
  if (step == "cpu" && error == EINVAL) {
    return "CPU " + std::to_string(options.cpu.value_or(-1)) +
           " is not online, or the cpuset of this process does not hold it";
  }
  if (step == "memory" && error == EPERM) return "needs CAP_IPC_LOCK, or an RLIMIT_MEMLOCK above 0";
  if (step == "memory" && error == ENOMEM) return "more is mapped than RLIMIT_MEMLOCK allows";
  if (step == "fifo" && error == EPERM) {
    return "needs CAP_SYS_NICE, or an RLIMIT_RTPRIO of at least " +
           std::to_string(options.fifo_priority.value_or(0));
  }
  return std::generic_category().message(error);
}

// Runs what it was given, the last first, when it ends.
class UndoList {
 public:
  UndoList() = default;
  UndoList(const UndoList&) = delete;
  UndoList& operator=(const UndoList&) = delete;
  ~UndoList() {
    while (!undos_.empty()) {
      undos_.back()();
      undos_.pop_back();
    }
  }

  // Room first: when there is no memory to remember the undoing, nothing may be done.
  void make_room() { undos_.reserve(undos_.size() + 1); }
  void add(std::function<void()> undo) { undos_.push_back(std::move(undo)); }

 private:
  std::vector<std::function<void()>> undos_;
};

class ThreadSetup {
 public:
  ThreadSetup(Kernel& kernel, const Options& options) : kernel_(kernel), options_(checked(options)) {
    if (options.cpu) step("cpu", [&] { return pin(*options.cpu); });
    if (options.lock_memory) step("memory", [&] { return lock(); });
    if (options.slack_ns) step("slack", [&] { return set_slack(*options.slack_ns); });
    if (options.fifo_priority) step("fifo", [&] { return set_fifo(*options.fifo_priority); });
  }

  ThreadSetup(const ThreadSetup&) = delete;
  ThreadSetup& operator=(const ThreadSetup&) = delete;

  const std::vector<Step>& steps() const noexcept { return steps_; }

 private:
  static const Options& checked(const Options& options) {
    if (options.cpu && *options.cpu < 0) throw std::invalid_argument("ThreadSetup: a negative CPU");
    if (options.slack_ns && *options.slack_ns == 0)
      throw std::invalid_argument("ThreadSetup: a timer slack of 0");
    if (options.fifo_priority && (*options.fifo_priority < 1 || *options.fifo_priority > 99))
      throw std::invalid_argument("ThreadSetup: a priority that is not 1 to 99");
    return options;
  }

  template <class Work>
  void step(const char* name, Work work) {
    undos_.make_room();
    steps_.push_back({name, 0, ""});
    const int error = work();
    if (error == 0) return;
    steps_.back().error = error;
    steps_.back().reason = reason_for(name, error, options_);
  }

  int pin(int cpu) {
    std::vector<int> found;
    if (const int error = kernel_.get_cpus(found)) return error;
    std::function<void()> undo = [&kernel = kernel_, found] { kernel.set_cpus(found); };
    if (const int error = kernel_.set_cpus({cpu})) return error;
    undos_.add(std::move(undo));
    return 0;
  }
  int lock() {
    if (const int error = kernel_.lock_memory()) return error;
    undos_.add([&kernel = kernel_] { kernel.unlock_memory(); });
    return 0;
  }
  int set_slack(std::uint64_t ns) {
    std::uint64_t found = 0;
    if (const int error = kernel_.get_slack(found)) return error;
    if (const int error = kernel_.set_slack(ns)) return error;
    undos_.add([&kernel = kernel_, found] { kernel.set_slack(found); });
    return 0;
  }
  int set_fifo(int priority) {
    Policy found;
    if (const int error = kernel_.get_policy(found)) return error;
    if (const int error = kernel_.set_policy({SCHED_FIFO, priority})) return error;
    undos_.add([&kernel = kernel_, found] { kernel.set_policy(found); });
    return 0;
  }

  Kernel& kernel_;
  Options options_;
  std::vector<Step> steps_;
  UndoList undos_;  // a member: it ends, and undoes, also when the constructor is left by an exception
};

}  // namespace lln::exercise
