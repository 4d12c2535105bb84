#include <lln/latency/checked_stdout.hpp>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace lln::latency {
namespace {

bool reader_has_gone() noexcept {
  pollfd out{STDOUT_FILENO, POLLOUT, 0};
  return ::poll(&out, 1, 0) == 1 && (out.revents & (POLLERR | POLLHUP)) != 0;
}

}  // namespace

CheckedStdout::CheckedStdout(std::string program, int failure)
    : program_(std::move(program)), failure_(failure) {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(stream, F_GETFD) >= 0) continue;
    if (stream == STDOUT_FILENO) closed_ = true;
    // It gets the lowest free number, and those below are taken.
    if (::open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0) break;
  }
}

CheckedStdout::~CheckedStdout() {
  const bool flushed = std::fflush(stdout) == 0;
  // Of an error in the middle only the mark is left.
  const char* reason = flushed ? "a write failed" : std::strerror(errno);
  if (flushed && std::ferror(stdout) == 0) return;
  if (reader_has_gone()) return;
  if (closed_) reason = "it is closed";
  std::fprintf(stderr,
               "%s: cannot write standard output: %s; what was printed is incomplete, direct it elsewhere\n",
               program_.c_str(), reason);
  std::exit(failure_);
}

}  // namespace lln::latency
