// Two threads record of each operation when it was called, when it returned and what it answered;
// FifoHistory then compares with the sequential queue. The stamps come from one counter with
// acquire-release order, so that "returned before the other was called" is a fact that the ring must
// honour. (That counter also orders much of what a wrong ring forgets to order: missing barriers are found
// by spsc_ring_threads_test under ThreadSanitizer, wrong answers here.)
#include "fifo_history.hpp"
#include "seed.hpp"
#include "two_threads.hpp"

#include <lln/lock_free/spsc_ring.hpp>

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <random>
#include <thread>
#include <vector>

namespace {

using lln::lock_free::SpscRing;
using lln::lock_free::detail::StartIndex;
using lln::test::FifoHistory;
using lln::test::OnProcessor;
using lln::test::Operation;
using History = std::vector<Operation>;

TEST(FifoHistory, AcceptsWhatASequentialQueueCouldAnswer) {
  const auto accepts = [](const History& pushes, const History& pops, std::size_t capacity,
                          const char* what) {
    const auto violation = FifoHistory(pushes, pops, capacity).violation();
    EXPECT_FALSE(violation) << what << ": " << *violation;
  };
  accepts({{0, 1, 1, 1}}, {{2, 3, 1, 1}}, 1, "push, then pop");
  accepts({{0, 3, 1, 1}}, {{1, 2, 1, 1}}, 1, "pop within the push");
  accepts({{0, 3, 1, 1}}, {{1, 2, 1, 0}}, 1, "empty within the push");
  accepts({{0, 1, 1, 1}, {3, 4, 1, 0}}, {{2, 5, 1, 1}}, 1, "full within the pop");
  accepts({{0, 1, 1, 1}, {3, 4, 1, 1}}, {{2, 5, 1, 1}}, 1, "room within the pop");
  accepts({{0, 1, 1, 1}, {3, 4, 1, 0}, {5, 6, 1, 1}}, {{2, 7, 1, 1}}, 1, "full, then room, within one pop");
  accepts({{0, 1, 4, 2}}, {{2, 3, 4, 2}}, 2, "batches cut to what fits and what is there");
  accepts({{0, 1, 2, 2}, {3, 6, 2, 1}}, {{2, 4, 1, 1}}, 2, "part of a batch fits");
}

TEST(FifoHistory, RejectsWhatNoSequentialQueueCouldAnswer) {
  const auto rejects = [](const History& pushes, const History& pops, std::size_t capacity,
                          const char* what) {
    EXPECT_TRUE(FifoHistory(pushes, pops, capacity).violation()) << what;
  };
  rejects({{0, 1, 1, 0}}, {}, 1, "full, but nothing was ever pushed");
  rejects({{0, 1, 1, 1}, {4, 5, 1, 0}}, {{2, 3, 1, 1}}, 1, "full after the pop had returned");
  rejects({{0, 1, 1, 1}}, {{2, 3, 1, 0}}, 1, "empty after the push had returned");
  rejects({{2, 3, 1, 1}}, {{0, 1, 1, 1}}, 1, "popped before it was pushed");
  rejects({{0, 1, 1, 1}, {2, 3, 1, 1}}, {{4, 5, 1, 1}}, 1, "two items in a ring of one");
  rejects({{0, 1, 1, 1}, {2, 3, 1, 1}}, {}, 1, "two items in a ring of one, none popped");
  rejects({{0, 1, 1, 1}}, {{2, 3, 1, 1}, {4, 5, 1, 1}}, 4, "popped twice");
  rejects({{0, 1, 4, 2}}, {}, 4, "a batch cut though it fitted");
  rejects({{0, 1, 2, 2}}, {{2, 3, 2, 1}}, 4, "a batch cut though all was there");
  rejects({{1, 70, 2, 2}}, {{30, 40, 1, 1}, {50, 60, 1, 0}}, 2,
          "half of a pushed batch seen, the other half not");
  rejects({{0, 1, 2, 2}, {3, 4, 1, 1}, {5, 6, 1, 0}}, {{2, 9, 2, 2}}, 2,
          "half of a popped batch's room seen");
}

struct Recorder {
  std::atomic<std::uint64_t>& clock;
  History history;

