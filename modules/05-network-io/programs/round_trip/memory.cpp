// Two cache lines and no kernel: what the distance of the two CPUs allows.
#include "mechanisms.hpp"

#include <lln/lock_free/cache_line.hpp>
#include <lln/lock_free/spin_wait.hpp>

#include <atomic>

namespace lln::round_trip {
namespace {

struct alignas(2 * lock_free::cache_line) Mailbox {
  std::atomic<std::uint64_t> letters{0};
  Message message{};
};

class MemoryEnd {
 public:
  MemoryEnd(Mailbox& out, Mailbox& in) noexcept : out_(out), in_(in) {}
  bool send(std::span<const std::byte> message) noexcept {
    std::memcpy(out_.message.data(), message.data(), message.size());
    out_.letters.store(++sent_, std::memory_order_release);
    return true;
  }
  bool receive(std::span<std::byte> message) noexcept {
    Patience patience_left;
    while (in_.letters.load(std::memory_order_acquire) == received_) {
      lock_free::cpu_relax();
      if (patience_left.over()) return false;
    }
    ++received_;
    std::memcpy(message.data(), in_.message.data(), message.size());
    return true;
  }

 private:
  Mailbox& out_;
  Mailbox& in_;
  std::uint64_t sent_ = 0;
  std::uint64_t received_ = 0;
};

}  // namespace

void add_memory(Contestants& contestants, const Plan& plan) {
  contest::add(contestants, "memory-spin", "shared memory, two CPUs, spinning", "udp-spin",
               [&plan](latency::Histogram& values) {
                 Mailbox there;
                 Mailbox back;
                 MemoryEnd near(there, back);
                 MemoryEnd far(back, there);
                 return ping_pong(near, far, plan, two_cpus(plan), values);
               });
}

}  // namespace lln::round_trip
