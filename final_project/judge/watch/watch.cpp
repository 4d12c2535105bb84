// lln-watch.so, loaded into a handler with LD_PRELOAD: counts allocations, system calls and page faults between two
// datagrams, and writes them to the file LLN_WATCH_FILE at exit. the handler knows nothing of it.
//
//   from: when LLN_WATCH_SKIP datagrams have been received (what is touched for the first time is touched by then)
//   to:   when the last one has been received
//
// System calls are seen where libc's functions for them are called; what libc does inside (futex) and what makes no
// system call (clock_gettime) is not. A receive that brings nothing, a wait that ends without an event and sched_yield
// are counted apart, as idle: spinning is a choice. Page faults are those of the threads that receive datagrams.
//
// Threads: any. Cost: some ns a call, and one getrusage(2) for each receive that brings datagrams.
#include "counts.hpp"

#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/uio.h>

// glibc's own names: they need no dlsym, which allocates.
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
void __libc_free(void*);

// What fortified programs call.
ssize_t __recv_chk(int fd, void* to, std::size_t size, std::size_t room, int flags);
ssize_t __recvfrom_chk(int fd, void* to, std::size_t size, std::size_t room, int flags, sockaddr* from,
                       socklen_t* length);
ssize_t __read_chk(int fd, void* to, std::size_t size, std::size_t room);
int __poll_chk(pollfd* entries, nfds_t number, int timeout, std::size_t room);
}

using namespace lln::watch;

namespace {

Lifetime lifetime;

}  // namespace

// ---- memory ----

