#include <lln/testkit/patience.hpp>
#include <lln/testkit/random.hpp>
#include <lln/testkit/scripted_atomic.hpp>
#include <lln/testkit/testkit.hpp>
#include <lln/testkit/threads.hpp>

#include <mpsc_queue.hpp>

#include <array>
#include <deque>

namespace {

using lln::exercise::MpscQueue;
using lln::testkit::AtomicScript;
using lln::testkit::AtomicStep;
using lln::testkit::InstrumentedAtomic;
using lln::testkit::Patience;
using lln::testkit::run_together;
using lln::testkit::ScriptedAtomic;
using lln::testkit::Story;
using Queue = MpscQueue<std::uint64_t>;

constexpr std::uint64_t just_below_2_64 = ~std::uint64_t{0} - 5;

// ---- fifo ----

TEST(Fifo, FullAndEmptyAreAnswers) {
  Story story("a queue of 4 is filled and emptied");
  story.notes("modules/02-lock-free/README.md#mpsc")
      .think("whose item is still in the slot when the queue is full?");
  Queue queue(4);
  std::uint64_t value = 77;
  story.expect(queue.try_pop(value)).is_false();
  story.step("push 0, 1, 2, 3");
  for (std::uint64_t i = 0; i < 4; ++i) story.expect(queue.try_push(i)).is_true();
  story.step("push a fifth");
  story.expect(queue.try_push(4)).is_false();
  story.expect(value).equals(77).named("the untouched value");
  story.step("pop all four");
  for (std::uint64_t i = 0; i < 4; ++i) {
    story.expect(queue.try_pop(value)).is_true();
    story.expect(value).equals(i).named("the popped item");
  }
  story.expect(queue.try_pop(value)).is_false();
}

// ---- wraps-around ----

TEST(WrapsAround, RandomPushesAndPops) {
  Story story("20000 random operations beside std::deque, numbers passing 2^64");
  story.notes("modules/02-lock-free/README.md#mpsc")
      .think("what is the difference of two numbers around 2^64?");
  auto random = lln::testkit::random();
  for (const std::size_t capacity : {2U, 8U}) {
    story.step("capacity " + std::to_string(capacity));
    Queue queue(capacity, just_below_2_64);
    std::deque<std::uint64_t> model;
    for (std::uint64_t i = 0; i < 10'000 && story.ok(); ++i) {
      std::uint64_t value = 0;
      if (random() % 2 == 0) {
        story.expect(queue.try_push(i)).equals(model.size() < capacity).named("try_push");
        if (model.size() < capacity) model.push_back(i);
      } else {
        story.expect(queue.try_pop(value)).equals(!model.empty()).named("try_pop");
        if (model.empty()) continue;
        story.expect(value).equals(model.front()).named("the popped item");
        model.pop_front();
      }
    }
  }
}

TEST(WrapsAround, FullAndEmptyAtEveryNumberAround2To64) {
  Story story("a queue of 4 is filled and emptied, beginning n numbers before 2^64");
  story.notes("modules/02-lock-free/README.md#mpsc")
      .think("what is the difference of two numbers around 2^64?");
  for (std::uint64_t n = 0; n < 8 && story.ok(); ++n) {
    story.step("n = " + std::to_string(n));
    Queue queue(4, 0 - n);
    std::uint64_t value = 77;
    story.expect(queue.try_pop(value)).is_false().named("a pop from the empty queue");
    if (!story.ok()) return;
    for (std::uint64_t i = 0; i < 4; ++i) story.expect(queue.try_push(i)).is_true().named("a push");
    story.expect(queue.try_push(9)).is_false().named("a push into the full queue");
    for (std::uint64_t i = 0; i < 4; ++i) {
      story.expect(queue.try_pop(value)).is_true().named("a pop");
      story.expect(value).equals(i).named("the popped item");
    }
    story.expect(queue.try_pop(value)).is_false().named("a pop from the empty queue");
  }
}

// ---- one-rmw ----

TEST(OneRmw, WhatAPushAndAPopCost) {
  Story story("atomic operations of a push and a pop without contention");
  story.notes("modules/02-lock-free/README.md#mpsc").think("who else may write what the consumer writes?");
  MpscQueue<std::uint64_t, InstrumentedAtomic> queue(4);
  const auto count = [](auto operation) {
    lln::testkit::reset_this_thread_atomics();
    operation();
    return lln::testkit::this_thread_atomics();
  };
  bool done = false;
  std::uint64_t value = 0;
  const auto push = count([&] { done = queue.try_push(1); });
  story.expect(done).is_true().named("try_push");
  story.expect(push.rmws).equals(1).named("read-modify-writes of a push").units("operations");
  story.expect(push.stores).equals(1).named("stores of a push").units("stores");
  const auto pop = count([&] { done = queue.try_pop(value); });
  story.expect(done).is_true().named("try_pop");
  story.expect(pop.rmws).equals(0).named("read-modify-writes of a pop").units("operations");
  story.expect(pop.loads).equals(1).named("loads of a pop").units("loads");
  story.step("a full queue");
  for (std::uint64_t i = 0; i < 4; ++i) story.expect(queue.try_push(i)).is_true();
  const auto full = count([&] { done = queue.try_push(9); });
  story.expect(done).is_false();
  story.expect(full.rmws + full.stores).equals(0).named("writes of a push into a full queue").units("writes");
}

// ---- contention ----

TEST(Contention, OthersPushBetweenAnyTwoSteps) {
  Story story("another producer pushes before step n of a push, for every n");
  story.notes("modules/02-lock-free/README.md#mpsc").think("what has changed when the exchange fails?");
  for (int n = 1; n <= 5 && story.ok(); ++n) {
    MpscQueue<std::uint64_t, ScriptedAtomic> queue(4);
    int steps = 0;
    bool other = false;
    bool mine = false;
    {
      const AtomicScript script([&](const AtomicStep& step) {
        if (step.when == AtomicStep::before && ++steps == n) other = queue.try_push(20);
      });
      mine = queue.try_push(10);
    }
    story.step("before step " + std::to_string(n));
    story.expect(mine).is_true().named("my push");
    if (steps < n) break;
    story.expect(other).is_true().named("the other push");
    std::uint64_t one = 0;
    std::uint64_t two = 0;
    std::uint64_t none = 0;
    story.expect(queue.try_pop(one)).is_true().named("a first item");
    story.expect(queue.try_pop(two)).is_true().named("a second item");
    story.expect(queue.try_pop(none)).is_false().named("a third item");
    story.expect(one + two).equals(30).named("the sum of 10 and 20, each popped once");
  }
}

TEST(Contention, AWholeLapBetweenTwoSteps) {
  Story story("the queue goes round once before step n of a push");
  story.notes("modules/02-lock-free/README.md#mpsc").think("is the number that I have read still free?");
  for (int n = 1; n <= 3 && story.ok(); ++n) {
    MpscQueue<std::uint64_t, ScriptedAtomic> queue(2);
    int steps = 0;
    std::uint64_t sum = 0;
    bool mine = false;
    {
      const AtomicScript script([&](const AtomicStep& step) {
        if (step.when != AtomicStep::before || ++steps != n) return;
        for (std::uint64_t i = 1; i <= 3; ++i) {
          std::uint64_t value = 0;
          story.expect(queue.try_push(i)).is_true();
          if (queue.try_pop(value)) sum += value;
        }
      });
      mine = queue.try_push(100);
    }
    story.step("before step " + std::to_string(n));
    story.expect(mine).is_true().named("my push into the empty queue");
    std::uint64_t value = 0;
    while (queue.try_pop(value)) sum += value;
    story.expect(sum).equals(106).named("the sum of all items, each popped once");
    if (!story.ok()) return;
  }
}

TEST(Contention, ASlowProducerHoldsUpWhatComesBehindItAndNothingElse) {
  Story story("a producer stops after taking its number; another one pushes, and the consumer looks");
  story.notes("modules/02-lock-free/README.md#mpsc").think("what is in the slot of a taken number?");
  MpscQueue<std::uint64_t, ScriptedAtomic> queue(4);
  bool looked = false;
  bool other = false;
  bool popped = true;
  std::uint64_t value = 77;
  bool slow = false;
  {
    const AtomicScript script([&](const AtomicStep& step) {
      if (step.when != AtomicStep::after || step.kind != AtomicStep::rmw || looked) return;
      looked = true;
      other = queue.try_push(2);
      popped = queue.try_pop(value);
    });
    slow = queue.try_push(1);
  }
  story.expect(slow).is_true().named("the slow push");
  story.expect(looked).is_true().named("the number was taken by a read-modify-write");
  story.expect(other).is_true().named("the other producer's push meanwhile");
  story.expect(popped).is_false().named("a pop meanwhile");
  story.expect(value).equals(77).named("the untouched value");
  for (std::uint64_t i = 1; i <= 2; ++i) {
    story.expect(queue.try_pop(value)).is_true().named("a pop afterwards");
    story.expect(value).equals(i).named("the popped item");
  }
}

// ---- threads ----

TEST(Threads, EachItemOnceAndInItsProducersOrder) {
  Story story("three producers, one consumer, 5000 items each");
  story.notes("modules/02-lock-free/README.md#mpsc")
      .think("which store announces the item, which frees the slot?");
  constexpr std::uint64_t each = 5'000;
  using Item = std::array<std::uint64_t, 2>;  // producer, number
  MpscQueue<Item> queue(8);
  Item item{};
  story.expect(queue.try_push(item)).is_true();
  story.expect(queue.try_pop(item)).is_true();
  if (!story.ok()) return;
  std::atomic<bool> over{false};
  const auto produce = [&](std::uint64_t which) {
    Patience patience;
    for (std::uint64_t next = 0; next < each && !over.load(std::memory_order_relaxed);) {
      const bool done = queue.try_push({which, next});
      next += done;
      if (!patience.step(done)) return;
    }
  };
  std::array<std::uint64_t, 3> next{};
  std::uint64_t arrived = 0;
  std::uint64_t wrong = 0;
  const auto consume = [&] {
    Patience patience;
    while (arrived < 3 * each && wrong == 0) {
      const bool done = queue.try_pop(item);
      if (!patience.step(done)) break;
      if (!done) continue;
      ++arrived;
      wrong += item[0] > 2 || item[1] != next[item[0]]++;
    }
    over.store(true, std::memory_order_relaxed);
  };
  run_together({[&] { produce(0); }, [&] { produce(1); }, [&] { produce(2); }, consume});
  story.expect(wrong).equals(0).named("items lost, doubled or out of order");
  story.expect(arrived).equals(3 * each).named("items that arrived").units("items");
}

}  // namespace
