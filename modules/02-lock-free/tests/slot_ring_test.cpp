// SlotRing: results with one thread against std::deque, ownership, and two threads.
#include "seed.hpp"
#include "two_threads.hpp"

#include <lln/lock_free/slot_ring.hpp>

#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <memory>
#include <random>
#include <thread>

namespace {

using lln::lock_free::SlotRing;
using lln::test::Backoff;
using lln::test::OnProcessor;

TEST(SlotRing, RefusesACapacityThatIsNoPowerOfTwo) {
  EXPECT_THROW(SlotRing<int>(0), std::invalid_argument);
  EXPECT_THROW(SlotRing<int>(12), std::invalid_argument);
  EXPECT_EQ(SlotRing<int>(16).capacity(), 16U);
}

TEST(SlotRing, HoldsAllOfItsCapacityAndThenSaysFull) {
  SlotRing<int> ring(4);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(ring.try_push(i)) << i;
  EXPECT_FALSE(ring.try_push(4));
  int value = -1;
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(ring.try_pop(value));
    EXPECT_EQ(value, i);
  }
  EXPECT_FALSE(ring.try_pop(value));
  EXPECT_EQ(value, 3) << "an empty ring leaves the argument alone";
}

TEST(SlotRing, GivesSlotsBackAnEighthAtATimeAndAllWhenFoundEmpty) {
  SlotRing<int> ring(16);
  for (int i = 0; i < 16; ++i) ASSERT_TRUE(ring.try_push(i));
  int value = 0;
  ASSERT_TRUE(ring.try_pop(value));
  EXPECT_FALSE(ring.try_push(16)) << "one of an eighth (2) popped";
  ASSERT_TRUE(ring.try_pop(value));
  EXPECT_TRUE(ring.try_push(16));
  EXPECT_TRUE(ring.try_push(17));
  EXPECT_FALSE(ring.try_push(18));
  for (int i = 2; i < 17; ++i) ASSERT_TRUE(ring.try_pop(value));  // 15: an odd number, one is kept back
  ASSERT_TRUE(ring.try_pop(value));
  EXPECT_FALSE(ring.try_pop(value));
  for (int i = 0; i < 16; ++i) EXPECT_TRUE(ring.try_push(i)) << "found empty, so all is free; push " << i;
}

// A model that knows the rule of giving back.
TEST(SlotRing, RandomOperationsAgainstADeque) {
  std::mt19937_64 random(lln::test::seed());
  for (const std::size_t capacity : {1U, 2U, 8U, 32U}) {
    SlotRing<std::uint64_t> ring(capacity);
    std::deque<std::uint64_t> model;
    std::size_t kept_back = 0;
    const std::size_t step = std::max<std::size_t>(capacity / 8, 1);
    std::uint64_t next = 0;
    for (int i = 0; i < 20'000; ++i) {
      if (random() % 2 == 0) {
        const bool fits = model.size() + kept_back < capacity;
        ASSERT_EQ(ring.try_push(next), fits) << "capacity " << capacity;
        if (fits) model.push_back(next++);
      } else {
        std::uint64_t value = 0;
        ASSERT_EQ(ring.try_pop(value), !model.empty()) << "capacity " << capacity;
        if (model.empty()) {
          kept_back = 0;
        } else {
          ASSERT_EQ(value, model.front());
          model.pop_front();
          kept_back = kept_back + 1 == step ? 0 : kept_back + 1;
        }
      }
    }
  }
}

TEST(SlotRing, DestroysEachItemOnce) {
  const auto counted = std::make_shared<int>(1);
  {
    SlotRing<std::shared_ptr<int>> ring(8);
    for (int i = 0; i < 8; ++i) ASSERT_TRUE(ring.try_push(counted));
    std::shared_ptr<int> value;
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(ring.try_pop(value));
    EXPECT_EQ(counted.use_count(), 1 + 5 + 1) << "ours, five in the ring, one popped";
    EXPECT_FALSE(ring.try_push(std::move(value)) && ring.try_push(counted) && ring.try_push(counted) &&
                 ring.try_push(counted));
  }
  EXPECT_EQ(counted.use_count(), 1);
}

TEST(SlotRing, AThrowingConstructorPushesNothing) {
  struct Throws {
    explicit Throws(bool now) {
      if (now) throw std::runtime_error("asked to");
    }
    Throws() = default;
  };
  SlotRing<Throws> ring(2);
  EXPECT_THROW(ring.try_emplace(true), std::runtime_error);
  Throws value;
  EXPECT_FALSE(ring.try_pop(value));
  EXPECT_TRUE(ring.try_emplace(false));
  EXPECT_TRUE(ring.try_pop(value));
}

template <class T>
void expect_fifo(std::size_t capacity, std::uint64_t length) {
  SlotRing<T> ring(capacity);
  std::thread producer([&] {
    const OnProcessor second(1);
    Backoff backoff;
    for (std::uint64_t next = 0; next < length;) {
      T item{};
      item.fill(next);
      ring.try_push(item) ? (++next, backoff.reset()) : backoff.wait();
    }
  });
  const OnProcessor first(0);
  Backoff backoff;
  std::uint64_t wrong = 0;
  for (std::uint64_t next = 0; next < length;) {
    T item;
    if (!ring.try_pop(item)) {
      backoff.wait();
      continue;
    }
    backoff.reset();
    T expected;
    expected.fill(next++);
    wrong += item != expected;
  }
  producer.join();
  EXPECT_EQ(wrong, 0U) << "items lost, doubled, torn or out of order; capacity " << capacity;
}

constexpr std::uint64_t length = lln::test::thread_sanitizer ? 50'000 : 500'000;

TEST(SlotRingThreads, SmallItemsInOrder) {
  for (const std::size_t capacity : {1U, 2U, 64U, 1024U})
    expect_fifo<std::array<std::uint64_t, 1>>(capacity, length);
}
TEST(SlotRingThreads, WideItemsWhole) {
  for (const std::size_t capacity : {1U, 2U, 64U, 1024U}) {
    expect_fifo<std::array<std::uint64_t, 9>>(capacity, length / 2);
  }
}

}  // namespace
