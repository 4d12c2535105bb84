// Between the functions that stand in libc's place and the two who want to know: counter and short I/O.
#pragma once

#include <lln/testkit/short_io.hpp>

#include <atomic>
#include <optional>

namespace lln::testkit::detail {

// The formatter finds no end to laying out this list.
// clang-format off
#define LLN_COUNTED_CALLS(X)                                                                                 \
  X(read)                                                                                                    \
  X(readv)                                                                                                   \
  X(recv) X(recvfrom) X(recvmsg) X(recvmmsg) X(write) X(writev) X(send) X(sendto) X(sendmsg) X(sendmmsg)     \
      X(poll) X(ppoll) X(select) X(epoll_wait) X(epoll_pwait) X(nanosleep) X(clock_nanosleep) X(sched_yield) \
          X(socket) X(connect) X(accept) X(accept4) X(close) X(epoll_ctl) X(setsockopt) X(getsockopt)        \
              X(mmap) X(munmap) X(madvise) X(syscall)
// clang-format on

enum class Call {
#define LLN_ENUMERATOR(name) name,
  LLN_COUNTED_CALLS(LLN_ENUMERATOR)
#undef LLN_ENUMERATOR
      number_of_calls
};

void note_call(Call call) noexcept;

enum class Direction { in, out, wait };
extern std::atomic<int> active_scripts;
// What the script of this descriptor, if there is one, wants of the next call.
std::optional<IoTurn> next_turn(int descriptor, Direction direction) noexcept;
void note_wait(int descriptor, int ms) noexcept;

}  // namespace lln::testkit::detail
