// MpscQueue: rights to push, order by producer, fairness, and producers that run beside each other.
#include "two_threads.hpp"

#include <lln/lock_free/mpsc_queue.hpp>

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <thread>
#include <vector>

namespace {

using lln::lock_free::MpscQueue;
using lln::test::Backoff;
using lln::test::OnProcessor;

TEST(MpscQueue, RefusesWhatMakesNoQueue) {
  EXPECT_THROW(MpscQueue<int>(0, 8), std::invalid_argument);
  EXPECT_THROW(MpscQueue<int>(2, 6), std::invalid_argument);
}

TEST(MpscQueue, AsManyProducersAsAskedForAndNoMore) {
  MpscQueue<int> queue(2, 8);
  auto one = queue.producer();
  {
    auto two = queue.producer();
    ASSERT_TRUE(one && two);
    EXPECT_FALSE(queue.producer());
    EXPECT_TRUE(two->try_push(7));
  }
  auto again = queue.producer();
  ASSERT_TRUE(again) << "given back";
  EXPECT_TRUE(again->try_push(8));
  int value = 0;
  ASSERT_TRUE(queue.try_pop(value));
  EXPECT_EQ(value, 7) << "what was pushed stays";
  ASSERT_TRUE(queue.try_pop(value));
  EXPECT_EQ(value, 8);
  EXPECT_FALSE(queue.try_pop(value));
}

TEST(MpscQueue, AMovedProducerIsGivenBackOnce) {
  MpscQueue<int> queue(1, 8);
  const auto take = [&] {
    auto first = queue.producer();
    return std::make_unique<MpscQueue<int>::Producer>(std::move(first.value()));
  };
  auto moved = take();
  EXPECT_FALSE(queue.producer()) << "the moved one still holds it";
  EXPECT_TRUE(moved->try_push(1));
  moved.reset();
  EXPECT_TRUE(queue.producer());
}

TEST(MpscQueue, AFullRingConcernsItsProducerOnly) {
  MpscQueue<int> queue(2, 2);
  auto one = queue.producer();
  auto two = queue.producer();
  EXPECT_TRUE(one->try_push(1) && one->try_push(2));
  EXPECT_FALSE(one->try_push(3));
  EXPECT_TRUE(two->try_push(4));
}

TEST(MpscQueue, ABusyProducerDoesNotStarveTheOthers) {
  MpscQueue<int> queue(3, 1024);
  auto busy = queue.producer();
  auto other = queue.producer();
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(busy->try_push(i));
  ASSERT_TRUE(other->try_push(-1));
  int value = 0;
  std::size_t pops = 0;
  while (value != -1) {
    ASSERT_TRUE(queue.try_pop(value));
    ++pops;
  }
  EXPECT_LE(pops, MpscQueue<int>::burst + 1);
  std::array<int, 2000> rest{};
  std::size_t count = 0;
  while (const std::size_t popped = queue.try_pop_batch(std::span(rest).subspan(count))) count += popped;
  EXPECT_EQ(count, 1001 - pops);
}

TEST(MpscQueue, ABatchGathersFromAllRings) {
  MpscQueue<int> queue(2, 8);
  auto one = queue.producer();
  auto two = queue.producer();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(one->try_push(i) && two->try_push(10 + i));
  std::array<int, 8> out{};
  ASSERT_EQ(queue.try_pop_batch(out), 6U);
  EXPECT_EQ(out, (std::array<int, 8>{0, 1, 2, 10, 11, 12, 0, 0}));
  EXPECT_EQ(queue.try_pop_batch(out), 0U);
}

TEST(MpscQueueThreads, EveryItemOnceAndInItsProducersOrder) {
  constexpr std::size_t producers = 3;
  constexpr std::uint64_t each = lln::test::thread_sanitizer ? 20'000 : 200'000;
  struct Item {
    std::size_t producer;
    std::unique_ptr<std::uint64_t> number;
  };
  MpscQueue<Item> queue(producers, 64);
  std::vector<std::thread> threads;
  for (std::size_t which = 0; which < producers; ++which) {
    threads.emplace_back([&queue, which] {
      const OnProcessor mine(which == 0 ? 0 : 1);
      Backoff backoff;
      for (std::uint64_t next = 0; next < each;) {
        auto lane = queue.producer();  // for 100 items, then given back and taken again
        for (int i = 0; lane && i < 100 && next < each;) {
          Item item{which, std::make_unique<std::uint64_t>(next)};
          lane->try_push(std::move(item)) ? (++next, ++i, backoff.reset()) : backoff.wait();
        }
      }
    });
  }
  std::array<std::uint64_t, producers> next{};
  std::uint64_t wrong = 0;
  Backoff backoff;
  // A producer may come back on another ring, where its new items overtake its old ones: order is a promise of
  // one Producer object, so only the count is exact across them.
  for (std::uint64_t popped = 0; popped < producers * each;) {
    Item item{};
    if (!queue.try_pop(item)) {
      backoff.wait();
      continue;
    }
    backoff.reset();
    wrong += item.number == nullptr || item.producer >= producers;
    ++next[item.producer];
    ++popped;
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0U);
  for (const std::uint64_t count : next) EXPECT_EQ(count, each);
}

TEST(MpscQueueThreads, OneProducerObjectKeepsItsOrder) {
  constexpr std::uint64_t each = lln::test::thread_sanitizer ? 20'000 : 200'000;
  MpscQueue<std::array<std::uint64_t, 2>> queue(2, 64);
  const auto produce = [&queue](std::uint64_t which) {
    const OnProcessor mine(static_cast<int>(which));
    auto lane = queue.producer();
    Backoff backoff;
    for (std::uint64_t next = 0; next < each;)
      lane->try_push({which, next}) ? (++next, backoff.reset()) : backoff.wait();
  };
  std::thread zero(produce, 0);
  std::thread one(produce, 1);
  std::array<std::uint64_t, 2> next{};
  std::uint64_t wrong = 0;
  Backoff backoff;
  while (next[0] < each || next[1] < each) {
    std::array<std::array<std::uint64_t, 2>, 32> out{};
    const std::size_t popped = queue.try_pop_batch(out);
    popped == 0 ? backoff.wait() : backoff.reset();
    for (std::size_t i = 0; i < popped; ++i) wrong += out[i][1] != next[out[i][0]]++;
  }
  zero.join();
  one.join();
  EXPECT_EQ(wrong, 0U) << "items of one producer out of order";
}

}  // namespace
