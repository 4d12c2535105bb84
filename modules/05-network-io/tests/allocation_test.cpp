// The hot paths allocate nothing: counted by replacing the global operator new of this program.
#include "loopback_test.hpp"

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

}  // namespace
}  // namespace lln::net::test
