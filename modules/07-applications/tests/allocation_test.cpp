// Serving allocates nothing, new connections included: counted by replacing the global operator new of this program.
#include "echo_client.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace {
std::atomic<std::uint64_t> allocations{0};

void* count_and_allocate(std::size_t size, std::size_t alignment) {
  allocations.fetch_add(1, std::memory_order_relaxed);  // a counter, publishes nothing
  void* memory = nullptr;
  return ::posix_memalign(&memory, alignment, size) == 0 ? memory : throw std::bad_alloc();
}
}  // namespace

void* operator new(std::size_t size) { return count_and_allocate(size, alignof(std::max_align_t)); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return count_and_allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace lln::app {
namespace {

using namespace lln::app::test;

class EchoAllocation : public ::testing::TestWithParam<EchoBackend> {};

void expect_none_while_serving(EchoOptions options) {
  options.tcp = options.udp = net::Endpoint::parse("127.0.0.1:0");
  options.buffers = 8;
  Running running(options);
  Bytes asked;
  for (std::uint64_t id = 1; id <= 20; ++id) append(asked, request(id));
  Bytes garbage(100, std::byte{'x'});
  Bytes answers(asked.size());
  const sockaddr_in address = running.server().tcp()->to_sockaddr();
  net::UdpSocket datagrams;
  datagrams.connect(*running.server().udp());
  bool good = true;
  const auto converse = [&] {
    net::StreamSocket stream{net::FileDescriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))};
    good &= ::connect(stream.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    good &= stream.send_all(std::span(asked).first(asked.size() - 7), patience);
    good &= stream.send_all(std::span(asked).last(7), patience) && stream.receive_all(answers, patience);
    good &= datagrams.send(std::span(asked).first(64)) && datagrams.receive(answers, patience).has_value();
    good &= stream.send_all(garbage, patience) && stream.receive_all(std::span(answers).first(41), patience);
    stream.abort();
  };
  converse();  // whatever the C library makes on first use
  const std::uint64_t before = allocations.load();
  for (int i = 0; i < 30; ++i) converse();
  const std::uint64_t after = allocations.load();
  EXPECT_TRUE(good);
  EXPECT_EQ(after - before, 0U);
  EXPECT_GT(before, 0U) << "the counter counts";
}

TEST_P(EchoAllocation, NoneWhileServing) {
  if (const std::string why = why_not(GetParam()); !why.empty()) GTEST_SKIP() << why;
  expect_none_while_serving({.backend = GetParam()});
  expect_none_while_serving({.backend = GetParam(), .stamps = EchoStamps::kernel, .departures = true});
}

INSTANTIATE_TEST_SUITE_P(All, EchoAllocation,
                         ::testing::Values(EchoBackend::epoll, EchoBackend::spin, EchoBackend::io_uring),
                         [](const auto& test) { return std::string(name_of(test.param)); });

}  // namespace
}  // namespace lln::app
