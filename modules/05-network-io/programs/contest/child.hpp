// Another program, started on one CPU, with its output read line by line.
//
// Threads: one. Guarantees: the child ends with this object, and also when this process is killed
//   (PR_SET_PDEATHSIG). Nothing of it stays behind. Ctrl-C does not reach it (a process group of its own): the turn is
//   played to its end. Its input is at its end.
// Errors: std::system_error when it cannot be started; contest::Unavailable when the program is not installed.
#pragma once

#include <lln/net/file_descriptor.hpp>

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lln::contest {

class Child {
 public:
  // command[0] is looked for in PATH. Descriptors that are not close-on-exec are inherited.
  Child(const std::vector<std::string>& command, std::optional<int> cpu);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // Reads its standard output and error until a line contains `text`; false: the output ended without it.
  bool read_until(const std::string& text);
  // Reads to the end and waits. What it printed, all of it; exit_status() is valid then.
  const std::string& finish();
  int exit_status() const noexcept { return status_; }
  const std::string& output() const noexcept { return output_; }

 private:
  bool read_some();

  pid_t pid_ = -1;
  net::FileDescriptor pipe_;
  std::string output_;
  int status_ = -1;
};

// The full path of a program in PATH; empty when there is none.
std::string find_program(const std::string& name);

// A port that was free a moment ago, for UDP and TCP, for a program that cannot be asked which one it took.
std::uint16_t free_port();

}  // namespace lln::contest
