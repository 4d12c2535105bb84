// Ten thousand idle connections and a thousand active ones: all answered, in memory that does not grow with them.
//
// The server is a process of its own: twice eleven thousand descriptors are more than one may usually have.
#include "echo_client.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <csignal>
#include <fstream>

namespace lln::app {
namespace {

using namespace lln::app::test;

constexpr std::size_t idle_count = 10'000;
constexpr std::size_t active_count = 1'000;
constexpr std::size_t buffer_count = 64;

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

std::uint64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  file >> size >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

// The child: a server that ends when the parent closes its end.
[[noreturn]] void serve(EchoBackend backend, int in, int out) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  EchoOptions options;
  options.backend = backend;
  options.tcp = net::Endpoint::parse("127.0.0.1:0");
  options.max_connections = idle_count + active_count;
  options.buffers = buffer_count;
  EchoServer server(options);
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

// Empty, or why eleven thousand descriptors are too many here.
std::string raise_limit() {
  constexpr rlim_t wanted = idle_count + active_count + 100;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_max < wanted)
    return "a process may open " + std::to_string(limit.rlim_max) + " files here (ulimit -Hn), not " +
           std::to_string(wanted);
  limit.rlim_cur = std::max(limit.rlim_cur, wanted);
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0 ? "" : "setrlimit failed";
}

class ManyConnections : public ::testing::TestWithParam<EchoBackend> {
 protected:
  void SetUp() override {
    if (const std::string why = why_not(GetParam()); !why.empty()) GTEST_SKIP() << why;
    if (const std::string why = raise_limit(); !why.empty()) GTEST_SKIP() << why;
    ASSERT_EQ(::pipe2(to_child_, O_CLOEXEC), 0);
    ASSERT_EQ(::pipe2(from_child_, O_CLOEXEC), 0);
    child_ = ::fork();
    if (child_ == 0) {
      ::close(to_child_[1]);
      serve(GetParam(), to_child_[0], from_child_[1]);
    }
    ::close(to_child_[0]);
    ::close(from_child_[1]);
  }
  void TearDown() override {
    if (child_ <= 0) return;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
  template <class T>
  T read() {
    T value{};
    EXPECT_EQ(::read(from_child_[0], &value, sizeof value), static_cast<ssize_t>(sizeof value));
    return value;
  }
  Told ask() {
    EXPECT_EQ(::write(to_child_[1], "?", 1), 1);
    return read<Told>();
  }
  Summary end() {
    ::close(to_child_[1]);
    return read<Summary>();
  }

 private:
  int to_child_[2] = {-1, -1};
  int from_child_[2] = {-1, -1};
  pid_t child_ = -1;
};

TEST_P(ManyConnections, TenThousandIdleAndAThousandActive) {
  const Told before = read<Told>();
  const net::Endpoint server{{INADDR_LOOPBACK}, static_cast<std::uint16_t>(before.port)};
  std::vector<net::TcpStream> idle;
  std::vector<net::TcpStream> active;
  idle.reserve(idle_count);
  active.reserve(active_count);
  try {
    while (idle.size() < idle_count) idle.push_back(net::TcpStream::connect(server));
    while (active.size() < active_count) active.push_back(net::TcpStream::connect(server));
  } catch (const std::system_error& error) {
    if (error.code().value() != EADDRNOTAVAIL) throw;
    GTEST_SKIP() << "no more free ports on this machine: " << error.what();
  }

  // Several requests of each on their way at once, in three rounds.
  constexpr std::uint64_t depth = 8;
  for (std::uint64_t round = 0; round < 3; ++round) {
    for (std::uint64_t i = 0; i < active_count; ++i) {
      Bytes requests;
      for (std::uint64_t k = 0; k < depth; ++k) append(requests, request(i * depth + k + round));
      ASSERT_TRUE(active[i].send_all(requests, patience));
    }
    for (std::uint64_t i = 0; i < active_count; ++i) {
      Bytes answers(depth * (echo_header_size + 24));
      ASSERT_TRUE(active[i].receive_all(answers, patience));
      const auto messages = split(answers);
      ASSERT_EQ(messages.size(), depth);
      for (std::uint64_t k = 0; k < depth; ++k) ASSERT_TRUE(messages[k].answers(i * depth + k + round));
    }
  }
  // The idle are not forgotten: every hundredth asks something.
  for (std::size_t i = 0; i < idle_count; i += 100) {
    ASSERT_TRUE(idle[i].send_all(request(i), patience));
    Bytes answer(request(i).size());
    ASSERT_TRUE(idle[i].receive_all(answer, patience));
  }

  const Told after = ask();
  EXPECT_EQ(after.open, idle_count + active_count);
  const std::uint64_t grown = after.resident_bytes - std::min(before.resident_bytes, after.resident_bytes);
  EXPECT_LT(grown, 16U << 20) << "a buffer for each would be " << (idle_count * echo_buffer_size >> 20)
                              << " MiB";
  RecordProperty("resident_bytes", std::to_string(after.resident_bytes));
  std::cout << "resident " << (after.resident_bytes >> 10) << " KiB, grown by " << (grown >> 10) << " KiB\n";

  // Reset, so that no port waits in TIME_WAIT.
  for (auto& stream : idle) stream.abort();
  for (auto& stream : active) stream.abort();
  const Summary summary = end();
  EXPECT_EQ(summary.requests, 3 * depth * active_count + idle_count / 100);
  EXPECT_EQ(summary.most_open, idle_count + active_count);
  EXPECT_LE(summary.most_buffers, buffer_count);
  EXPECT_EQ(summary.ended_by_clients, idle_count + active_count);
}

INSTANTIATE_TEST_SUITE_P(All, ManyConnections, ::testing::Values(EchoBackend::epoll, EchoBackend::io_uring),
                         [](const auto& test) { return std::string(name_of(test.param)); });

}  // namespace
}  // namespace lln::app
