#include <lln/handler/latency_metrics.hpp>

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstring>
#include <ctime>
#include <vector>

namespace lln::handler {
namespace {

using namespace std::chrono_literals;
using latency::TscClock;

std::int64_t realtime_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// `count` order deletes, framed as blocks, with a send time.
class Blocks {
 public:
  explicit Blocks(std::uint16_t count, std::uint64_t sent_ns = 0) {
    for (std::uint16_t i = 0; i < count; ++i) {
      std::array<std::byte, 21> block{};
      block[1] = std::byte{19};
      block[2] = std::byte{'D'};
      for (int b = 0; b < 6; ++b)
        block[7 + static_cast<std::size_t>(b)] = static_cast<std::byte>(sent_ns >> (8 * (5 - b)));
      bytes_.insert(bytes_.end(), block.begin(), block.end());
    }
    run_ = {bytes_.data(), count, 1};
  }
  const BlockRun& run() const { return run_; }
  const std::byte* message() const { return bytes_.data() + 2; }

 private:
  std::vector<std::byte> bytes_;
  BlockRun run_;
};

class LatencyMetricsTest : public ::testing::Test {
 protected:
  void SetUp() override { metrics.watch().start(TscClock::now()); }

  void deliver(const Blocks& blocks, const PacketStamp& stamp, bool waited = false) {
    metrics.packet_begins(stamp);
    metrics.run_begins(stamp, waited);
    for (std::uint16_t i = 0; i < blocks.run().count; ++i) metrics.message_applied(blocks.message());
    metrics.run_done(blocks.run());
    metrics.packet_done();
  }
  PacketStamp stamp(std::int64_t age_ns, bool disturbed = false) const {
    return {realtime_ns() - age_ns, TscClock::now(), disturbed};
  }
  std::uint64_t all_messages() const { return metrics.message_rx_to_book.all().count(); }

