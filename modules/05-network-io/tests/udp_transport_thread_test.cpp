// The receiver thread: started, stopped, asleep, and beside a thread that sends.
#include "loopback_test.hpp"

#include <lln/net/udp_transport.hpp>

#include <atomic>
#include <csignal>
#include <ctime>
#include <stdexcept>
#include <thread>

namespace lln::net::test {
namespace {

using Batch = std::span<const UdpTransport::Datagram>;
using Waiting = UdpTransport::Waiting;

const Endpoint here{Ipv4Address::parse("127.0.0.1"), 0};
const std::vector<std::byte> message(8);

bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

class UdpTransportThread : public ::testing::TestWithParam<Waiting> {
 protected:
  bool send(std::size_t count) {
    while (count-- > 0) {
      if (!sender.send(message)) return false;
    }
    return true;
  }
  auto counting() {
    return [this](Batch batch) {
      got += batch.size();
      ++batches;
    };
  }

  UdpTransport receiver{{.local = here, .waiting = GetParam()}};
  UdpTransport sender{{.local = here, .peer = receiver.local_endpoint()}};
  // Not atomic where a test reads them behind stop() only: the thread sanitizer checks that this suffices.
  std::size_t got = 0;
  std::size_t batches = 0;
};

INSTANTIATE_TEST_SUITE_P(, UdpTransportThread, ::testing::Values(Waiting::sleep, Waiting::spin),
                         [](const auto& waiting) {
                           return waiting.param == Waiting::sleep ? "Sleep" : "Spin";
                         });

TEST_P(UdpTransportThread, CallsBackWithWhatComesUntilStopped) {
  EXPECT_FALSE(receiver.running());
  receiver.start(counting());
  EXPECT_TRUE(receiver.running());
  ASSERT_TRUE(send(100));
  EXPECT_TRUE(eventually([&] { return receiver.received() == 100; }));
  receiver.stop();
  EXPECT_FALSE(receiver.running());
  EXPECT_EQ(got, 100U);
  ASSERT_TRUE(send(3));
  EXPECT_EQ(got, 100U) << "no callback behind stop()";
  EXPECT_TRUE(eventually([&] {
    receiver.receive();
    return receiver.received() == 103;
  })) << "receiving is the owner's again";
}

TEST_P(UdpTransportThread, WhatWaitedComesInBatches) {
  ASSERT_TRUE(send(20));
  receiver.start(counting());
  EXPECT_TRUE(eventually([&] { return receiver.received() == 20; }));
  receiver.stop();
  EXPECT_EQ(got, 20U);
  EXPECT_LT(batches, 20U);
}

TEST_P(UdpTransportThread, StartsAndStopsAgainAndAgain) {
  receiver.stop();  // never started
  for (std::size_t round = 1; round <= 5; ++round) {
    receiver.start(counting());
    EXPECT_THROW(receiver.start(counting()), std::logic_error) << "there is one";
    EXPECT_THROW(receiver.run(counting()), std::logic_error);
    ASSERT_TRUE(send(1));
    EXPECT_TRUE(eventually([&] { return receiver.received() == round; }));
    receiver.stop();
    receiver.stop();
    EXPECT_EQ(got, round);
  }
}

TEST_P(UdpTransportThread, TheCallbackMayStopIt) {
  for (std::size_t round = 1; round <= 2; ++round) {
    receiver.start([&](Batch batch) {
      got += batch.size();
      receiver.stop();
    });
    ASSERT_TRUE(send(1));
    EXPECT_TRUE(eventually([&] { return !receiver.running(); }));
    EXPECT_EQ(got, round);
  }
}

TEST_P(UdpTransportThread, TheDestructorStops) {
  std::atomic<bool> called{false};
  {
    UdpTransport mortal({.local = here, .waiting = GetParam()});
    mortal.start([&](Batch) { called = true; });
    ASSERT_TRUE(sender.send_to(message, mortal.local_endpoint()));
    EXPECT_TRUE(eventually([&] { return called.load(); }));
  }
}

TEST_P(UdpTransportThread, RunsOnAThreadOfOnesOwn) {
  std::thread own([&] { receiver.run(counting()); });
  ASSERT_TRUE(send(1));
  EXPECT_TRUE(eventually([&] { return receiver.received() == 1; }));
  receiver.stop();
  EXPECT_FALSE(receiver.running()) << "stop() waits for the end of run() too";
  EXPECT_EQ(got, 1U);
  own.join();
  receiver.stop();
  receiver.run(counting());  // a stop() that came first
}

// Both directions of one transport at once: the callback answers, or another thread sends. Sequence numbers show that
// neither disturbs the other; the thread sanitizer shows that nothing is shared.
TEST_P(UdpTransportThread, AnswersFromTheCallbackReachTheSender) {
  receiver.start([&](Batch batch) {
    for (const auto& datagram : batch) receiver.send_to(datagram.bytes, datagram.from);
  });
  std::atomic<std::uint64_t> last{0};
  sender.start([&](Batch batch) {
    for (const auto& datagram : batch) {
      std::uint64_t number = 0;
      std::memcpy(&number, datagram.bytes.data(), sizeof number);
      EXPECT_EQ(number, last + 1);
      last = number;
    }
  });
  for (std::uint64_t number = 1; number <= 200; ++number) {
    ASSERT_TRUE(sender.send(std::as_bytes(std::span(&number, 1))));
    ASSERT_TRUE(eventually([&] { return last == number; })) << number;
  }
  sender.stop();
  receiver.stop();
  EXPECT_EQ(receiver.send_errors(), 0U);
}

TEST(UdpTransportSleep, AnIdleThreadSleepsAndStaysReady) {
  UdpTransport receiver({.local = here});
  receiver.start([](Batch) {});
  UdpTransport sender({.local = here, .peer = receiver.local_endpoint()});
  ASSERT_TRUE(sender.send(message));
  EXPECT_TRUE(eventually([&] { return receiver.received() == 1; }));
  const std::clock_t before = std::clock();
  std::this_thread::sleep_for(200ms);  // long enough for several of its looks at the stop flag
  const auto used = 1000 * (std::clock() - before) / CLOCKS_PER_SEC;
  EXPECT_LT(used, 100) << "ms of CPU time in 200 ms: it spins";
  EXPECT_EQ(receiver.receive_errors(), 0U) << "waking up in vain is no error";
  ASSERT_TRUE(sender.send(message));
  EXPECT_TRUE(eventually([&] { return receiver.received() == 2; }));
}

TEST(UdpTransportSleep, SignalsAreNoErrors) {
  const SignalHandler nothing;
  UdpTransport receiver({.local = here});
  UdpTransport sender({.local = here, .peer = receiver.local_endpoint()});
  std::thread own([&] { receiver.run([](Batch) {}); });
  for (int i = 0; i < 50; ++i) {
    ::pthread_kill(own.native_handle(), SIGALRM);
    std::this_thread::sleep_for(1ms);
  }
  ASSERT_TRUE(sender.send(message));
  EXPECT_TRUE(eventually([&] { return receiver.received() == 1; }));
  receiver.stop();
  own.join();
  EXPECT_EQ(receiver.receive_errors(), 0U);
}

}  // namespace
}  // namespace lln::net::test
