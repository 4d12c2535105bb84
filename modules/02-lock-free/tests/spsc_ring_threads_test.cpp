// Two threads: every item arrives once, whole and in order, whichever operations carry it. ThreadSanitizer
// sees the items as plain memory, so a missing release or acquire is a race to it even where x86 forgives.
#include "seed.hpp"
#include "two_threads.hpp"

#include <lln/lock_free/spsc_ring.hpp>

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <memory>
#include <random>
#include <thread>
#include <vector>

namespace {

using lln::lock_free::SpscRing;
using lln::test::Backoff;
using lln::test::Deadline;
using lln::test::OnProcessor;

constexpr std::uint64_t full_length = lln::test::thread_sanitizer ? 100'000 : 1'000'000;
constexpr std::size_t largest_batch = 100;

// Up to twice the small rings, so that batches fit, fit in part, and wrap.
std::size_t batch_size(std::size_t capacity, std::mt19937_64& random) {
  return 1 + random() % std::min(2 * capacity, largest_batch);
}

// 64 bytes that all say the same number: an item seen half written does not.
struct Wide {
  std::array<std::uint64_t, 8> words{};
};

template <class T>
T item(std::uint64_t number);
template <>
std::uint64_t item(std::uint64_t number) {
  return number;
}
template <>
Wide item(std::uint64_t number) {
  Wide wide;
  wide.words.fill(number);
  return wide;
}
template <>
std::unique_ptr<std::uint64_t> item(std::uint64_t number) {
  return std::make_unique<std::uint64_t>(number);
}

bool is_item(const std::uint64_t& value, std::uint64_t number) { return value == number; }
bool is_item(const Wide& value, std::uint64_t number) { return value.words == item<Wide>(number).words; }
bool is_item(const std::unique_ptr<std::uint64_t>& value, std::uint64_t number) {
  return value != nullptr && *value == number;
}

// Pushes items number `next`, `next` + 1, ... in one operation chosen at random; returns how many went in.
template <class T>
std::uint64_t push_some(SpscRing<T>& ring, std::uint64_t next, std::uint64_t end, std::mt19937_64& random,
                        std::vector<T>& buffer) {
  switch (random() % 3) {
    case 0:
      return ring.try_push(item<T>(next)) ? 1 : 0;
    case 1: {
      const std::size_t size = std::min<std::uint64_t>(batch_size(ring.capacity(), random), end - next);
      for (std::size_t i = 0; i < size; ++i) buffer[i] = item<T>(next + i);
      return ring.try_push_batch(std::span(buffer).first(size));
    }
    default:
      if constexpr (SpscRing<T>::loanable) {
        T* const slot = ring.loan();
        if (slot == nullptr) return 0;
        *slot = item<T>(next);
        ring.commit();
        return 1;
      } else {
        return ring.try_emplace(item<T>(next)) ? 1 : 0;
      }
  }
}

// Pops in one operation chosen at random; returns how many came out, or stops at the first that is not as
// expected.
template <class T>
std::uint64_t pop_some(SpscRing<T>& ring, std::uint64_t next, std::mt19937_64& random, std::vector<T>& buffer,
                       bool& wrong) {
  switch (random() % 4) {
    case 0: {
      const auto popped = ring.try_pop();
      if (!popped) return 0;
      wrong = !is_item(*popped, next);
      return 1;
    }
    case 1: {
      if (!ring.try_pop(buffer[0])) return 0;
      wrong = !is_item(buffer[0], next);
      return 1;
    }
    case 2: {
      const std::size_t popped =
          ring.try_pop_batch(std::span(buffer).first(batch_size(ring.capacity(), random)));
      for (std::size_t i = 0; i < popped; ++i) wrong |= !is_item(buffer[i], next + i);
      return popped;
    }
    default: {
      const T* const front = ring.peek();
      if (front == nullptr) return 0;
      wrong = !is_item(*front, next);
      ring.release();
      return 1;
    }
  }
}

template <class T>
void expect_fifo(std::size_t capacity, std::uint64_t length) {
  SCOPED_TRACE(testing::Message() << "capacity " << capacity);
  SpscRing<T> ring(capacity);
  const std::uint64_t seed = lln::test::seed();
  const Deadline deadline(std::chrono::seconds(15));
  std::atomic<std::uint64_t> end{length};  // the producer lowers it when it has to stop early
  std::atomic<bool> stop{false};           // the consumer has seen a wrong item

  std::thread producer([&] {
    const OnProcessor second(1);
    std::mt19937_64 random(seed + capacity);
    std::vector<T> buffer(largest_batch);
    Backoff backoff;
    std::uint64_t next = 0;
    while (next < length && !stop.load(std::memory_order_relaxed)) {
      const std::uint64_t pushed = push_some(ring, next, length, random, buffer);
      next += pushed;
      pushed == 0 ? backoff.wait() : backoff.reset();
      if (next % 256 == 0 && deadline.passed()) break;
    }
    end.store(next, std::memory_order_relaxed);
  });

  const OnProcessor first(0);
  std::mt19937_64 random(seed + capacity + 1);
  std::vector<T> buffer(largest_batch);
  Backoff backoff;
  std::uint64_t next = 0;
  bool wrong = false;
  while (next < end.load(std::memory_order_relaxed) && !wrong) {
    const std::uint64_t popped = pop_some(ring, next, random, buffer, wrong);
    next += popped;
    popped == 0 ? backoff.wait() : backoff.reset();
  }
  stop.store(true, std::memory_order_relaxed);
  producer.join();

  EXPECT_FALSE(wrong) << "an item before number " << next
                      << " was lost, doubled, torn or out of order; LLN_SEED=" << seed;
  if (!wrong) {
    EXPECT_EQ(next, end.load()) << "more came out than went in";
    EXPECT_EQ(ring.size_approx(), 0U);
  }
  if (end.load() < length)
    std::cout << "busy machine: stopped at item " << end.load() << " of " << length << '\n';
}

class SpscRingThreads : public testing::TestWithParam<std::size_t> {};

TEST_P(SpscRingThreads, SmallItemsInOrder) { expect_fifo<std::uint64_t>(GetParam(), full_length); }
TEST_P(SpscRingThreads, WideItemsWhole) { expect_fifo<Wide>(GetParam(), full_length / 2); }
TEST_P(SpscRingThreads, MoveOnlyItemsOnce) {
  expect_fifo<std::unique_ptr<std::uint64_t>>(GetParam(), full_length / 5);
}

INSTANTIATE_TEST_SUITE_P(Capacity, SpscRingThreads, testing::Values(1, 2, 64, 1024),
                         [](const auto& capacity) { return std::to_string(capacity.param); });

TEST(SpscRingThreads, SizeIsReadableFromAThirdThread) {
  SpscRing<int> ring(4);
  std::atomic<bool> done{false};
  std::thread observer([&] {
    Backoff backoff;
    while (!done.load(std::memory_order_relaxed)) {
      const std::size_t size = ring.size_approx();
      if (size > ring.capacity()) ADD_FAILURE() << "size " << size << " of a ring of " << ring.capacity();
      backoff.wait();
    }
  });
  std::thread consumer([&] {
    Backoff backoff;
    for (int next = 0; next < 20'000;)
      ring.try_pop().has_value() ? static_cast<void>(++next) : backoff.wait();
  });
  Backoff backoff;
  for (int next = 0; next < 20'000;) ring.try_push(next) ? static_cast<void>(++next) : backoff.wait();
  consumer.join();
  done.store(true, std::memory_order_relaxed);
  observer.join();
}

TEST(SpscRingThreads, ARoleMayMoveToAnotherThread) {
  SpscRing<std::uint64_t> ring(64);
  for (std::uint64_t round = 0; round < 50; ++round) {
    std::thread([&] { EXPECT_TRUE(ring.try_push(round)); }).join();
    std::thread([&] { EXPECT_EQ(ring.try_pop(), round); }).join();
  }
}

}  // namespace
