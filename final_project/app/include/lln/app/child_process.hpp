// A child program with pipes on its standard input and output. It cannot outlive us: the kernel kills it when the
// thread that started it ends, however it ends.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace lln::app {

class ChildProcess {
 public:
  // Throws std::system_error naming the program when it cannot be started. Its standard error is ours.
  explicit ChildProcess(const std::vector<std::string>& command);
  ~ChildProcess();  // SIGTERM, then SIGKILL after two seconds
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // The next line of its output without the newline; nothing at its end or when the time is over.
  std::optional<std::string> read_line(std::chrono::milliseconds timeout);
  void write_line(const std::string& line);  // a child that is gone already is no error

  // Its exit code (128 + signal when it was killed); nothing when the time is over first.
  std::optional<int> wait(std::chrono::milliseconds timeout);
  pid_t pid() const noexcept { return pid_; }

 private:
  pid_t pid_ = -1;
  int to_child_ = -1;
  int from_child_ = -1;
  std::string buffer_;
  std::optional<int> exit_code_;
};

}  // namespace lln::app
