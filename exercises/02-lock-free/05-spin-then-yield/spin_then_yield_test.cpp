#include <lln/testkit/scripted_atomic.hpp>
#include <lln/testkit/testkit.hpp>
#include <lln/testkit/threads.hpp>

#include <spin_then_yield.hpp>

#include <functional>
#include <vector>

namespace {

using lln::exercise::SpinLock;
using lln::exercise::SpinThenYield;
using lln::exercise::wait_while_equal;
using lln::testkit::AtomicScript;
using lln::testkit::AtomicStep;
using lln::testkit::run_together;
using lln::testkit::ScriptedAtomic;
using lln::testkit::Story;

// Counts, and lets the test act as the other thread after a given number of pauses and yields.
struct CountingCpu {
  static inline std::uint64_t pauses = 0;
  static inline std::uint64_t yields = 0;
  static inline std::function<void()> act;

  static void pause() {
    ++pauses;
    if (act) act();
  }
  static void yield() {
    ++yields;
    if (act) act();
  }
  static void reset() {
    pauses = 0;
    yields = 0;
    act = nullptr;
  }
};

using Wait = SpinThenYield<CountingCpu>;

std::vector<std::uint64_t> pauses_of_rounds(Wait& wait, int rounds) {
  std::vector<std::uint64_t> result;
  for (int i = 0; i < rounds; ++i) {
    CountingCpu::reset();
    wait.wait();
    result.push_back(CountingCpu::pauses);
  }
  return result;
}

std::string list(const std::vector<std::uint64_t>& numbers) {
  std::string text;
  for (const std::uint64_t number : numbers) text += (text.empty() ? "" : ", ") + std::to_string(number);
  return text;
}

// ---- schedule ----

TEST(Schedule, PausesDoubleUpToTheLongest) {
  Story story("the pauses of the first rounds");
  story.notes("modules/02-lock-free/README.md#waiting")
      .think("what does a round cost that is twice too long?");
  Wait eight(100, 8);
  story.expect(list(pauses_of_rounds(eight, 7)))
      .equals("1, 2, 4, 8, 8, 8, 8")
      .named("pauses a round, longest 8");
  Wait six(100, 6);
  story.expect(list(pauses_of_rounds(six, 6))).equals("1, 2, 4, 6, 6, 6").named("pauses a round, longest 6");
  Wait one(100, 1);
  story.expect(list(pauses_of_rounds(one, 4))).equals("1, 1, 1, 1").named("pauses a round, longest 1");
  Wait long_one(100, 0xFFFFFFFF);
  story.expect(list(pauses_of_rounds(long_one, 6)))
      .equals("1, 2, 4, 8, 16, 32")
      .named("pauses a round, longest 2^32 - 1");
}

TEST(Schedule, ThenItYields) {
  Story story("five rounds of pauses, then the processor is given away");
  story.notes("modules/02-lock-free/README.md#waiting")
      .think("who needs the processor when waiting takes so long?");
  Wait wait(5, 4);
  story.expect(list(pauses_of_rounds(wait, 8))).equals("1, 2, 4, 4, 4, 0, 0, 0").named("pauses a round");
  CountingCpu::reset();
  wait.wait();
  story.expect(CountingCpu::yields).equals(1).named("yields of the ninth round").units("yields");
  story.step("without rounds of pauses it yields at once");
  Wait at_once(0, 4);
  CountingCpu::reset();
  at_once.wait();
  story.expect(CountingCpu::yields).equals(1).named("yields of the first round").units("yields");
  story.expect(CountingCpu::pauses).equals(0).named("pauses of the first round").units("pauses");
}

TEST(Schedule, ResetBeginsAnew) {
  Story story("a success, then waiting again");
  story.notes("modules/02-lock-free/README.md#waiting");
  Wait wait(3, 4);
  pauses_of_rounds(wait, 6);
  wait.reset();
  story.expect(list(pauses_of_rounds(wait, 4))).equals("1, 2, 4, 0").named("pauses a round after reset()");
}

// ---- polls-with-loads ----

TEST(PollsWithLoads, OneLoadARound) {
  Story story("a word that another thread changes after 20 pauses or yields");
  story.notes("modules/02-lock-free/README.md#waiting")
      .think("which load saw the change, and which order has it?");
  ScriptedAtomic<std::uint64_t> word(1);
  Wait wait(8, 2);  // rounds of 1, 2, 2, 2 ... pauses: 15 pauses in 8 rounds, then yields
  CountingCpu::reset();
  CountingCpu::act = [&, n = 0]() mutable {
    if (++n == 20) word.store(2, std::memory_order_release);
  };
  std::uint64_t now = 0;
  std::uint64_t loads = 0;
  std::uint64_t others = 0;
  bool acquired = false;
  {
    const AtomicScript script([&](const AtomicStep& step) {
      if (step.when != AtomicStep::before) return;
      step.kind == AtomicStep::load ? ++loads : ++others;
      acquired = step.acquires();
      if (loads == 1'000) word.store(99);  // who never waits shall fail, not hang
    });
    now = wait_while_equal(word, std::uint64_t{1}, wait);
  }
  story.expect(now).equals(2).named("what it returns");
  story.expect(CountingCpu::pauses).equals(15).named("pauses").units("pauses");
  story.expect(CountingCpu::yields).equals(5).named("yields").units("yields");
  story.expect(others).equals(1).named("writes, the one of the other thread included").units("writes");
  story.expect(loads).equals(14).named("loads for 13 rounds of waiting").units("loads");
  story.expect(acquired).is_true().named("the load acquires");
  CountingCpu::reset();
}

TEST(PollsWithLoads, NoWaitWhenItHasChangedAlready) {
  Story story("a word that is different at once");
  story.notes("modules/02-lock-free/README.md#waiting");
  const ScriptedAtomic<std::uint64_t> word(5);
  Wait wait(8, 2);
  CountingCpu::reset();
  std::uint64_t now = 0;
  const auto steps =
      lln::testkit::atomic_steps([&] { now = wait_while_equal(word, std::uint64_t{1}, wait); });
  story.expect(now).equals(5).named("what it returns");
  story.expect(steps.size()).equals(1).named("operations").units("operations");
  story.expect(CountingCpu::pauses + CountingCpu::yields).equals(0).named("pauses and yields");
}

// ---- lock ----

TEST(Lock, TryLockAndUnlock) {
  Story story("one thread takes the lock, another one tries");
  story.notes("modules/02-lock-free/README.md#waiting");
  SpinLock<> lock;
  bool other = true;
  story.expect(lock.try_lock()).is_true().named("try_lock of a free lock");
  run_together({[&] { other = lock.try_lock(); }});
  story.expect(other).is_false().named("try_lock of a taken lock");
  lock.unlock();
  run_together({[&] { other = lock.try_lock(); }});
  story.expect(other).is_true().named("try_lock after unlock");
}

TEST(Lock, AWaiterOnlyReads) {
  Story story("a lock that is given back after 100 pauses");
  story.notes("modules/02-lock-free/README.md#waiting").think("whose line is it while the holder works?");
  SpinLock<ScriptedAtomic, CountingCpu> lock;
  story.expect(lock.try_lock()).is_true();
  if (!story.ok()) return;
  CountingCpu::reset();
  CountingCpu::act = [&, n = 0]() mutable {
    if (++n == 100) lock.unlock();
  };
  std::uint64_t loads = 0;
  std::uint64_t rmws = 0;
  {
    const AtomicScript script([&](const AtomicStep& step) {
      if (step.when != AtomicStep::before) return;
      loads += step.kind == AtomicStep::load;
      rmws += step.kind == AtomicStep::rmw;
      if (loads + rmws == 10'000) lock.unlock();  // who never pauses shall fail, not hang
    });
    lock.lock();
  }
  story.expect(rmws).equals(1).named("exchanges of the waiter").units("exchanges");
  story.expect(loads).at_least(3).named("loads of the waiter").units("loads");
  story.expect(CountingCpu::pauses).at_least(100).named("pauses of the waiter").units("pauses");
  story.expect(lock.try_lock()).is_false().named("the lock is taken now");
  CountingCpu::reset();
}

TEST(Lock, Orders) {
  Story story("the memory orders of lock and unlock");
  story.notes("modules/02-lock-free/README.md#waiting").think("what must the next holder see?");
  SpinLock<ScriptedAtomic, CountingCpu> lock;
  const auto taking = lln::testkit::atomic_steps([&] { lock.lock(); });
  const auto giving = lln::testkit::atomic_steps([&] { lock.unlock(); });
  story.expect(taking.empty() || giving.empty()).is_false().named("both touch the atomic");
  if (taking.empty() || giving.empty()) return;
  story.expect(taking.back().kind == AtomicStep::rmw).is_true().named("lock ends with a read-modify-write");
  story.expect(taking.back().acquires()).is_true().named("it acquires");
  story.expect(giving.size()).equals(1).named("operations of unlock");
  story.expect(giving.back().releases()).is_true().named("unlock releases");
}

// ---- threads ----

TEST(Threads, TheLockProtectsAPlainCounter) {
  Story story("three threads count to 5000 each, in one plain variable");
  story.notes("modules/02-lock-free/README.md#waiting")
      .think("which two operations order one holder behind the last?");
  SpinLock<> lock;
  std::uint64_t counter = 0;
  const auto count = [&] {
    for (int i = 0; i < 5'000; ++i) {
      lock.lock();
      ++counter;
      lock.unlock();
    }
  };
  story.expect(lock.try_lock()).is_true();
  lock.unlock();
  if (!story.ok()) return;
  run_together({count, count, count});
  story.expect(counter).equals(15'000).named("the counter");
}

TEST(Threads, WhatCameBeforeTheChangeIsVisible) {
  Story story("a plain value is written, then the word is changed");
  story.notes("modules/02-lock-free/README.md#waiting")
      .think("which load orders the plain read behind the plain write?");
  std::atomic<std::uint64_t> word{0};
  std::vector<std::uint64_t> plain(1'001, 0);
  std::uint64_t wrong = 0;
  std::uint64_t last = 0;
  const auto write = [&] {
    for (std::uint64_t i = 1; i <= 1'000; ++i) {
      plain[i] = i;
      word.store(i, std::memory_order_release);
      if (i % 8 == 0) std::this_thread::yield();
    }
  };
  const auto wait_for_all = [&] {
    SpinThenYield<> wait(16, 8);
    for (int rounds = 0; last < 1'000 && rounds < 1'000; ++rounds) {
      const std::uint64_t now = wait_while_equal(word, last, wait);
      wait.reset();
      wrong += now == last || plain[now] != now;
      last = now;
    }
  };
  run_together({write, wait_for_all});
  story.expect(wrong).equals(0).named("values seen too early");
  story.expect(last).equals(1'000).named("the last value seen");
}

}  // namespace
