// A server in a process of its own, with limits of its own, that tells what it needs and how it was.
#pragma once

#include "echo_client.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <csignal>
#include <fstream>

namespace lln::app::test {

// What the child tells, in this order: once when it listens, once each time it is asked.
struct Told {
  std::uint64_t port;
  std::uint64_t resident_bytes;
  std::uint64_t open;
};
struct Summary {
  std::uint64_t requests;
  std::uint64_t most_open;
  std::uint64_t most_buffers;
  std::uint64_t ended_by_clients;
};

inline std::uint64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  file >> size >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

// The child: a server that ends when the parent closes its end.
[[noreturn]] inline void serve(const EchoOptions& options, rlim_t files, int in, int out) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  EchoServer server(options);
  if (files > 0) {
    const rlimit limit{files, files};
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
  const auto tell = [&] {
    const Told told{server.tcp()->port, resident_bytes(), server.open_connections()};
    return ::write(out, &told, sizeof told) == sizeof told;
  };
  std::thread control([&] {
    char asked;
    while (tell() && ::read(in, &asked, 1) == 1) {
    }
    server.stop();
  });
  const EchoReport report = server.run();
  control.join();
  const Summary summary{
      report.requests, report.most_open, report.most_buffers,
      report.ended_by(EchoReason::peer_closed) + report.ended_by(EchoReason::peer_vanished)};
  [[maybe_unused]] const auto size = ::write(out, &summary, sizeof summary);
  ::_exit(0);
}

class ServerProcess {
 public:
  // files: RLIMIT_NOFILE of the server once it listens; 0: as it is.
  explicit ServerProcess(const EchoOptions& options, rlim_t files = 0) {
    if (::pipe2(to_child_, O_CLOEXEC) != 0 || ::pipe2(from_child_, O_CLOEXEC) != 0) return;
    child_ = ::fork();
    if (child_ == 0) {
      ::close(to_child_[1]);
      serve(options, files, to_child_[0], from_child_[1]);
    }
    ::close(to_child_[0]);
    ::close(from_child_[1]);
  }
  ~ServerProcess() {
    ::close(from_child_[0]);
    if (!ended_) ::close(to_child_[1]);
    if (child_ <= 0) return;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  template <class T = Told>
  T read() {
    T value{};
    EXPECT_EQ(::read(from_child_[0], &value, sizeof value), static_cast<ssize_t>(sizeof value));
    return value;
  }
  Told ask() {
    EXPECT_EQ(::write(to_child_[1], "?", 1), 1);
    return read();
  }
  Summary end() {
    ::close(to_child_[1]);
    ended_ = true;
    return read<Summary>();
  }

 private:
  int to_child_[2] = {-1, -1};
  int from_child_[2] = {-1, -1};
  pid_t child_ = -1;
  bool ended_ = false;
};

}  // namespace lln::app::test
