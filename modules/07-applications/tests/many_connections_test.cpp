// Ten thousand idle connections and a thousand active ones: all answered, in memory that does not grow with them.
//
// The server is a process of its own: twice eleven thousand descriptors are more than one may usually have.
#include "server_process.hpp"

namespace lln::app {
namespace {

using namespace lln::app::test;

constexpr std::size_t idle_count = 10'000;
constexpr std::size_t active_count = 1'000;
constexpr std::size_t buffer_count = 64;

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
  }
  static EchoOptions options() {
    EchoOptions options;
    options.backend = GetParam();
    options.tcp = net::Endpoint::parse("127.0.0.1:0");
    options.max_connections = idle_count + active_count;
    options.buffers = buffer_count;
    return options;
  }
};

TEST_P(ManyConnections, TenThousandIdleAndAThousandActive) {
  if (const std::string why = raise_limit(); !why.empty()) GTEST_SKIP() << why;
  ServerProcess process(options());
  const Told before = process.read();
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

  const Told after = process.ask();
  EXPECT_EQ(after.open, idle_count + active_count);
  const std::uint64_t grown = after.resident_bytes - std::min(before.resident_bytes, after.resident_bytes);
  EXPECT_LT(grown, 16U << 20) << "a buffer for each would be " << (idle_count * echo_buffer_size >> 20)
                              << " MiB";
  RecordProperty("resident_bytes", std::to_string(after.resident_bytes));
  std::cout << "resident " << (after.resident_bytes >> 10) << " KiB, grown by " << (grown >> 10) << " KiB\n";

  // Reset, so that no port waits in TIME_WAIT.
  for (auto& stream : idle) stream.abort();
  for (auto& stream : active) stream.abort();
  const Summary summary = process.end();
  EXPECT_EQ(summary.requests, 3 * depth * active_count + idle_count / 100);
  EXPECT_EQ(summary.most_open, idle_count + active_count);
  EXPECT_LE(summary.most_buffers, buffer_count);
  EXPECT_EQ(summary.ended_by_clients, idle_count + active_count);
}

// Not our limit but the kernel's: accept(2) has no descriptor left. The classic end of a server is to be told of the
// same connection for ever.
TEST_P(ManyConnections, WithoutDescriptorsTheRestIsRefusedAndLaterOthersAreServed) {
  ServerProcess process(options(), 40);
  const net::Endpoint server{{INADDR_LOOPBACK}, static_cast<std::uint16_t>(process.read().port)};
  std::vector<net::TcpStream> streams;
  int served = 0;
  for (int i = 0; i < 60; ++i) {
    streams.push_back(net::TcpStream::connect(server));
    Bytes answer(request(1).size());
    // A refused one ends: with a reset or without, and perhaps before the request is out.
    if (streams.back().send_all(request(1), patience) && streams.back().receive_all(answer, patience))
      ++served;
    ASSERT_NE(streams.back().last_error(), EAGAIN) << "neither answered nor refused";
  }
  EXPECT_GE(served, 5);
  EXPECT_LE(served, 40);
  for (auto& stream : streams) stream.abort();
  const auto deadline = std::chrono::steady_clock::now() + patience;
  bool again = false;
  while (!again && std::chrono::steady_clock::now() < deadline) {
    net::TcpStream stream = net::TcpStream::connect(server);
    Bytes answer(request(2).size());
    again = stream.send_all(request(2), patience) && stream.receive_all(answer, patience);
  }
  EXPECT_TRUE(again);
}

INSTANTIATE_TEST_SUITE_P(All, ManyConnections, ::testing::Values(EchoBackend::epoll, EchoBackend::io_uring),
                         [](const auto& test) { return std::string(name_of(test.param)); });

}  // namespace
}  // namespace lln::app
