#include "feed_testkit.hpp"

#include <lln/handler/mold_session.hpp>
#include <lln/handler/reorder_window.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

namespace lln::handler {
namespace {

using testkit::Bytes;

struct Window {
  explicit Window(std::size_t bytes = 0, std::uint64_t messages = 4096) : window({bytes, messages}) {}

  ReorderWindow::Inserted insert(std::uint64_t begin, std::uint64_t end, std::uint64_t base = 1,
                                 std::uint64_t arrival = 0) {
    const Bytes bytes = testkit::packet(begin, end);
    const MoldPacket mold = parse_mold(bytes);
    const Packet packet{bytes, Line::b, {static_cast<std::int64_t>(begin), end, true}};
    return window.insert(mold.run, bytes.size() - feed::header_size, packet, arrival, base);
  }
  // Is the message there, with its own bytes?
  ::testing::AssertionResult intact(std::uint64_t sequence) const {
    if (!window.contains(sequence)) return ::testing::AssertionFailure() << sequence << " is not held";
    const ReorderWindow::HeldPacket held = window.at(sequence);
    if (sequence < held.run.first_sequence || sequence >= held.run.first_sequence + held.run.count)
      return ::testing::AssertionFailure()
             << sequence << " is mapped to a packet at " << held.run.first_sequence;
    const BlockRun run = skip_blocks(held.run, sequence - held.run.first_sequence);
    const Bytes wanted = testkit::payload(sequence, testkit::default_session.back());
    if (!std::ranges::equal(wanted, std::span(run.first + 2, wanted.size())))
      return ::testing::AssertionFailure() << sequence << " has other bytes";
    return ::testing::AssertionSuccess();
  }
  ReorderWindow window;
};

TEST(ReorderWindow, KeepsBytesStampLineAndArrival) {
  Window w;
  EXPECT_EQ(w.insert(10, 14, 1, 77).fresh, 4u);
  EXPECT_TRUE(w.intact(10));
  EXPECT_TRUE(w.intact(13));
  EXPECT_FALSE(w.window.contains(9));
  EXPECT_FALSE(w.window.contains(14));
  const ReorderWindow::HeldPacket held = w.window.at(12);
  EXPECT_EQ(held.arrival, 77u);
  EXPECT_EQ(held.line, Line::b);
  EXPECT_EQ(held.stamp.kernel_rx_ns, 10);
  EXPECT_EQ(held.stamp.user_rx_ticks, 14u);
  EXPECT_TRUE(held.stamp.disturbed);
}

TEST(ReorderWindow, HoldsEachMessageOnce) {
  Window w;
  EXPECT_EQ(w.insert(10, 14).result, ReorderWindow::Insert::held);
  EXPECT_EQ(w.insert(10, 14).result, ReorderWindow::Insert::duplicate);
  EXPECT_EQ(w.insert(11, 13).result, ReorderWindow::Insert::duplicate);
  EXPECT_EQ(w.insert(12, 17).fresh, 3u);
  EXPECT_EQ(w.insert(8, 20).fresh, 5u);
  EXPECT_EQ(w.window.held(), 12u);
  for (std::uint64_t s = 8; s < 20; ++s) EXPECT_TRUE(w.intact(s));
}

TEST(ReorderWindow, FindsHolesAcrossWordsAndTheRingsEnd) {
  Window w(0, 128);
  w.insert(100, 101, 100);
  w.insert(130, 132, 100);
  w.insert(200, 228, 100);  // up to the last number of the span
  EXPECT_EQ(w.window.next_missing(100, 300), 101u);
  EXPECT_EQ(w.window.next_held(101, 300), 130u);
  EXPECT_EQ(w.window.next_missing(130, 300), 132u);
  EXPECT_EQ(w.window.next_held(132, 300), 200u);
  EXPECT_EQ(w.window.next_missing(200, 300), 228u);
  EXPECT_EQ(w.window.next_held(228, 300), 300u);
  EXPECT_EQ(w.window.next_missing(50, 300), 50u) << "below the base nothing is held";
  EXPECT_EQ(w.window.next_held(50, 70), 70u);
  EXPECT_EQ(w.window.next_missing(200, 228), 228u);
  EXPECT_EQ(w.window.next_missing(200, 210), 210u);
  EXPECT_EQ(w.window.count_held(0, 1000), 31u);
  EXPECT_EQ(w.insert(228, 229, 100).result, ReorderWindow::Insert::full) << "one number beyond the span";
  EXPECT_EQ(w.insert(228, 229, 101).result, ReorderWindow::Insert::held) << "the base has moved on";
}

TEST(ReorderWindow, FullOfBytesThenEmptyAgain) {
  Window w(0, 1 << 20);  // the smallest arena: 128 KiB
  std::uint64_t next = 2;
  while (w.insert(next, next + 50).result == ReorderWindow::Insert::held) next += 50;
  EXPECT_GT(next, 1000u);
  w.window.release_below(52);
  EXPECT_EQ(w.insert(next, next + 50, 52).result, ReorderWindow::Insert::held)
      << "the oldest packet made room";
  w.window.release_below(next + 50);
  EXPECT_TRUE(w.window.empty());
}

TEST(ReorderWindow, EvictsTheOldestByArrival) {
  Window w;
  w.insert(30, 33);
  w.insert(10, 13);
  w.insert(20, 23);
  EXPECT_TRUE(w.window.evict_oldest());
  EXPECT_FALSE(w.window.contains(30));
  EXPECT_TRUE(w.intact(10));
  EXPECT_TRUE(w.window.evict_oldest());
  EXPECT_FALSE(w.window.contains(10));
  EXPECT_TRUE(w.intact(20));
  EXPECT_TRUE(w.window.evict_oldest());
  EXPECT_FALSE(w.window.evict_oldest());
}

TEST(ReorderWindow, RewindsWithinTheSpanOnly) {
  Window w(0, 128);
  w.insert(200, 210, 190);
  EXPECT_FALSE(w.window.rewind(80)) << "80..209 is more than 128 numbers";
  EXPECT_TRUE(w.window.rewind(100));
  EXPECT_EQ(w.insert(100, 103, 100).result, ReorderWindow::Insert::held);
  EXPECT_TRUE(w.intact(101));
  EXPECT_TRUE(w.intact(205));
}

TEST(ReorderWindow, ALargeDatagramFits) {
  Window w;
  Bytes bytes(65'507);
  feed::PacketBuilder builder(bytes, feed::session_id("S"));
  builder.begin(5);
  const Bytes block(65'507 - 22);
  ASSERT_TRUE(builder.append(block));
  builder.finish();
  const MoldPacket mold = parse_mold(bytes);
  ASSERT_EQ(mold.error, feed::PacketError::none);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(w.window.insert(mold.run, bytes.size() - 20, {bytes, Line::a, {}}, 0, 1).result,
              ReorderWindow::Insert::held);
    w.window.clear();
  }
}

// Against a set of numbers: random overlaps, releases, evictions.
TEST(ReorderWindow, Model) {
  std::mt19937_64 random(testkit::feed_seed());
  for (int round = 0; round < 10; ++round) {
    Window w(0, 1024);
    std::set<std::uint64_t> model;
    std::uint64_t base = 1;
    for (int i = 0; i < 3000; ++i) {
      const std::uint64_t begin = base + random() % 1000;
      const std::uint64_t end = begin + 1 + random() % 60;
      const auto inserted = w.insert(begin, end, base);
      if (inserted.result != ReorderWindow::Insert::full) {
        std::uint64_t fresh = 0;
        for (std::uint64_t s = begin; s < end; ++s) fresh += model.insert(s).second ? 1 : 0;
        ASSERT_EQ(inserted.fresh, fresh);
      } else {
        ASSERT_TRUE(end - base > 1024 || w.window.held() > 1) << "full without reason";
        base += random() % 300;
        w.window.release_below(base);
        model.erase(model.begin(), model.lower_bound(base));
      }
      if (random() % 16 == 0) {
        base += random() % 200;
        w.window.release_below(base);
        model.erase(model.begin(), model.lower_bound(base));
      }
      ASSERT_EQ(w.window.held(), model.size());
      const std::uint64_t from = base + random() % 1100;
      const auto it = model.lower_bound(from);
      ASSERT_EQ(w.window.next_held(from, base + 2000), it == model.end() ? base + 2000 : *it);
      std::uint64_t missing = from;
      while (model.contains(missing)) ++missing;
      ASSERT_EQ(w.window.next_missing(from, base + 2000), missing);
    }
    for (const std::uint64_t s : model) ASSERT_TRUE(w.intact(s));
  }
}

}  // namespace
}  // namespace lln::handler
