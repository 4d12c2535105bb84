#include "flow.hpp"

#include <lln/jitter/thread_setup.hpp>

#include <time.h>

#include <atomic>
#include <stdexcept>
#include <thread>

namespace lln::packet_rate {
namespace {

using Clock = std::chrono::steady_clock;

// On lo a packet is in the receiver's buffer before send(2) returns, or a softirq later.
constexpr std::chrono::milliseconds after_the_last{20};

// The processor time of the calling thread, the kernel's part included.
double processor_seconds() noexcept {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

struct Received {
  GapCheck check;
  std::uint64_t calls = 0;  // that brought something
  Clock::time_point last;
};

void receive_all(Receiver& receiver, Received& received, const std::atomic<bool>& all_sent) noexcept {
  std::uint32_t looks = 0;
  bool last_is_old = false;
  while (true) {
    const bool ending = all_sent.load(std::memory_order_acquire);
    const bool some = receiver.receive(received.check) > 0;
    received.calls += some ? 1 : 0;
    last_is_old = last_is_old || some;
    // The clock costs as much as a message: now and then is enough while the flow goes on.
    if (last_is_old && (ending || (some && received.calls % 16 == 0))) {
      received.last = Clock::now();
      last_is_old = false;
    } else if (ending && ++looks % 64 == 0 && Clock::now() - received.last > after_the_last) {
      return;
    }
  }
}

}  // namespace

Place two_cpus(const Plan& plan) {
  if (plan.cpus.size() < 2) throw contest::Unavailable("needs two CPUs, and this process may use one");
  return {plan.cpus[0], plan.cpus[1]};
}

contest::Turn run(const Plan& plan, Sender& sender, Receiver& receiver) {
  const Place place = two_cpus(plan);
  std::atomic<bool> ready{false};
  std::atomic<bool> all_sent{false};
  Received received;
  std::thread other([&] {
    const jitter::ThreadSetup setup({.cpu = place.receiver});
    ready.store(true, std::memory_order_release);
    receive_all(receiver, received, all_sent);
  });
  std::uint64_t sent = 0;
  std::uint64_t calls = 0;
  Clock::time_point start;
  double busy = 0;
  {
    const jitter::ThreadSetup setup({.cpu = place.sender});
    while (!ready.load(std::memory_order_acquire)) std::this_thread::yield();
    busy = processor_seconds();
    start = Clock::now();
    received.last = start;
    const auto until = start + plan.turn;
    do {
      for (int i = 0; i < 16; ++i) {
        const unsigned taken = sender.send(sent);
        sent += taken;
        calls += taken > 0 ? 1 : 0;
      }
    } while (Clock::now() < until);
    busy = processor_seconds() - busy;
    all_sent.store(true, std::memory_order_release);
  }
  other.join();
  GapCheck& check = received.check;
  check.end(sent);
  if (check.disordered() > 0) throw std::runtime_error("messages came twice or in another order");
  if (check.received() == 0) throw std::runtime_error("nothing was received");
  const auto seconds = std::chrono::duration<double>(received.last - start).count();
  const auto count = static_cast<double>(check.received());
  return {count / seconds * 1e-6,
          {{"lost_percent", 100.0 * static_cast<double>(check.lost()) / static_cast<double>(sent)},
           {"per_sender_second", count / busy * 1e-6},
           {"per_send_call", static_cast<double>(sent) / static_cast<double>(calls)},
           {"per_receive_call", count / static_cast<double>(received.calls)}}};
}

}  // namespace lln::packet_rate
