// What makes a rate worth reading: every message was looked at, and what is missing is said.
#include "flow.hpp"

#include <lln/jitter/thread_setup.hpp>

#include <gtest/gtest.h>

#include <array>
#include <atomic>

namespace lln::packet_rate {
namespace {

void take(GapCheck& check, std::uint64_t number) {
  std::array<std::byte, packet_bytes> message{};
  put_number(message.data(), number);
  check.take(message.data());
}

TEST(GapCheck, CountsWhatIsMissingInFrontBetweenAndBehind) {
  GapCheck check;
  for (const std::uint64_t number : {2U, 3U, 7U}) take(check, number);
  EXPECT_EQ(check.received(), 3U);
  EXPECT_EQ(check.lost(), 2U + 3U);
  check.end(10);
  EXPECT_EQ(check.lost(), 2U + 3U + 2U);
  EXPECT_EQ(check.disordered(), 0U);
}

TEST(GapCheck, SeesWhatComesTwiceOrLate) {
  GapCheck check;
  for (const std::uint64_t number : {0U, 1U, 1U, 3U, 2U}) take(check, number);
  EXPECT_EQ(check.disordered(), 2U);
}

// A wire that loses each tenth message, or swaps two.
struct Wire : Sender, Receiver {
  std::atomic<std::uint64_t> sent{0};
  std::uint64_t received = 0;
  bool loses = false;
  bool swaps = false;
  unsigned send(std::uint64_t first) noexcept override {
    sent.store(first + 1);
    return 1;
  }
  unsigned receive(GapCheck& check) noexcept override {
    if (received >= sent.load()) return 0;
    const std::uint64_t number = received++;
    if (loses && number % 10 == 9) return 1;
    take(check, swaps && number > 0 ? number - 1 : number);
    return 1;
  }
};

class Flow : public testing::Test {
 protected:
  void SetUp() override {
    if (plan.cpus.size() < 2) GTEST_SKIP() << "needs two CPUs, and this process may use one";
  }
  Plan plan{jitter::allowed_cpus(), std::chrono::milliseconds(2)};
};

TEST_F(Flow, AllThatWasSentIsAwaited) {
  Wire wire;
  const contest::Turn turn = run(plan, wire, wire);
  EXPECT_GT(turn.value, 0);
  EXPECT_EQ(turn.extras.at("lost_percent"), 0);
  EXPECT_EQ(turn.extras.at("per_receive_call"), 1);
  EXPECT_EQ(wire.received, wire.sent.load());
}

TEST_F(Flow, LossIsSaid) {
  Wire wire;
  wire.loses = true;
  EXPECT_NEAR(run(plan, wire, wire).extras.at("lost_percent"), 10, 5);
}

TEST_F(Flow, AnotherOrderIsAnError) {
  Wire wire;
  wire.swaps = true;
  EXPECT_THROW(run(plan, wire, wire), std::runtime_error);
}

TEST(IperfReport, CountsWhatWasReceived) {
  const contest::Turn turn = read_iperf_report(
      R"({"end": {"sum": {"seconds": 2.0, "packets": 1000000, "lost_packets": 250000, "lost_percent": 25.0}}})");
  EXPECT_DOUBLE_EQ(turn.value, 0.375);
  EXPECT_DOUBLE_EQ(turn.extras.at("lost_percent"), 25);
  EXPECT_THROW(read_iperf_report("iperf3: error - unable to connect"), std::runtime_error);
  EXPECT_THROW(read_iperf_report(R"({"error": "the server is busy"})"), std::runtime_error);
}

}  // namespace
}  // namespace lln::packet_rate
