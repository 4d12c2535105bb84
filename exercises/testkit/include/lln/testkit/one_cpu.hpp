// Keeps the calling thread on the CPU on which it is, until the end of the scope.
//
//   const OneCpu one_cpu;
//   send(first); send(second);      // over the loopback or a veth pair: they arrive in this order
//
// The kernel delivers such packets on the CPU of the sender, from one queue a CPU. A thread that is moved in between
// may overtake its own packets. Where the kernel refuses, the thread stays as it was.
#pragma once

#include <sched.h>

#include <cstddef>

namespace lln::testkit {

class OneCpu {
 public:
  OneCpu() : changed_(::sched_getaffinity(0, sizeof before_, &before_) == 0) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<std::size_t>(::sched_getcpu()), &one);
    changed_ = changed_ && ::sched_setaffinity(0, sizeof one, &one) == 0;
  }
  ~OneCpu() {
    if (changed_) ::sched_setaffinity(0, sizeof before_, &before_);
  }
  OneCpu(const OneCpu&) = delete;
  OneCpu& operator=(const OneCpu&) = delete;

 private:
  cpu_set_t before_{};
  bool changed_;
};

}  // namespace lln::testkit