void* malloc(std::size_t size) noexcept {
  count(allocations);
  return __libc_malloc(size);
}
void* calloc(std::size_t number, std::size_t size) noexcept {
  count(allocations);
  return __libc_calloc(number, size);
}
void* realloc(void* old, std::size_t size) noexcept {
  count(allocations);
  return __libc_realloc(old, size);
}
void* memalign(std::size_t alignment, std::size_t size) noexcept {
  count(allocations);
  return __libc_memalign(alignment, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  count(allocations);
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** to, std::size_t alignment, std::size_t size) noexcept {
  count(allocations);
  *to = __libc_memalign(alignment, size);
  return *to == nullptr && size != 0 ? ENOMEM : 0;
}
void free(void* pointer) noexcept {
  if (pointer != nullptr) count(frees);
  __libc_free(pointer);
}

// ---- system calls: each asks for the true function once ----

ssize_t recv(int fd, void* to, std::size_t size, int flags) {
  static const auto real = next<decltype(&::recv)>("recv");
  const ssize_t result = real(fd, to, size, flags);
  receive_done(fd, result, 1);
  return result;
}
ssize_t recvfrom(int fd, void* to, std::size_t size, int flags, sockaddr* from, socklen_t* length) {
  static const auto real = next<decltype(&::recvfrom)>("recvfrom");
  const ssize_t result = real(fd, to, size, flags, from, length);
  receive_done(fd, result, 1);
  return result;
}
ssize_t recvmsg(int fd, msghdr* message, int flags) {
  static const auto real = next<decltype(&::recvmsg)>("recvmsg");
  const ssize_t result = real(fd, message, flags);
  receive_done(fd, result, 1);
  return result;
}
int recvmmsg(int fd, mmsghdr* messages, unsigned number, int flags, timespec* timeout) {
  static const auto real = next<decltype(&::recvmmsg)>("recvmmsg");
  const int result = real(fd, messages, number, flags, timeout);
  receive_done(fd, result, result > 0 ? static_cast<std::uint64_t>(result) : 0);
  return result;
}
ssize_t read(int fd, void* to, std::size_t size) {
  static const auto real = next<decltype(&::read)>("read");
  const ssize_t result = real(fd, to, size);
  receive_done(fd, result, 1);
  return result;
}
ssize_t readv(int fd, const iovec* to, int number) {
  static const auto real = next<decltype(&::readv)>("readv");
  const ssize_t result = real(fd, to, number);
  receive_done(fd, result, 1);
  return result;
}
ssize_t write(int fd, const void* from, std::size_t size) {
  static const auto real = next<decltype(&::write)>("write");
  count(writes);
  return real(fd, from, size);
}
ssize_t pwrite(int fd, const void* from, std::size_t size, off_t at) {
  static const auto real = next<decltype(&::pwrite)>("pwrite");
  count(writes);
  return real(fd, from, size, at);
}
ssize_t writev(int fd, const iovec* from, int number) {
  static const auto real = next<decltype(&::writev)>("writev");
  count(writes);
  return real(fd, from, number);
}
ssize_t send(int fd, const void* from, std::size_t size, int flags) {
  static const auto real = next<decltype(&::send)>("send");
  count(sends);
  return real(fd, from, size, flags);
}
ssize_t sendto(int fd, const void* from, std::size_t size, int flags, const sockaddr* to, socklen_t length) {
  static const auto real = next<decltype(&::sendto)>("sendto");
  count(sends);
  return real(fd, from, size, flags, to, length);
}
ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  static const auto real = next<decltype(&::sendmsg)>("sendmsg");
  count(sends);
  return real(fd, message, flags);
}
int poll(pollfd* entries, nfds_t number, int timeout) {
  static const auto real = next<decltype(&::poll)>("poll");
  const int result = real(entries, number, timeout);
  count(result == 0 ? idle : waits);
  return result;
}
int ppoll(pollfd* entries, nfds_t number, const timespec* timeout, const sigset_t* mask) {
  static const auto real = next<decltype(&::ppoll)>("ppoll");
  const int result = real(entries, number, timeout, mask);
  count(result == 0 ? idle : waits);
  return result;
}
int select(int number, fd_set* in, fd_set* out, fd_set* bad, timeval* timeout) {
  static const auto real = next<decltype(&::select)>("select");
  const int result = real(number, in, out, bad, timeout);
  count(result == 0 ? idle : waits);
  return result;
}
int epoll_wait(int fd, epoll_event* events, int number, int timeout) {
  static const auto real = next<decltype(&::epoll_wait)>("epoll_wait");
  const int result = real(fd, events, number, timeout);
  count(result == 0 ? idle : waits);
  return result;
}
void* mmap(void* at, std::size_t size, int protection, int flags, int fd, off_t offset) noexcept {
  static const auto real = next<decltype(&::mmap)>("mmap");
  count(memory);
  return real(at, size, protection, flags, fd, offset);
}
int munmap(void* at, std::size_t size) noexcept {
  static const auto real = next<decltype(&::munmap)>("munmap");
  count(memory);
  return real(at, size);
}
int madvise(void* at, std::size_t size, int advice) noexcept {
  static const auto real = next<decltype(&::madvise)>("madvise");
  count(memory);
  return real(at, size, advice);
}
int open(const char* path, int flags, ...) {
  static const auto real = next<decltype(&::open)>("open");
  count(other);
  va_list more;
  va_start(more, flags);
  const auto mode = static_cast<mode_t>(va_arg(more, unsigned));
  va_end(more);
  return real(path, flags, mode);
}
int close(int fd) {
  static const auto real = next<decltype(&::close)>("close");
  count(other);
  forget(fd);
  return real(fd);
}
int setsockopt(int fd, int level, int name, const void* value, socklen_t size) noexcept {
  static const auto real = next<decltype(&::setsockopt)>("setsockopt");
  count(other);
  return real(fd, level, name, value, size);
}
int getsockopt(int fd, int level, int name, void* value, socklen_t* size) noexcept {
  static const auto real = next<decltype(&::getsockopt)>("getsockopt");
  count(other);
  return real(fd, level, name, value, size);
}
int usleep(useconds_t us) {
  static const auto real = next<decltype(&::usleep)>("usleep");
  count(idle);
  return real(us);
}

ssize_t __recv_chk(int fd, void* to, std::size_t size, std::size_t, int flags) {
  return recv(fd, to, size, flags);
}
ssize_t __recvfrom_chk(int fd, void* to, std::size_t size, std::size_t, int flags, sockaddr* from,
                       socklen_t* length) {
  return recvfrom(fd, to, size, flags, from, length);
}
ssize_t __read_chk(int fd, void* to, std::size_t size, std::size_t) { return read(fd, to, size); }
int __poll_chk(pollfd* entries, nfds_t number, int timeout, std::size_t) {
  return poll(entries, number, timeout);
}
