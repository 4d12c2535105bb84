#include <lln/app/child_process.hpp>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <thread>
#include <utility>

namespace lln::app {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

namespace {

using Pipe = std::array<int, 2>;

Pipe make_pipe() {
  Pipe ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw std::system_error(errno, std::generic_category(), "pipe for a child process");
  }
  return ends;
}

void close_all(std::initializer_list<int> fds) {
  for (const int fd : fds) ::close(fd);
}

// Only async-signal-safe calls: this runs between fork and exec.
[[noreturn]] void become(char* const* arguments, int in, int out, int failure, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);  // the parent ended before the line above
  ::signal(SIGPIPE, SIG_DFL);
  ::setpgid(0, 0);  // Ctrl-C in the terminal is for the parent, which ends the child in its own order
  ::dup2(in, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::execv(arguments[0], arguments);
  const int error = errno;
  [[maybe_unused]] const ssize_t told = ::write(failure, &error, sizeof error);
  ::_exit(127);
}

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const Pipe input = make_pipe();
  const Pipe output = make_pipe();
  const Pipe failure = make_pipe();  // closed by a successful exec; else brings errno
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) become(arguments.data(), input[0], output[1], failure[1], parent);
  const int fork_error = errno;
  close_all({input[0], output[1], failure[1]});
  to_child_ = input[1];
  from_child_ = output[0];
  int error = pid_ < 0 ? fork_error : 0;
  if (pid_ > 0 && ::read(failure[0], &error, sizeof error) == static_cast<ssize_t>(sizeof error)) {
    ::waitpid(pid_, nullptr, 0);
  }
  ::close(failure[0]);
  if (error != 0) {
    close_all({to_child_, from_child_});
    throw std::system_error(error, std::generic_category(), "cannot start " + command.front());
  }
}

ChildProcess::~ChildProcess() {
  if (!exit_code_) {
    ::kill(pid_, SIGTERM);
    ::close(std::exchange(to_child_, -1));
    if (!wait(2s)) {
      ::kill(-pid_, SIGKILL);  // its process group: its own children too
      ::waitpid(pid_, nullptr, 0);
    }
  }
  if (to_child_ >= 0) ::close(to_child_);
  ::close(from_child_);
}

std::optional<std::string> ChildProcess::read_line(std::chrono::milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  while (true) {
    if (const auto newline = buffer_.find('\n'); newline != std::string::npos) {
      std::string line = buffer_.substr(0, newline);
      buffer_.erase(0, newline + 1);
      return line;
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd waiting{from_child_, POLLIN, 0};
    const int ready = ::poll(&waiting, 1, static_cast<int>(std::max<long>(0, left)));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return std::nullopt;
    std::array<char, 4096> chunk{};
    const ssize_t got = ::read(from_child_, chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return std::nullopt;
    buffer_.append(chunk.data(), static_cast<std::size_t>(got));
  }
}

void ChildProcess::write_line(const std::string& line) {
  const std::string text = line + "\n";
  [[maybe_unused]] const ssize_t written = ::write(to_child_, text.data(), text.size());
}

std::optional<int> ChildProcess::wait(std::chrono::milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  while (!exit_code_) {
    int status = 0;
    const pid_t done = ::waitpid(pid_, &status, WNOHANG);
    if (done == pid_) {
      exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    } else if (Clock::now() >= deadline) {
      return std::nullopt;
    } else {
      std::this_thread::sleep_for(5ms);
    }
  }
  return exit_code_;
}

}  // namespace lln::app
