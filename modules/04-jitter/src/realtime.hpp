// Would a real-time thread leave a CPU for everybody else?
#pragma once

#include <sched.h>

#include <optional>
#include <string>

namespace lln::jitter::detail {

// "0-1,4": how taskset and the kernel's files write a set of CPUs.
std::string to_string(const cpu_set_t& cpus);

// Why SCHED_FIFO for the calling thread would freeze the machine or this process; empty when it would not.
// `entry_cpus` are those that the thread could use before it was pinned, `cpu` the one that it is pinned to now.
// Sees the threads of this process only: a real-time thread of another process is not counted.
std::optional<std::string> why_fifo_would_freeze(const cpu_set_t& entry_cpus, std::optional<int> cpu);

// What is missing when the kernel refused SCHED_FIFO with `error`.
std::string explain_fifo_refusal(int priority, int error);

// What somebody who has been granted this priority should know; begins with "; " or is empty.
std::string fifo_remarks(int priority);

}  // namespace lln::jitter::detail
