// The hot paths allocate nothing: counted by replacing the global operator new of this program.
#include "loopback_test.hpp"
#include "stream_test.hpp"

#include <lln/net/epoll_loop.hpp>
#include <lln/net/frame_reader.hpp>
#include <lln/net/frame_writer.hpp>
#include <lln/net/tcp_listener.hpp>
#include <lln/net/udp_transport.hpp>

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

namespace lln::net::test {
namespace {

class Allocation : public LoopbackTest {};

TEST_F(Allocation, SendingAndReceivingAllocateNothing) {
  MulticastReceiver receiver(any_port());
  MulticastSender sender(to(receiver.local_endpoint()));
  const auto bytes = content(1, 200);
  const auto deadline = std::chrono::steady_clock::now() + patience;
  std::size_t sent = 0;
  std::size_t received = 0;
  const std::uint64_t before = allocations.load();
  for (int round = 0; round < 20; ++round) {
    for (auto memory = sender.loan(); !memory.empty(); memory = sender.loan()) {
      std::memcpy(memory.data(), bytes.data(), bytes.size());
      sender.commit(bytes.size());
    }
    sent += sender.flush();
    sent += sender.send(bytes) ? 1 : 0;
    while (received < sent && std::chrono::steady_clock::now() < deadline) {
      receiver.wait(1ms);
      received += receiver.receive().size();
    }
    receiver.refresh_kernel_drops();
  }
  const std::uint64_t after = allocations.load();
  EXPECT_EQ(after - before, 0U) << "allocations while " << received << " datagrams were received";
  EXPECT_EQ(received, 20U * 33U);
  EXPECT_GT(before, 0U) << "the counter counts";
}

// A frame there and back through two loops' worth of everything that streams have, connection and all.
TEST(AllocationOfStreams, FramesInAnEdgeTriggeredLoopAllocateNothing) {
  TcpListener listener({.local = {Ipv4Address::parse("127.0.0.1"), 0}});
  auto client = TcpStream::connect(listener.local_endpoint());
  EpollLoop loop;
  const auto payload = pattern(1000);
  int answered = 0;
  auto server = listener.accept(patience);
  ASSERT_TRUE(server);
  FrameReader requests(*server, 1000);
  FrameWriter answers(*server, 1000);
  FrameReader results(client, 1000);
  FrameWriter questions(client, 1000);
  CallbackHandler serve([&](EpollLoop::Ready) noexcept {
    while (const auto request = requests.next()) answers.write(*request);
  });
  CallbackHandler finish([&](EpollLoop::Ready) noexcept {
    while (results.next()) ++answered;
  });
  const std::uint64_t before = allocations.load();
  loop.add(server->fd(), EpollLoop::Interest::readable, serve, EpollLoop::Trigger::edge);
  loop.add(client.fd(), EpollLoop::Interest::readable, finish, EpollLoop::Trigger::edge);
  for (int round = 1; round <= 20; ++round) {
    ASSERT_EQ(questions.write(payload), FrameWriter::Result::sent);
    while (answered < round && loop.poll(patience) > 0) {
    }
  }
  loop.remove(client.fd());
  EXPECT_EQ(allocations.load() - before, 0U);
  EXPECT_EQ(answered, 20);
}

TEST(AllocationOfUdpTransport, BatchesAndSingleOnesAllocateNothing) {
  const Endpoint any{Ipv4Address::parse("127.0.0.1"), 0};
  UdpTransport receiver({.local = any});
  UdpTransport sender({.local = any});
  const Endpoint to = receiver.local_endpoint();
  const auto deadline = std::chrono::steady_clock::now() + patience;
  const std::uint64_t before = allocations.load();
  for (std::uint64_t round = 1; round <= 20; ++round) {
    while (!sender.loan().empty()) sender.commit(100, to);
    EXPECT_EQ(sender.flush(), 32U);
    EXPECT_TRUE(sender.send_to({}, to));
    while (receiver.received() < 33 * round && std::chrono::steady_clock::now() < deadline)
      receiver.receive();
  }
  EXPECT_EQ(allocations.load() - before, 0U);
  EXPECT_EQ(receiver.received(), 20U * 33U);
}

}  // namespace
}  // namespace lln::net::test
