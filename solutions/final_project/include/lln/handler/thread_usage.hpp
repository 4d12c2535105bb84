// ThreadUsage: page faults and preemptions of the calling thread since a mark.
//
// Threads: mark() and the readings by the thread in question. Cost: one system call (getrusage(2)) each.
#pragma once

#include <sys/resource.h>

#include <cstdint>

namespace lln::handler {

class ThreadUsage {
 public:
  ThreadUsage() noexcept { mark(); }

  void mark() noexcept { from_ = read(); }

  struct Since {
    std::uint64_t page_faults = 0;           ///< minor and major
    std::uint64_t involuntary_switches = 0;  ///< the scheduler took the CPU away
  };
  Since since() const noexcept {
    const Since now = read();
    return {now.page_faults - from_.page_faults, now.involuntary_switches - from_.involuntary_switches};
  }

 private:
  static Since read() noexcept {
    rusage usage{};
    ::getrusage(RUSAGE_THREAD, &usage);
    return {static_cast<std::uint64_t>(usage.ru_minflt + usage.ru_majflt),
            static_cast<std::uint64_t>(usage.ru_nivcsw)};
  }

  Since from_;
};

}  // namespace lln::handler
