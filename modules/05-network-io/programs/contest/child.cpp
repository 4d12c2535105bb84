#include "child.hpp"

#include "contest.hpp"

#include <lln/net/endpoint.hpp>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <sstream>
#include <stdexcept>
#include <system_error>

namespace lln::contest {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

// In the child, between fork and exec: only what is safe there.
[[noreturn]] void become(const char* path, char* const* arguments, int output, std::optional<int> cpu,
                         pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);  // it died before the line above
  ::setpgid(0, 0);
  if (cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<std::size_t>(*cpu), &set);
    ::sched_setaffinity(0, sizeof set, &set);
  }
  ::dup2(::open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  ::execv(path, arguments);
  ::_exit(127);
}

bool is_free(int type, std::uint16_t port) {
  const net::FileDescriptor socket(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
  const sockaddr_in address = net::Endpoint{{0x7F000001}, port}.to_sockaddr();
  return ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace

Child::Child(const std::vector<std::string>& command, std::optional<int> cpu) {
  const std::string path = find_program(command.at(0));
  if (path.empty()) throw Unavailable(command[0] + " is not installed (apt: " + command[0] + ")");
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) fail("pipe for " + command[0]);
  pipe_.reset(ends[0]);
  const net::FileDescriptor output(ends[1]);
  std::vector<char*> arguments;
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) fail("fork for " + command[0]);
  if (pid_ == 0) become(path.c_str(), arguments.data(), output.get(), cpu, parent);
}

Child::~Child() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

bool Child::read_some() {
  char buffer[4096];
  ssize_t size = 0;
  do {
    size = ::read(pipe_.get(), buffer, sizeof buffer);
  } while (size < 0 && errno == EINTR);
  if (size > 0) output_.append(buffer, static_cast<std::size_t>(size));
  return size > 0;
}

bool Child::read_until(const std::string& text) {
  while (output_.find(text) == std::string::npos) {
    if (!read_some()) return false;
  }
  return true;
}

const std::string& Child::finish() {
  while (read_some()) {
  }
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
  status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return output_;
}

std::string find_program(const std::string& name) {
  const char* const list = std::getenv("PATH");
  std::istringstream folders(list == nullptr ? "/usr/bin:/bin" : list);
  for (std::string folder; std::getline(folders, folder, ':');) {
    const std::string path = folder + "/" + name;
    if (::access(path.c_str(), X_OK) == 0) return path;
  }
  return {};
}

std::uint16_t free_port() {
  // Below the range from which the kernel gives ports to those who ask for any, so that nobody is given this one.
  constexpr int lowest = 20000;
  constexpr int highest = 32000;
  std::mt19937 random(std::random_device{}());
  for (int tries = 0; tries < 100; ++tries) {
    const auto port = static_cast<std::uint16_t>(std::uniform_int_distribution(lowest, highest)(random));
    if (is_free(SOCK_DGRAM, port) && is_free(SOCK_STREAM, port)) return port;
  }
  throw std::runtime_error("no free port found from 20000 to 32000");
}

}  // namespace lln::contest
