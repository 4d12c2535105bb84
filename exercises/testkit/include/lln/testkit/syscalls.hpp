// Counts the system calls that all threads make while a counter exists, by the libc functions that make them.
//
//   SyscallCounter count;
//   for (...) receive_batch(socket, messages);
//   story.expect(count.of("recvmmsg")).equals(2);
//   story.expect(count.all()).at_most(3);
//
// Counted: reading and writing (read, readv, recv, recvfrom, recvmsg, recvmmsg, write, writev, send, sendto,
// sendmsg, sendmmsg), waiting (poll, ppoll, select, epoll_wait, epoll_pwait, nanosleep, clock_nanosleep,
// sched_yield), descriptors (socket, connect, accept, accept4, close, epoll_ctl, setsockopt, getsockopt),
// memory (mmap, munmap, madvise), and syscall() itself. Not seen: calls that do not go through libc's public
// functions, such as the futex behind std::mutex, stdio, and liburing; nor the clock, which is no system
// call.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lln::testkit {

class SyscallCounter {
 public:
  SyscallCounter();
  ~SyscallCounter();
  SyscallCounter(const SyscallCounter&) = delete;
  SyscallCounter& operator=(const SyscallCounter&) = delete;

  std::uint64_t all() const;
  std::uint64_t of(
      std::string_view function) const;  // throws std::invalid_argument for one that is not counted
  std::string told() const;              // "recvmmsg 2, poll 1", or "none"

 private:
  std::vector<std::uint64_t> before_;
};

}  // namespace lln::testkit
