// BroadcastRing: what one reader sees, what it is told that it missed, and readers that run beside the producer.
#include "two_threads.hpp"

#include <lln/lock_free/broadcast_ring.hpp>

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

namespace {

using lln::lock_free::BroadcastRing;
using lln::lock_free::ReadResult;
using lln::test::OnProcessor;

TEST(BroadcastRing, RefusesACapacityThatIsNoPowerOfTwo) {
  EXPECT_THROW(BroadcastRing<int>(0), std::invalid_argument);
  EXPECT_THROW(BroadcastRing<int>(1), std::invalid_argument);
  EXPECT_THROW(BroadcastRing<int>(6), std::invalid_argument);
}

TEST(BroadcastRing, EachReaderSeesEachItemOnce) {
  BroadcastRing<int> ring(4);
  auto early = ring.reader();
  auto also_early = ring.reader();
  int value = -1;
  EXPECT_EQ(early.read(value), ReadResult::empty);
  EXPECT_EQ(value, -1);
  for (int i = 0; i < 100; ++i) {
    ring.publish(i);
    for (auto* reader : {&early, &also_early}) {
      ASSERT_EQ(reader->read(value), ReadResult::item) << i;
      EXPECT_EQ(value, i);
      EXPECT_EQ(reader->read(value), ReadResult::empty);
    }
  }
  auto late = ring.reader();
  EXPECT_EQ(late.read(value), ReadResult::empty) << "joins after the last item";
  EXPECT_EQ(early.lost() + also_early.lost() + late.lost(), 0U);
}

TEST(BroadcastRing, AFullRingIsReadWhole) {
  BroadcastRing<int> ring(4);
  auto reader = ring.reader();
  for (int i = 0; i < 4; ++i) ring.publish(i);
  int value = -1;
  for (int i = 0; i < 4; ++i) {
    ASSERT_EQ(reader.read(value), ReadResult::item);
    EXPECT_EQ(value, i);
  }
}

TEST(BroadcastRing, ALappedReaderIsToldHowManyItMissed) {
  for (const int behind : {5, 7, 8, 9, 100}) {
    BroadcastRing<int> ring(4);
    auto reader = ring.reader();
    for (int i = 0; i < behind; ++i) ring.publish(i);
    int value = -1;
    ASSERT_EQ(reader.read(value), ReadResult::lapped) << behind;
    EXPECT_EQ(value, -1);
    std::uint64_t seen = 0;
    while (reader.read(value) == ReadResult::item) {
      EXPECT_EQ(static_cast<std::uint64_t>(value), reader.position() - 1);
      ++seen;
    }
    EXPECT_EQ(value, behind - 1);
    EXPECT_GE(seen, 1U);
    EXPECT_EQ(seen + reader.lost(), static_cast<std::uint64_t>(behind)) << "read or counted as lost";
  }
}

TEST(BroadcastRing, AReaderFromTheStart) {
  BroadcastRing<int> ring(4);
  ring.publish(10);
  ring.publish(11);
  auto reader = ring.reader_from(0);
  int value = 0;
  ASSERT_EQ(reader.read(value), ReadResult::item);
  EXPECT_EQ(value, 10);
}

// ThreadSanitizer: plain[] is ordered by the ring alone.
TEST(BroadcastRingThreads, WholeItemsInOrderAndEveryOneAccountedFor) {
  constexpr std::uint64_t items = lln::test::thread_sanitizer ? 30'000 : 500'000;
  using Item = std::array<std::uint64_t, 7>;
  BroadcastRing<Item> ring(64);
  std::vector<std::uint64_t> plain(items, 0);
  std::atomic<int> ready{0};
  const auto read = [&](int cpu) {
    const OnProcessor mine(cpu);
    auto reader = ring.reader_from(0);
    ready.fetch_add(1, std::memory_order_relaxed);
    std::uint64_t wrong = 0;
    std::uint64_t seen = 0;
    while (reader.position() < items) {
      Item item;
      const ReadResult result = reader.read(item);
      if (result == ReadResult::item) {
        ++seen;
        for (const std::uint64_t word : item) wrong += word != reader.position() - 1;
        wrong += plain[reader.position() - 1] != reader.position() - 1;
      } else if (result == ReadResult::empty) {
        std::this_thread::yield();
      }
    }
    EXPECT_EQ(wrong, 0U) << "items torn or out of place";
    EXPECT_EQ(seen + reader.lost(), items);
  };
  std::thread one(read, 1);
  std::thread two(read, 0);
  while (ready.load(std::memory_order_relaxed) < 2) std::this_thread::yield();
  for (std::uint64_t i = 0; i < items; ++i) {
    plain[i] = i;
    Item item;
    item.fill(i);
    ring.publish(item);
    if (i % 256 == 0) std::this_thread::yield();
  }
  one.join();
  two.join();
}

}  // namespace
