// What one datagram costs on the loopback interface, sending and receiving apart; ns per datagram.
//
//   udp_io_bench --benchmark_min_time=1 --benchmark_repetitions=5 --benchmark_enable_random_interleaving=true
//
// On lo, send() does the receiver's kernel work too (stack, queue, wake-up): "send" is the cost with a receiver there,
// "unheard" the cost without. Datagrams of 300 bytes, about what a feed with ten messages each has. "Time" is the mean;
// the counters are min and p50 over the bursts of 32, which a busy machine disturbs less.
#include <lln/latency/histogram.hpp>
#include <lln/net/multicast_receiver.hpp>
#include <lln/net/multicast_sender.hpp>

#include <benchmark/benchmark.h>

#include <chrono>
#include <random>
#include <vector>

namespace {

using namespace lln::net;
using Clock = std::chrono::steady_clock;

constexpr std::size_t datagram_bytes = 300;
constexpr unsigned burst = 32;

MulticastReceiver::Options receiver_options() {
  const Ipv4Address group{0xEFC00000U | (std::random_device{}() & 0xFFFFU)};
  return {.group = {group, 0}, .interface = Interface::loopback()};
}

MulticastSender make_sender(const Endpoint& group) {
  return MulticastSender({.group = group, .interface = Interface::loopback(), .batch = burst});
}

void fill(MulticastSender& sender) {
  while (!sender.loan().empty()) sender.commit(datagram_bytes);
}

// The first bursts after construction may be unstamped and touch cold memory.
void warm_up(MulticastSender& sender, MulticastReceiver& receiver) {
  for (int i = 0; i < 100; ++i) {
    fill(sender);
    sender.flush();
    while (receiver.wait(std::chrono::milliseconds(0))) receiver.receive();
  }
}

// ns per datagram, one sample a burst.
class Samples {
 public:
  explicit Samples(benchmark::State& state) : state_(state) {}
  void add(Clock::duration time, std::size_t datagrams) {
    const double seconds = std::chrono::duration<double>(time).count() / static_cast<double>(datagrams);
    state_.SetIterationTime(seconds);
    histogram_.record(static_cast<std::uint64_t>(seconds * 1e9));
  }
  ~Samples() {
    state_.counters["min"] = static_cast<double>(histogram_.min());
    state_.counters["p50"] = static_cast<double>(histogram_.value_at_percentile(50));
  }

 private:
  benchmark::State& state_;
  lln::latency::Histogram histogram_;
};

void receive(benchmark::State& state, unsigned batch, bool stamps) {
  auto options = receiver_options();
  options.batch = batch;
  options.software_timestamps = stamps;
  MulticastReceiver receiver(options);
  MulticastSender sender = make_sender(receiver.local_endpoint());
  warm_up(sender, receiver);
  Samples samples(state);
  for (auto _ : state) {
    fill(sender);
    sender.flush();
    std::size_t received = 0;
    const auto start = Clock::now();
    while (received < burst) {
      const auto datagrams = receiver.receive();
      if (datagrams.empty()) break;
      benchmark::DoNotOptimize(datagrams.data());
      received += datagrams.size();
    }
    const auto time = Clock::now() - start;
    if (received == 0) return state.SkipWithError("nothing arrived");
    samples.add(time, received);
  }
}

void send(benchmark::State& state, bool batched, bool heard) {
  MulticastReceiver receiver(receiver_options());
  Endpoint group = receiver.local_endpoint();
  if (!heard) group.address.value ^= 1;
  MulticastSender sender = make_sender(group);
  const std::vector<std::byte> payload(datagram_bytes);
  warm_up(sender, receiver);
  Samples samples(state);
  for (auto _ : state) {
    if (batched) fill(sender);
    const auto start = Clock::now();
    if (batched) {
      sender.flush();
    } else {
      for (unsigned i = 0; i < burst; ++i) sender.send(payload);
    }
    samples.add(Clock::now() - start, burst);
    while (receiver.wait(std::chrono::milliseconds(0))) receiver.receive();
  }
}

void empty_poll(benchmark::State& state) {
  MulticastReceiver receiver(receiver_options());
  Samples samples(state);
  for (auto _ : state) {
    const auto start = Clock::now();
    for (unsigned i = 0; i < burst; ++i) benchmark::DoNotOptimize(receiver.receive().size());
    samples.add(Clock::now() - start, burst);
  }
}

BENCHMARK(empty_poll)->UseManualTime();
BENCHMARK_CAPTURE(receive, batch_1, 1, false)->UseManualTime();
BENCHMARK_CAPTURE(receive, batch_1_stamped, 1, true)->UseManualTime();
BENCHMARK_CAPTURE(receive, batch_32, burst, false)->UseManualTime();
BENCHMARK_CAPTURE(receive, batch_32_stamped, burst, true)->UseManualTime();
BENCHMARK_CAPTURE(send, one_by_one, false, true)->UseManualTime();
BENCHMARK_CAPTURE(send, sendmmsg_32, true, true)->UseManualTime();
BENCHMARK_CAPTURE(send, one_by_one_unheard, false, false)->UseManualTime();
BENCHMARK_CAPTURE(send, sendmmsg_32_unheard, true, false)->UseManualTime();

}  // namespace
