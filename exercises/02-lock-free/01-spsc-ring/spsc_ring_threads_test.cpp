// What the atomics do, in which order and how often; and two threads.
#include <lln/testkit/patience.hpp>
#include <lln/testkit/scripted_atomic.hpp>
#include <lln/testkit/testkit.hpp>
#include <lln/testkit/threads.hpp>

#include <spsc_ring.hpp>

#include <cstdlib>
#include <numeric>

namespace {

using lln::exercise::SpscRing;
using lln::testkit::AtomicCounts;
using lln::testkit::AtomicScript;
using lln::testkit::AtomicStep;
using lln::testkit::InstrumentedAtomic;
using lln::testkit::Patience;
using lln::testkit::run_together;
using lln::testkit::ScriptedAtomic;
using lln::testkit::Story;
using Ring = SpscRing<std::uint64_t>;

// ---- item-before-index ----

TEST(ItemBeforeIndex, NothingIsAnnouncedBeforeItIsThere) {
  Story story("the consumer looks after every atomic step of a push");
  story.notes("modules/02-lock-free/README.md#the-two-edges")
      .think("which must come first, the item or the index?");
  SpscRing<std::uint64_t, ScriptedAtomic> ring(4);
  bool got = false;
  std::uint64_t value = 0;
  bool pushed = false;
  {
    const AtomicScript script([&](const AtomicStep& step) {
      if (step.when == AtomicStep::after && !got) got = ring.try_pop(value);
    });
    pushed = ring.try_push(42);
  }
  if (!got) got = ring.try_pop(value);
  story.expect(pushed).is_true();
  story.expect(got).is_true().named("the item arrived");
  story.expect(value).equals(42).named("the item as the consumer saw it");
}

// The slot is given back when the item is out: a producer that overwrites at the first chance changes nothing.
TEST(ItemBeforeIndex, NoSlotIsGivenBackBeforeItIsRead) {
  Story story("the producer overwrites after every atomic step of a pop");
  story.notes("modules/02-lock-free/README.md#the-two-edges").think("when may the slot be used again?");
  SpscRing<std::uint64_t, ScriptedAtomic> ring(1);
  story.expect(ring.try_push(1)).is_true();
  std::uint64_t value = 0;
  bool popped = false;
  {
    const AtomicScript script([&](const AtomicStep& step) {
      if (step.when == AtomicStep::after) ring.try_push(2);
    });
    popped = ring.try_pop(value);
  }
  story.expect(popped).is_true();
  story.expect(value).equals(1).named("the popped item");
}

// ---- cached-index ----

struct LapCounts {
  std::size_t items = 0;
  AtomicCounts counts;
};

TEST(CachedIndex, OneLookAtTheOtherSideForALap) {
  Story story("64 pushes by one thread, then 64 pops by another, twice");
  story.notes("modules/02-lock-free/README.md#cached-indices")
      .think("how often must the producer know where the consumer is?");
  SpscRing<std::uint64_t, InstrumentedAtomic> ring(64);
  for (int lap = 0; lap < 2; ++lap) {
    LapCounts pushes;
    LapCounts pops;
    run_together({[&] {
      lln::testkit::reset_this_thread_atomics();
      for (std::uint64_t i = 0; i < 64; ++i) pushes.items += ring.try_push(i);
      pushes.counts = lln::testkit::this_thread_atomics();
    }});
    run_together({[&] {
      lln::testkit::reset_this_thread_atomics();
      std::uint64_t value = 0;
      for (std::uint64_t i = 0; i < 64; ++i) pops.items += ring.try_pop(value);
      pops.counts = lln::testkit::this_thread_atomics();
    }});
    story.step("one lap");
    story.expect(pushes.items).equals(64).named("pushes that succeeded");
    story.expect(pops.items).equals(64).named("pops that succeeded");
    // Two: the other's index, and once its own, which the thread before it wrote.
    story.expect(pushes.counts.remote).at_most(3).named("remote accesses of 64 pushes").units("accesses");
    story.expect(pops.counts.remote).at_most(3).named("remote accesses of 64 pops").units("accesses");
    story.expect(pushes.counts.rmws + pops.counts.rmws).equals(0).named("read-modify-write operations");
    if (!story.ok()) return;
  }
}

// ---- own-lines ----

TEST(OwnLines, TheTwoIndicesLieInTwoLines) {
  Story story("where the two written indices lie");
  story.notes("modules/02-lock-free/README.md#one-line-each")
      .think("what else is in the line that you write?");
  SpscRing<std::uint64_t, ScriptedAtomic> ring(4);
  const auto written = [&](auto operation) {
    const void* object = nullptr;
    for (const AtomicStep& step : lln::testkit::atomic_steps(operation)) {
      if (step.writes()) object = step.object;
    }
    return object;
  };
  std::uint64_t value = 0;
  const void* const tail = written([&] { ring.try_push(1); });
  const void* const head = written([&] { ring.try_pop(value); });
  story.expect(tail != nullptr).is_true().named("a push stores to an atomic");
  story.expect(head != nullptr).is_true().named("a pop stores to an atomic");
  if (!story.ok()) return;
  const auto distance = std::abs(static_cast<const char*>(head) - static_cast<const char*>(tail));
  story.expect(distance).at_least(64).named("the distance of the two indices").units("bytes");
}

// ---- two-threads ----

// push(next, end) and pop(next, wrong) return how many items they moved, of which `next` is the first.
template <class Push, class Pop>
void expect_all_arrive(Story& story, std::uint64_t items, Push push, Pop pop) {
  std::atomic<bool> over{false};
  std::uint64_t arrived = 0;
  std::uint64_t wrong = 0;
  const auto produce = [&] {
    Patience patience;
    for (std::uint64_t next = 0; next < items && !over.load(std::memory_order_relaxed);) {
      const std::size_t done = push(next, items);
      next += done;
      if (!patience.step(done != 0)) return;
    }
  };
  const auto consume = [&] {
    Patience patience;
    while (arrived < items && wrong == 0) {
      const std::size_t done = pop(arrived, wrong);
      arrived += done;
      if (!patience.step(done != 0)) break;
    }
    over.store(true, std::memory_order_relaxed);
  };
  run_together({produce, consume});
  story.expect(wrong).equals(0).named("items lost, doubled or out of order");
  story.expect(arrived).equals(items).named("items that arrived");
}

constexpr std::uint64_t items = 20'000;

TEST(TwoThreads, OneAtATime) {
  Story story("20000 items through rings of 1, 2 and 64, one at a time");
  story.notes("modules/02-lock-free/README.md#the-two-edges")
      .think("which store makes the slot visible to the other?");
  for (const std::size_t capacity : {1U, 2U, 64U}) {
    Ring ring(capacity);
    story.step("capacity " + std::to_string(capacity));
    story.expect(ring.try_push(0)).is_true();
    std::uint64_t value = 1;
    story.expect(ring.try_pop(value)).is_true();
    if (!story.ok()) return;
    expect_all_arrive(
        story, items, [&](std::uint64_t next, std::uint64_t) { return ring.try_push(next) ? 1U : 0U; },
        [&](std::uint64_t next, std::uint64_t& wrong) {
          std::uint64_t item = 0;
          if (!ring.try_pop(item)) return 0U;
          wrong += item != next;
          return 1U;
        });
  }
}

TEST(TwoThreads, InBatchesAndInPlace) {
  Story story("20000 items through a ring of 8: batches in, in place out, and the other way round");
  story.notes("modules/02-lock-free/README.md#the-two-edges");
  Ring ring(8);
  story.expect(ring.loan(1).size()).equals(1).units("slots");
  const std::uint64_t one = 0;
  std::uint64_t value = 0;
  story.expect(ring.push_batch({&one, 1})).equals(1);
  story.expect(ring.pop_batch({&value, 1})).equals(1);
  if (!story.ok()) return;
  story.step("push_batch and peek");
  expect_all_arrive(
      story, items,
      [&](std::uint64_t next, std::uint64_t end) {
        std::vector<std::uint64_t> batch(std::min<std::uint64_t>(5, end - next));
        std::iota(batch.begin(), batch.end(), next);
        return ring.push_batch(batch);
      },
      [&](std::uint64_t next, std::uint64_t& wrong) {
        const auto there = ring.peek();
        for (const std::uint64_t item : there) wrong += item != next++;
        ring.release(there.size());
        return there.size();
      });
  story.step("loan and pop_batch");
  expect_all_arrive(
      story, items,
      [&](std::uint64_t next, std::uint64_t end) {
        const auto slots = ring.loan(std::min<std::uint64_t>(3, end - next));
        for (auto& slot : slots) slot = next++;
        ring.commit(slots.size());
        return slots.size();
      },
      [&](std::uint64_t next, std::uint64_t& wrong) {
        std::vector<std::uint64_t> out(5);
        const std::size_t done = ring.pop_batch(out);
        for (std::size_t i = 0; i < done; ++i) wrong += out[i] != next++;
        return done;
      });
}

}  // namespace