  TscClock clock = TscClock::calibrate(20ms);
  LatencyMetrics metrics{clock, true};
};

constexpr std::int64_t one_second = 1'000'000'000;

TEST_F(LatencyMetricsTest, OneValueAMessageAndOneAPacket) {
  deliver(Blocks(5), stamp(0));
  deliver(Blocks(3), stamp(0));
  EXPECT_EQ(metrics.messages(), 8u);
  EXPECT_EQ(all_messages(), 8u);
  EXPECT_EQ(metrics.packet_rx_to_book.all().count(), 2u);
  EXPECT_EQ(metrics.sender_to_book.all().count(), 8u);
  EXPECT_EQ(metrics.stage_receive.count(), 2u);
  EXPECT_EQ(metrics.stage_arbitrate.count(), 2u);
  EXPECT_EQ(metrics.stage_book.count(), 2u);
}

TEST_F(LatencyMetricsTest, CountsFromTheKernelsStamp) {
  deliver(Blocks(1), stamp(7 * one_second));
  EXPECT_GE(metrics.message_rx_to_book.all().min(), 7u * one_second);
  EXPECT_GE(metrics.stage_receive.min(), 7u * one_second)
      << "the wait was before the handler took it in hand";
  EXPECT_LT(metrics.stage_book.max(), 7u * one_second);
}

TEST_F(LatencyMetricsTest, WithoutAKernelStampTheHandlersOwnClockStandsIn) {
  PacketStamp unstamped = stamp(0);
  unstamped.kernel_rx_ns = 0;
  deliver(Blocks(1), unstamped);
  EXPECT_EQ(all_messages(), 1u);
  EXPECT_LT(metrics.message_rx_to_book.all().max(), 60u * one_second) << "not the time since 1970";
}

TEST_F(LatencyMetricsTest, ADisturbedPacketIsInRawAndNotInUndisturbed) {
  deliver(Blocks(4), stamp(0, true));
  EXPECT_EQ(all_messages(), 4u);
  EXPECT_EQ(metrics.message_rx_to_book.undisturbed.count(), 0u);
  EXPECT_EQ(metrics.packet_rx_to_book.undisturbed.count(), 0u);
  EXPECT_EQ(metrics.sender_to_book.undisturbed.count(), 0u);
  EXPECT_EQ(metrics.message_rx_to_book.disturbed.count(), 4u);
}

TEST_F(LatencyMetricsTest, AGapBetweenTwoMessagesSparesTheFirst) {
  const Blocks blocks(3);
  // On a clock of our own, ahead of the real one, in which this test may be interrupted at any time: the thread was
  // away for 50 us between the first message and the second.
  PacketStamp taken = stamp(0);
  taken.user_rx_ticks += clock.to_ticks(1s);
  metrics.run_begins(taken, false);
  metrics.watch().begin_turn();
  metrics.watch().end_turn(true);
  std::uint64_t now = taken.user_rx_ticks;
  metrics.watch().start(now);
  metrics.message_applied(blocks.message(), now += clock.to_ticks(1us));
  metrics.message_applied(blocks.message(), now += clock.to_ticks(50us));
  metrics.message_applied(blocks.message(), now += clock.to_ticks(1us));
  metrics.run_done(blocks.run());
  EXPECT_EQ(metrics.message_rx_to_book.undisturbed.count(), 1u);
  EXPECT_EQ(metrics.message_rx_to_book.disturbed.count(), 2u);
  EXPECT_EQ(all_messages(), 3u) << "raw never loses one";
  EXPECT_EQ(metrics.last_message_ticks(), now);
}

TEST_F(LatencyMetricsTest, APacketOfManyTinyMessagesLosesNone) {
  deliver(Blocks(200), stamp(0));
  EXPECT_EQ(metrics.messages(), 200u);
  EXPECT_EQ(all_messages(), 200u);
  EXPECT_EQ(metrics.sender_to_book.all().count(), 200u);
}

TEST_F(LatencyMetricsTest, AMessageThatWaitedIsShownTwice) {
  deliver(Blocks(3), stamp(one_second), true);
  EXPECT_EQ(all_messages(), 3u) << "kept in the raw series";
  EXPECT_EQ(metrics.messages(), 3u);
  EXPECT_EQ(metrics.sender_to_book.all().count(), 3u);
  EXPECT_EQ(metrics.recovered.count(), 3u);
  EXPECT_GE(metrics.recovered.min(), std::uint64_t{one_second}) << "with its own stamp";
  deliver(Blocks(2), stamp(0));
  EXPECT_EQ(metrics.recovered.count(), 3u);
}

TEST_F(LatencyMetricsTest, ADuplicateCountsAsArbitrationOnly) {
  metrics.packet_begins(stamp(0));
  metrics.packet_done();
  EXPECT_EQ(metrics.stage_arbitrate.count(), 1u);
  EXPECT_EQ(metrics.stage_book.count(), 0u);
  EXPECT_EQ(metrics.messages(), 0u);
}

TEST_F(LatencyMetricsTest, OneWayReadsTheMessagesTimeOfDay) {
  const auto day = std::int64_t{86'400} * one_second;
  const auto sent = static_cast<std::uint64_t>((realtime_ns() + day - 2 * one_second) % day);
  deliver(Blocks(1, sent), stamp(0));
  EXPECT_GE(metrics.sender_to_book.all().min(), 2u * one_second);
  EXPECT_LT(metrics.sender_to_book.all().max(), 3'600u * one_second);
}

TEST_F(LatencyMetricsTest, AnEffectBeforeItsCauseIsZeroAndCounted) {
  deliver(Blocks(1), stamp(-100 * one_second));
  EXPECT_EQ(metrics.message_rx_to_book.all().max(), 0u);
  EXPECT_GT(metrics.negative(), 0u);
}

TEST_F(LatencyMetricsTest, ABlockWithoutBytesIsTimedToo) {
  const PacketStamp taken = stamp(0);
  metrics.run_begins(taken, false);
  metrics.message_applied(nullptr);
  metrics.run_done({});
  EXPECT_EQ(all_messages(), 1u);
  EXPECT_EQ(metrics.sender_to_book.all().count(), 0u) << "it says no send time";
}

TEST_F(LatencyMetricsTest, DecodingIsSampledOneRunIn64) {
  for (int i = 0; i < 129; ++i) deliver(Blocks(2), stamp(0));
  EXPECT_EQ(metrics.stage_decode.count(), 3u);
}

}  // namespace
}  // namespace lln::handler
