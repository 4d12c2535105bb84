// The gap matrix: every way in which packets can be missing, late, doubled or wrong, without any server.
#include "feed_rig.hpp"

#include <gtest/gtest.h>

namespace lln::handler {
namespace {

using namespace testkit;

TEST(Arbiter, FirstCopyWinsSecondIsCounted) {
  Rig rig;
  rig.a(1, 5);
  rig.b(1, 5);
  rig.b(5, 8);
  rig.a(5, 8);
  EXPECT_JOURNAL(rig, "1-7");
  const FeedCounters c = rig.counters();
  EXPECT_EQ(c.lines[0].first, 4u);
  EXPECT_EQ(c.lines[0].duplicates, 3u);
  EXPECT_EQ(c.lines[1].first, 3u);
  EXPECT_EQ(c.lines[1].duplicates, 4u);
  EXPECT_EQ(c.lines[0].packets, 2u);
  EXPECT_EQ(c.lines[0].lost + c.lines[1].lost, 0u);
  EXPECT_EQ(c.gaps, 0u);
}

TEST(Arbiter, InOrderPacketsAreNotCopied) {
  struct Address {
    const std::byte* first = nullptr;
    void on_messages(const BlockRun& run, const PacketStamp&) noexcept { first = run.first; }
    void on_end_of_session(std::uint64_t) noexcept {}
    void on_session_change(const feed::SessionId&, const feed::SessionId&) noexcept {}
  } sink;
  Arbiter<Address> arbiter({.session = {}, .window = small_config().window}, sink);
  const Bytes bytes = packet(1, 4);
  arbiter.on_packet({bytes, Line::a, {}}, 0);
  EXPECT_EQ(sink.first, bytes.data() + feed::header_size);
}

TEST(Arbiter, BackfillByTheOtherLine) {
  Rig rig;
  rig.a(1, 3);
  rig.a(5, 7);  // A lost 3-4
  EXPECT_JOURNAL(rig, "1-2");
  rig.b(1, 3);
  rig.b(3, 5);
  EXPECT_JOURNAL(rig, "1-6");
  rig.b(5, 7);
  const FeedCounters c = rig.counters();
  EXPECT_EQ(c.gaps, 1u);
  EXPECT_EQ(c.recovered_by_other_line, 2u);
  EXPECT_EQ(c.reordered, 0u);
  EXPECT_EQ(c.lines[0].lost, 2u);
  EXPECT_EQ(c.lines[1].lost, 0u);
  EXPECT_EQ(c.lines[1].duplicates, 4u) << "1-2 and the held 5-6";
}

TEST(Arbiter, ReorderedOnOneLine) {
  Rig rig;
  rig.a(1, 3);
  rig.a(5, 7);
  rig.a(3, 5);
  EXPECT_JOURNAL(rig, "1-6");
  const FeedCounters c = rig.counters();
  EXPECT_EQ(c.reordered, 2u);
  EXPECT_EQ(c.recovered_by_other_line, 0u);
  EXPECT_EQ(c.lines[0].lost, 0u) << "it came after all";
  EXPECT_EQ(c.lines[0].out_of_order, 1u);
}

TEST(Arbiter, PartlyObsoletePacketSkipsTheLeadingBlocks) {
  Rig rig;
  rig.a(1, 5);
  rig.b(3, 9);
  rig.a(2, 4);  // fully obsolete
  rig.a(8, 10);
  EXPECT_JOURNAL(rig, "1-9");
  EXPECT_EQ(rig.counters().lines[1].first, 4u);
  EXPECT_EQ(rig.counters().lines[1].duplicates, 2u);
}

TEST(Arbiter, SeveralGapsCloseInAnyOrder) {
  Rig rig;
  rig.a(1, 2);
  rig.a(3, 4);
  rig.a(5, 6);
  rig.a(7, 8);
  rig.b(4, 5);
  EXPECT_JOURNAL(rig, "1");
  rig.b(2, 3);
  EXPECT_JOURNAL(rig, "1-5");
  rig.b(6, 7);
  EXPECT_JOURNAL(rig, "1-7");
  EXPECT_EQ(rig.counters().gaps, 3u);
  EXPECT_EQ(rig.counters().recovered_by_other_line, 2u);
  EXPECT_EQ(rig.counters().reordered, 1u) << "2 came behind 4 on its own line";
}

TEST(Arbiter, LostOnlyAfterTheGapTimer) {
  Rig rig;
  rig.a(1, 2);
  rig.a(3, 4);
  rig.wait(199 * us);
  EXPECT_JOURNAL(rig, "1");
  rig.wait(1 * us);
  EXPECT_JOURNAL(rig, "1 lost2 3");
  rig.b(2, 3);
  EXPECT_JOURNAL(rig, "1 lost2 3");
  EXPECT_EQ(rig.counters().unrecovered, 1u);
  EXPECT_EQ(rig.counters().lines[1].duplicates, 1u) << "too late is a duplicate";
}

TEST(Arbiter, EachGapHasItsOwnTimer) {
  Rig rig;
  rig.a(1, 2);
  rig.a(3, 4);
  rig.wait(150 * us);
  rig.a(5, 6);
  rig.wait(60 * us);
  EXPECT_JOURNAL(rig, "1 lost2 3");
  rig.wait(130 * us);
  EXPECT_JOURNAL(rig, "1 lost2 3");
  rig.wait(10 * us);
  EXPECT_JOURNAL(rig, "1 lost2 3 lost4 5");
  rig.a(7, 8);  // and the timer works again after it had nothing to do
  rig.wait(200 * us);
  EXPECT_JOURNAL(rig, "1 lost2 3 lost4 5 lost6 7");
}

TEST(Arbiter, SecondGapKeepsItsTimerWhenTheFirstCloses) {
  Rig rig;
  rig.a(1, 2);
  rig.a(3, 4);
  rig.wait(50 * us);
  rig.a(5, 6);
  rig.wait(50 * us);
  rig.b(2, 3);
  EXPECT_JOURNAL(rig, "1-3");
  rig.wait(149 * us);
  EXPECT_JOURNAL(rig, "1-3");
  rig.wait(1 * us);
  EXPECT_JOURNAL(rig, "1-3 lost4 5");
}

TEST(Arbiter, DuplicateOfAHeldPacket) {
  Rig rig;
  rig.a(1, 2);
  rig.a(4, 6);
  rig.b(4, 6);
  rig.b(4, 6);
  EXPECT_EQ(rig.counters().held_packets, 1u);
  EXPECT_EQ(rig.counters().lines[1].duplicates, 4u);
  rig.b(2, 4);
  EXPECT_JOURNAL(rig, "1-5");
}

TEST(Arbiter, OverlappingHeldPackets) {
  Rig rig;
  rig.a(1, 2);
  rig.a(10, 14);
  rig.b(8, 11);
  rig.b(12, 18);
  rig.a(9, 13);  // nothing new
  rig.b(2, 9);   // reaches into what is held
  EXPECT_JOURNAL(rig, "1-17");
  EXPECT_EQ(rig.counters().held_packets, 3u);
}

TEST(Arbiter, PacketThatSpansHolesAndHeldOnes) {
  Rig rig;
  rig.a(1, 2);
  rig.a(4, 5);
  rig.a(6, 7);
  rig.b(2, 9);
  EXPECT_JOURNAL(rig, "1-8");
  EXPECT_EQ(rig.counters().recovered_by_other_line, 3u) << "2, 3 and 5; 7-8 were never missing";
  rig.a(9, 11);
  EXPECT_JOURNAL(rig, "1-10");
}

TEST(Arbiter, HeldPacketsKeepTheirStamp) {
  Rig rig;
  rig.on(Line::a, packet(1, 2), {100, 1, false});
  rig.on(Line::a, packet(3, 4), {300, 3, true});
  rig.on(Line::a, packet(4, 5), {400, 4, false});
  rig.on(Line::b, packet(2, 3), {900, 9, false});
  ASSERT_EQ(rig.sink.stamps().size(), 4u);
  EXPECT_EQ(rig.sink.stamps()[1].kernel_rx_ns, 900);
  EXPECT_EQ(rig.sink.stamps()[2].kernel_rx_ns, 300);
  EXPECT_EQ(rig.sink.stamps()[2].user_rx_ticks, 3u);
  EXPECT_TRUE(rig.sink.stamps()[2].disturbed);
  EXPECT_EQ(rig.sink.stamps()[3].kernel_rx_ns, 400);
  EXPECT_FALSE(rig.sink.stamps()[3].disturbed);
}

TEST(Arbiter, WindowOverflowWithoutServersGivesUpTheHole) {
  FeedConfig config = small_config();
  config.window.messages = 128;
  config.gap_timer = std::chrono::seconds(1);
  Rig rig(Rig<>::none, config);
  rig.a(1, 2);
  for (std::uint64_t s = 3; s < 303; s += 10) rig.a(s, s + 10);
  rig.wait(2 * seconds, 100 * ms);
  EXPECT_EQ(rig.sink.errors(), "");
  EXPECT_GE(rig.counters().window_overflows, 1u);
  EXPECT_EQ(rig.sink.next(), 303u);
  EXPECT_EQ(accounted(rig.counters()), 302u);
  EXPECT_LT(rig.counters().unrecovered, 30u) << "the hole and the packet that did not fit";
}

TEST(Arbiter, DrainsInSlicesWithoutLosingItsPlace) {
  FeedConfig config = small_config();
  config.drain_slice = 4;
  Rig rig(Rig<>::none, config);
  rig.a(1, 2);
  for (std::uint64_t s = 3; s < 103; ++s) rig.a(s, s + 1);
  const std::vector<std::byte> fill = packet(2, 3);
  rig.core->on_packet({fill, Line::b, {}}, rig.now);
  EXPECT_EQ(rig.core->next_sequence(), 7u) << "one packet and a slice of four";
  rig.a(103, 104);  // while draining: held behind the others
  rig.wait(300 * us);
  EXPECT_JOURNAL(rig, "1-103");
  EXPECT_EQ(rig.counters().unrecovered, 0u);
}

TEST(Arbiter, SkewBetweenTheLines) {
  Rig rig;
  for (std::uint64_t s = 1; s <= 100; ++s) {
    const auto t = static_cast<std::int64_t>(s) * 10'000;
    const bool b_first = s % 10 == 0;
    rig.on(b_first ? Line::b : Line::a, packet(s, s + 1), {t, 0, false});
    rig.on(b_first ? Line::a : Line::b, packet(s, s + 1), {t + (b_first ? 70 : 50), 0, false});
  }
  const SkewMeter& skew = rig.core->skew();
  EXPECT_EQ(skew.lead(Line::a).count(), 90u);
  EXPECT_EQ(skew.lead(Line::a).min(), 50u);
  EXPECT_EQ(skew.lead(Line::a).max(), 50u);
  EXPECT_EQ(skew.lead(Line::b).count(), 10u);
  EXPECT_EQ(skew.lead(Line::b).max(), 70u);
}

TEST(Arbiter, SkewGoesByTheKernelsStamps) {
  Rig rig;
  rig.on(Line::a, packet(1, 2), {1000, 0, false});
  rig.on(Line::b, packet(1, 2), {900, 0, false});  // processed second, received first
  EXPECT_EQ(rig.core->skew().lead(Line::b).max(), 100u);
  rig.on(Line::a, packet(2, 3), {0, 5000, false});
  rig.on(Line::b, packet(2, 3), {0, 5300, false});
  EXPECT_EQ(rig.core->skew().lead(Line::a).max(), 300u) << "without stamps: the receiver's clock";
  rig.on(Line::a, packet(3, 4), {0, 6000, false});
  rig.on(Line::a, packet(3, 4), {0, 6300, false});
  EXPECT_EQ(rig.core->skew().lead(Line::a).count(), 1u) << "two copies of one line are no pair";
}

}  // namespace
}  // namespace lln::handler
