// What makes a rate worth reading: every message was looked at, and what is missing is said.
#include "flow.hpp"

#include <lln/jitter/thread_setup.hpp>

#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <map>
#include <string>

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

// A wire that loses 999 of 1000 messages or all, swaps two, takes several a call, every second call none, or sleeps.
struct Wire : Sender, Receiver {
  std::atomic<std::uint64_t> sent{0};
  std::uint64_t received = 0;
  bool loses = false;
  bool loses_all = false;
  bool swaps = false;
  bool sleeps = false;
  bool refuses = false;
  unsigned batch = 1;
  int sender_cpu = -1;
  int receiver_cpu = -1;
  unsigned send(std::uint64_t first) noexcept override {
    sender_cpu = ::sched_getcpu();
    if (sleeps) ::usleep(200);
    refuses_now_ = refuses && !refuses_now_;
    if (refuses_now_) return 0;
    sent.store(first + batch);
    return batch;
  }
  unsigned receive(GapCheck& check) noexcept override {
    receiver_cpu = ::sched_getcpu();
    if (received >= sent.load()) return 0;
    const std::uint64_t number = received++;
    if (loses_all || (loses && number % 1000 != 0)) return 0;
    take(check, swaps && number > 0 ? number - 1 : number);
    return 1;
  }

 private:
  bool refuses_now_ = false;
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
  EXPECT_EQ(wire.sender_cpu, plan.cpus[0]);
  EXPECT_EQ(wire.receiver_cpu, plan.cpus[1]);
}

TEST_F(Flow, LossIsSaidAndNotPartOfTheRate) {
  Wire wire;
  wire.loses = true;
  const contest::Turn turn = run(plan, wire, wire);
  EXPECT_GT(turn.extras.at("lost_percent"), 90);
  EXPECT_LT(turn.extras.at("lost_percent"), 100) << "of what was sent";
  // The sender's processor time is no longer than the flow: what goes beyond it was sent, not received.
  EXPECT_LT(turn.value, 2 * turn.extras.at("per_sender_second"));
}

TEST_F(Flow, NothingReceivedIsNoRate) {
  Wire wire;
  wire.loses_all = true;
  EXPECT_THROW(run(plan, wire, wire), std::runtime_error);
}

TEST_F(Flow, ASendersSleepIsNoProcessorTime) {
  Wire wire;
  wire.sleeps = true;
  const contest::Turn turn = run(plan, wire, wire);
  EXPECT_GT(turn.extras.at("per_sender_second"), 1.5 * turn.value);
}

TEST_F(Flow, CallsThatTookNothingAreNone) {
  Wire wire;
  wire.refuses = true;
  wire.batch = 4;
  EXPECT_EQ(run(plan, wire, wire).extras.at("per_send_call"), 4);
}

TEST_F(Flow, AnotherOrderIsAnError) {
  Wire wire;
  wire.swaps = true;
  EXPECT_THROW(run(plan, wire, wire), std::runtime_error);
}

// Whatever is lost or late: a call brings whole packets, and every message of them is looked at.
TEST_F(Flow, EachWayCountsMessagesNotPackets) {
  plan.turn = std::chrono::milliseconds(1);
  std::vector<contest::Contestant> ways;
  add_unicast(ways, plan);
  add_multicast(ways, plan);
  std::map<std::string, std::map<std::string, double>> of;
  for (contest::Contestant& way : ways) {
    try {
      of[way.name] = way.turn(way.values).extras;
    } catch (const contest::Unavailable&) {
      of[way.name] = {{"per_send_call", 64}, {"per_receive_call", 64}};
    }
  }
  EXPECT_EQ(of["plain"]["per_send_call"], 1);
  EXPECT_EQ(of["plain"]["per_receive_call"], 1);
  EXPECT_GT(of["batches"]["per_send_call"], 1);
  EXPECT_EQ(of["gso"]["per_send_call"], 64);
  EXPECT_EQ(of["gso-gro"]["per_send_call"], 64);
  EXPECT_GE(of["gso-gro"]["per_receive_call"], 64);
  EXPECT_GE(of["multicast-30"]["per_send_call"], 30);
  EXPECT_GE(of["multicast-30"]["per_receive_call"], 30);
  EXPECT_LT(of["multicast-30"]["lost_percent"], 90) << "who counts packets has lost 29 of 30";
}

TEST(IperfReport, CountsWhatWasReceived) {
  const contest::Turn turn = read_iperf_report(
      R"({"end": {"sum": {"seconds": 2.0, "packets": 1000000, "lost_packets": 250000, "lost_percent": 25.0}}})");
  EXPECT_DOUBLE_EQ(turn.value, 0.375);
  EXPECT_DOUBLE_EQ(turn.extras.at("lost_percent"), 25);
  EXPECT_THROW(read_iperf_report(R"({"end": {"sum": {"seconds": 2.0, "packets": 0, "lost_packets": 0}}})"),
               std::runtime_error);
  EXPECT_THROW(read_iperf_report("iperf3: error - unable to connect"), std::runtime_error);
  EXPECT_THROW(read_iperf_report(R"({"error": "the server is busy"})"), std::runtime_error);
}

}  // namespace
}  // namespace lln::packet_rate