  template <class Action>
  std::size_t operator()(std::size_t wanted, Action action) {
    const std::uint64_t called = clock.fetch_add(1, std::memory_order_acq_rel);
    const std::size_t done = action();
    history.push_back({called, clock.fetch_add(1, std::memory_order_acq_rel), wanted, done});
    return done;
  }
};

struct Gate {  // both threads leave it together, so that their operations overlap
  std::atomic<int> missing{2};
  void pass() {
    missing.fetch_sub(1, std::memory_order_relaxed);
    lln::test::Backoff backoff;
    while (missing.load(std::memory_order_relaxed) > 0) backoff.wait();
  }
};

constexpr int operations_a_round = 1'500;
constexpr std::size_t longest_batch = 6;

History produce(SpscRing<std::uint64_t>& ring, std::mt19937_64 random, std::atomic<std::uint64_t>& clock) {
  Recorder record{clock, {}};
  std::uint64_t next = 0;
  for (int i = 0; i < operations_a_round; ++i) {
    if (random() % 64 == 0) std::this_thread::yield();
    switch (random() % 3) {
      case 0:
        next += record(1, [&] { return ring.try_push(next) ? std::size_t{1} : 0; });
        break;
      case 1: {
        std::array<std::uint64_t, longest_batch> batch;
        const std::size_t wanted = 1 + random() % longest_batch;
        for (std::size_t j = 0; j < wanted; ++j) batch[j] = next + j;
        next += record(wanted, [&] { return ring.try_push_batch(std::span(batch).first(wanted)); });
        break;
      }
      default:
        next += record(1, [&]() -> std::size_t {
          std::uint64_t* const slot = ring.loan();
          if (slot == nullptr) return 0;
          *slot = next;
          ring.commit();
          return 1;
        });
    }
  }
  return record.history;
}

// Also checks that the items are 0, 1, 2, ...; a wrong one ends the round.
History consume(SpscRing<std::uint64_t>& ring, std::mt19937_64 random, std::atomic<std::uint64_t>& clock,
                bool& fifo) {
  Recorder record{clock, {}};
  std::uint64_t next = 0;
  for (int i = 0; i < operations_a_round && fifo; ++i) {
    if (random() % 64 == 0) std::this_thread::yield();
    switch (random() % 3) {
      case 0: {
        std::uint64_t popped = 0;
        if (record(1, [&] { return ring.try_pop(popped) ? std::size_t{1} : 0; }) == 1)
          fifo = popped == next++;
        break;
      }
      case 1: {
        std::array<std::uint64_t, longest_batch> batch{};
        const std::size_t wanted = 1 + random() % longest_batch;
        const std::size_t done =
            record(wanted, [&] { return ring.try_pop_batch(std::span(batch).first(wanted)); });
        for (std::size_t j = 0; j < done; ++j) fifo = fifo && batch[j] == next++;
        break;
      }
      default:
        record(1, [&]() -> std::size_t {
          const std::uint64_t* const front = ring.peek();
          if (front == nullptr) return 0;
          fifo = *front == next++;
          ring.release();
          return 1;
        });
    }
  }
  return record.history;
}

TEST(SpscRingLinearizability, EveryAnswerFitsTheSequentialQueue) {
  constexpr int rounds = lln::test::thread_sanitizer ? 60 : 250;
  const std::uint64_t seed = lln::test::seed();
  const lln::test::Deadline deadline(std::chrono::seconds(30));
  std::size_t refused = 0;
  std::size_t empty = 0;
  std::size_t overlapping = 0;
  for (int round = 0; round < rounds && !deadline.passed(); ++round) {
    const std::size_t capacity = std::size_t{1} << (round % 4);
    SpscRing<std::uint64_t> ring(capacity, StartIndex{std::uint64_t{0} - 100});
    std::atomic<std::uint64_t> clock{0};
    Gate gate;
    History pushes;
    bool fifo = true;
    const auto random_of = [&](int thread) {
      return std::mt19937_64(seed + static_cast<std::uint64_t>(2 * round + thread));
    };
    std::thread producer([&] {
      const OnProcessor second(1);
      gate.pass();
      pushes = produce(ring, random_of(0), clock);
    });
    const OnProcessor first(0);
    gate.pass();
    const History pops = consume(ring, random_of(1), clock, fifo);
    producer.join();

    ASSERT_TRUE(fifo) << "items out of order; round " << round << ", capacity " << capacity
                      << ", LLN_SEED=" << seed;
    const auto violation = FifoHistory(pushes, pops, capacity).violation();
    ASSERT_FALSE(violation) << *violation << "; round " << round << ", capacity " << capacity
                            << ", LLN_SEED=" << seed;
    for (const Operation& push : pushes) {
      refused += push.done < push.wanted ? 1 : 0;
      overlapping += push.returned > push.called + 1 ? 1 : 0;  // the other thread took a stamp in between
    }
    for (const Operation& pop : pops) empty += pop.done < pop.wanted ? 1 : 0;
  }
  std::cout << "refused or cut pushes " << refused << ", empty or cut pops " << empty
            << ", pushes overlapping a pop " << overlapping << '\n';
}

}  // namespace
