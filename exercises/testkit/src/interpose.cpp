// Functions of libc's name that stand in its place: they count, shorten or refuse, and pass on to the next
// of that name, which is the sanitizer's or libc's own. Compiled without sanitizer: the first calls come
// before the sanitizer is ready.
#include <lln/testkit/detail/interpose.hpp>

#include <dlfcn.h>
#include <poll.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdarg>

namespace {

using lln::testkit::IoTurn;
using lln::testkit::detail::Call;
using lln::testkit::detail::Direction;
using lln::testkit::detail::note_call;

// No function-local static: its guard would lock, and these run anywhere, in signal handlers too.
void* next(std::atomic<void*>& known, const char* name) noexcept {
  void* function = known.load(std::memory_order_relaxed);
  if (function == nullptr) {
    function = dlsym(RTLD_NEXT, name);
    known.store(function, std::memory_order_relaxed);
  }
  return function;
}

#define LLN_REAL(name)                                                        \
  static std::atomic<void*> known;                                            \
  auto* const real = reinterpret_cast<decltype(&::name)>(next(known, #name)); \
  note_call(Call::name)

constexpr int refused = -1;

std::optional<IoTurn> turn_of(int descriptor, Direction direction) noexcept {
  if (lln::testkit::detail::active_scripts.load(std::memory_order_acquire) == 0) return std::nullopt;
  return lln::testkit::detail::next_turn(descriptor, direction);
}

// The first bytes of a vector of buffers.
struct ShortVector {
  ShortVector(const iovec* from, std::size_t count, std::size_t most) {
    while (used < std::min(count, parts.size()) && most > 0) {
      parts[used] = from[used];
      parts[used].iov_len = std::min(parts[used].iov_len, most);
      most -= parts[used++].iov_len;
    }
  }
  std::array<iovec, 16> parts{};
  std::size_t used = 0;
};

#define LLN_TAKE_TURN(descriptor, direction, length)                                          \
  if (const auto turn = turn_of(descriptor, Direction::direction)) {                          \
    if (turn->error != 0) {                                                                   \
      errno = turn->error;                                                                    \
      return refused;                                                                         \
    }                                                                                         \
    (length) = std::min<decltype(length)>(length, static_cast<decltype(length)>(turn->most)); \
  }

}  // namespace

extern "C" {

ssize_t read(int fd, void* to, std::size_t size) {
  LLN_REAL(read);
  LLN_TAKE_TURN(fd, in, size)
  return real(fd, to, size);
}
ssize_t recv(int fd, void* to, std::size_t size, int flags) {
  LLN_REAL(recv);
  LLN_TAKE_TURN(fd, in, size)
  return real(fd, to, size, flags);
}
ssize_t recvfrom(int fd, void* to, std::size_t size, int flags, sockaddr* from, socklen_t* length) {
  LLN_REAL(recvfrom);
  LLN_TAKE_TURN(fd, in, size)
  return real(fd, to, size, flags, from, length);
}
ssize_t write(int fd, const void* from, std::size_t size) {
  LLN_REAL(write);
  LLN_TAKE_TURN(fd, out, size)
  return real(fd, from, size);
}
ssize_t send(int fd, const void* from, std::size_t size, int flags) {
  LLN_REAL(send);
  LLN_TAKE_TURN(fd, out, size)
  return real(fd, from, size, flags);
}
ssize_t sendto(int fd, const void* from, std::size_t size, int flags, const sockaddr* to, socklen_t length) {
  LLN_REAL(sendto);
  LLN_TAKE_TURN(fd, out, size)
  return real(fd, from, size, flags, to, length);
}

#define LLN_VECTOR_CALL(name, direction)                                             \
  ssize_t name(int fd, const iovec* parts, int count) {                              \
    LLN_REAL(name);                                                                  \
    if (const auto turn = turn_of(fd, Direction::direction)) {                       \
      if (turn->error != 0) {                                                        \
        errno = turn->error;                                                         \
        return refused;                                                              \
      }                                                                              \
      const ShortVector shorter(parts, static_cast<std::size_t>(count), turn->most); \
      return real(fd, shorter.parts.data(), static_cast<int>(shorter.used));         \
    }                                                                                \
    return real(fd, parts, count);                                                   \
  }
LLN_VECTOR_CALL(readv, in)
LLN_VECTOR_CALL(writev, out)

ssize_t recvmsg(int fd, msghdr* message, int flags) {
  LLN_REAL(recvmsg);
  if (const auto turn = turn_of(fd, Direction::in)) {
    if (turn->error != 0) {
      errno = turn->error;
      return refused;
    }
    ShortVector shorter(message->msg_iov, message->msg_iovlen, turn->most);
    iovec* const parts = message->msg_iov;
    const auto count = message->msg_iovlen;
    message->msg_iov = shorter.parts.data();
    message->msg_iovlen = shorter.used;
    const ssize_t got = real(fd, message, flags);
    message->msg_iov = parts;
    message->msg_iovlen = count;
    return got;
  }
  return real(fd, message, flags);
}
ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  LLN_REAL(sendmsg);
  if (const auto turn = turn_of(fd, Direction::out)) {
    if (turn->error != 0) {
      errno = turn->error;
      return refused;
    }
    ShortVector shorter(message->msg_iov, message->msg_iovlen, turn->most);
    msghdr copy = *message;
    copy.msg_iov = shorter.parts.data();
    copy.msg_iovlen = shorter.used;
    return real(fd, &copy, flags);
  }
  return real(fd, message, flags);
}
int recvmmsg(int fd, mmsghdr* messages, unsigned count, int flags, timespec* timeout) {
  LLN_REAL(recvmmsg);
  LLN_TAKE_TURN(fd, in, count)
  return real(fd, messages, count, flags, timeout);
}
int sendmmsg(int fd, mmsghdr* messages, unsigned count, int flags) {
  LLN_REAL(sendmmsg);
  LLN_TAKE_TURN(fd, out, count)
  return real(fd, messages, count, flags);
}

int epoll_wait(int fd, epoll_event* events, int most, int ms) {
  LLN_REAL(epoll_wait);
  lln::testkit::detail::note_wait(fd, ms);
  LLN_TAKE_TURN(fd, wait, most)
  return real(fd, events, most, ms);
}
int epoll_pwait(int fd, epoll_event* events, int most, int ms, const sigset_t* mask) {
  LLN_REAL(epoll_pwait);
  lln::testkit::detail::note_wait(fd, ms);
  LLN_TAKE_TURN(fd, wait, most)
  return real(fd, events, most, ms, mask);
}

#define LLN_COUNT_ONLY(result, name, parameters, arguments, specifier) \
  result name parameters specifier {                                   \
    LLN_REAL(name);                                                    \
    return real arguments;                                             \
  }
LLN_COUNT_ONLY(int, poll, (pollfd * set, nfds_t n, int ms), (set, n, ms), )
LLN_COUNT_ONLY(int, ppoll, (pollfd * set, nfds_t n, const timespec* time, const sigset_t* mask),
               (set, n, time, mask), )
LLN_COUNT_ONLY(int, select, (int n, fd_set* in, fd_set* out, fd_set* other, timeval* time),
               (n, in, out, other, time), )
LLN_COUNT_ONLY(int, nanosleep, (const timespec* time, timespec* rest), (time, rest), )
LLN_COUNT_ONLY(int, clock_nanosleep, (clockid_t clock, int flags, const timespec* time, timespec* rest),
               (clock, flags, time, rest), )
LLN_COUNT_ONLY(int, sched_yield, (), (), noexcept)
LLN_COUNT_ONLY(int, socket, (int domain, int type, int protocol), (domain, type, protocol), noexcept)
LLN_COUNT_ONLY(int, connect, (int fd, const sockaddr* to, socklen_t length), (fd, to, length), )
LLN_COUNT_ONLY(int, accept, (int fd, sockaddr* from, socklen_t* length), (fd, from, length), )
LLN_COUNT_ONLY(int, accept4, (int fd, sockaddr* from, socklen_t* length, int flags),
               (fd, from, length, flags), )
LLN_COUNT_ONLY(int, close, (int fd), (fd), )
LLN_COUNT_ONLY(int, epoll_ctl, (int fd, int what, int other, epoll_event* event), (fd, what, other, event),
               noexcept)
LLN_COUNT_ONLY(int, setsockopt, (int fd, int level, int name, const void* value, socklen_t length),
               (fd, level, name, value, length), noexcept)
LLN_COUNT_ONLY(int, getsockopt, (int fd, int level, int name, void* value, socklen_t* length),
               (fd, level, name, value, length), noexcept)
LLN_COUNT_ONLY(void*, mmap, (void* at, std::size_t size, int access, int flags, int fd, off_t from),
               (at, size, access, flags, fd, from), noexcept)
LLN_COUNT_ONLY(int, munmap, (void* at, std::size_t size), (at, size), noexcept)
LLN_COUNT_ONLY(int, madvise, (void* at, std::size_t size, int advice), (at, size, advice), noexcept)

long syscall(long number, ...) noexcept {
  LLN_REAL(syscall);
  std::array<long, 6> words{};  // six are all that the kernel takes; those not given are not looked at
  va_list list;
  va_start(list, number);
  for (long& word : words) word = va_arg(list, long);
  va_end(list);
  return real(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}

}  // extern "C"
