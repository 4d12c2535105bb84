#include <lln/testkit/patience.hpp>
#include <lln/testkit/scripted_atomic.hpp>
#include <lln/testkit/testkit.hpp>
#include <lln/testkit/threads.hpp>

#include <seqlock.hpp>

#include <algorithm>
#include <chrono>
#include <semaphore>
#include <vector>

namespace {

using lln::exercise::Seqlock;
using lln::testkit::AtomicScript;
using lln::testkit::AtomicStep;
using lln::testkit::InstrumentedAtomic;
using lln::testkit::Patience;
using lln::testkit::run_together;
using lln::testkit::ScriptedAtomic;
using lln::testkit::Story;

// All words the same number: a mixed value shows.
using Wide = std::array<std::uint64_t, 4>;

Wide wide(std::uint64_t number) {
  Wide value;
  value.fill(number);
  return value;
}
bool whole(const Wide& value) {
  return std::all_of(value.begin(), value.end(), [&](std::uint64_t word) { return word == value[0]; });
}

// ---- round-trip ----

template <std::size_t bytes>
void keeps_all_bytes(Story& story) {
  struct Plain {
    std::array<unsigned char, bytes> data;
  };
  story.step("a value of " + std::to_string(bytes) + " bytes");
  Seqlock<Plain> lock;
  Plain written;
  for (std::size_t i = 0; i < bytes; ++i) written.data[i] = static_cast<unsigned char>(i + 1);
  Plain read{};
  story.expect(lock.try_load(read)).is_true().named("try_load before the first store");
  story.expect(read.data[0]).equals(0);
  story.expect(lock.try_store(written)).is_true().named("try_store");
  story.expect(lock.try_load(read)).is_true().named("try_load");
  story.expect_bytes(read.data, written.data);
}

TEST(RoundTrip, AllBytesWhateverTheSize) {
  Story story("values that do and do not fill their last word");
  story.notes("modules/02-lock-free/README.md#seqlock").think("how many words does a value of 9 bytes take?");
  keeps_all_bytes<1>(story);
  keeps_all_bytes<8>(story);
  keeps_all_bytes<9>(story);
  keeps_all_bytes<64>(story);
  keeps_all_bytes<67>(story);
}

// ---- torn-is-refused ----

TEST(TornIsRefused, AStoreBetweenAnyTwoStepsOfALoad) {
  Story story("a whole store happens before step n of a load, for every n");
  story.notes("modules/02-lock-free/README.md#seqlock")
      .think("which steps of the load can see the new value?");
  int interfered = 0;
  for (int n = 1; n <= 12 && story.ok(); ++n) {
    Seqlock<Wide, ScriptedAtomic> lock;
    story.expect(lock.try_store(wide(1))).is_true();
    Wide value = wide(7);
    bool loaded = false;
    int steps = 0;
    {
      const AtomicScript script([&](const AtomicStep& step) {
        if (step.when == AtomicStep::before && ++steps == n) lock.try_store(wide(2));
      });
      loaded = lock.try_load(value);
    }
    interfered += steps >= n;
    story.step("the store comes before step " + std::to_string(n));
    story.expect(whole(value)).is_true().named("the value is whole");
    if (!loaded) story.expect(value[0]).equals(7).named("the value that a refused load leaves alone");
    if (loaded) story.expect(value[0]).at_least(1).named("the loaded value");
  }
  story.expect(interfered).at_least(6).named("steps of a load of 4 words").units("atomic operations");
}

TEST(TornIsRefused, ALoadBetweenAnyTwoStepsOfAStore) {
  Story story("a load happens after every step of a store");
  story.notes("modules/02-lock-free/README.md#seqlock").think("what does an odd version say?");
  Seqlock<Wide, ScriptedAtomic> lock;
  story.expect(lock.try_store(wide(1))).is_true();
  int loads = 0;
  int refused = 0;
  bool stored = false;
  {
    const AtomicScript script([&](const AtomicStep& step) {
      if (step.when != AtomicStep::after) return;
      Wide value = wide(7);
      ++loads;
      refused += !lock.try_load(value);
      story.expect(whole(value)).is_true().named("the value is whole");
    });
    stored = lock.try_store(wide(2));
  }
  story.expect(stored).is_true();
  story.expect(loads).at_least(6).named("steps of a store of 4 words").units("atomic operations");
  story.expect(refused).at_least(5).named("loads refused while the value was mixed").units("loads");
}

// ---- one-writer-at-a-time ----

// The first writer stops before its step n; a second one begins then, and stops in the middle of its words until
// the first has ended.
TEST(OneWriterAtATime, TwoWritersNeverMix) {
  Story story("a second writer begins between any two steps of the first, and ends after it");
  story.notes("modules/02-lock-free/README.md#seqlock")
      .think("what if both have read the same even version?");
  for (int n = 1; n <= 6 && story.ok(); ++n) {
    Seqlock<Wide, ScriptedAtomic> lock;
    story.expect(lock.try_store(wide(1))).is_true();
    std::binary_semaphore second_may_begin{0};
    std::binary_semaphore first_may_go_on{0};
    std::binary_semaphore first_has_ended{0};
    bool first = false;
    bool second = false;
    const auto one = [&] {
      int steps = 0;
      const AtomicScript script([&](const AtomicStep& step) {
        if (step.when != AtomicStep::before || ++steps != n) return;
        second_may_begin.release();
        static_cast<void>(first_may_go_on.try_acquire_for(std::chrono::seconds(8)));
      });
      first = lock.try_store(wide(2));
      second_may_begin.release();
      first_has_ended.release();
    };
    const auto two = [&] {
      second_may_begin.acquire();
      int words = 0;
      {
        const AtomicScript script([&](const AtomicStep& step) {
          if (step.when != AtomicStep::after || step.kind != AtomicStep::store || ++words != 2) return;
          first_may_go_on.release();
          static_cast<void>(first_has_ended.try_acquire_for(std::chrono::seconds(8)));
        });
        second = lock.try_store(wide(3));
      }
      first_may_go_on.release();
    };
    run_together({one, two});
    story.step("before step " + std::to_string(n) + " of the first");
    Wide value = wide(7);
    story.expect(first || second).is_true().named("one of the two stores succeeded");
    story.expect(lock.try_load(value)).is_true().named("a load when both are done");
    story.expect(whole(value)).is_true().named("the value is whole");
  }
}

// ---- orders ----

TEST(Orders, OfAStore) {
  Story story("the memory orders of a store");
  story.notes("modules/02-lock-free/README.md#seqlock")
      .think("what keeps the words between the two versions?");
  Seqlock<Wide, ScriptedAtomic> lock;
  bool stored = false;
  const auto steps = lln::testkit::atomic_steps([&] { stored = lock.try_store(wide(1)); });
  story.expect(stored).is_true();
  std::vector<AtomicStep> writes;
  for (const AtomicStep& step : steps) {
    if (step.writes()) writes.push_back(step);
  }
  story.expect(writes.size()).equals(6).named("writes of a store of 4 words").units("writes");
  if (!story.ok()) return;
  story.step(
      "the version becomes odd, by a read-modify-write that acquires: the last writer's words come first");
  story.expect(writes.front().kind == AtomicStep::rmw).is_true().named("a read-modify-write");
  story.expect(writes.front().acquires()).is_true().named("it acquires");
  story.step("the words: whoever sees one sees the odd version");
  for (std::size_t i = 1; i < 5; ++i)
    story.expect(writes[i].releases()).is_true().named("a word's store releases");
  story.step("the version becomes even: whoever sees it sees the words");
  story.expect(writes.back().object == writes.front().object)
      .is_true()
      .named("the last write is to the version");
  story.expect(writes.back().releases()).is_true().named("it releases");
}

TEST(Orders, OfALoad) {
  Story story("the memory orders of a load");
  story.notes("modules/02-lock-free/README.md#seqlock").think("what keeps the second look behind the words?");
  Seqlock<Wide, ScriptedAtomic> lock;
  Wide value = wide(7);
  bool loaded = false;
  const auto steps = lln::testkit::atomic_steps([&] { loaded = lock.try_load(value); });
  story.expect(loaded).is_true();
  story.expect(steps.size()).equals(6).named("operations of a load of 4 words").units("operations");
  if (!story.ok()) return;
  story.step("the version: the words are at least as new as it");
  story.expect(steps.front().acquires()).is_true().named("the first look at the version acquires");
  story.step("the words: the second look is at least as new as they are");
  for (std::size_t i = 1; i < 5; ++i)
    story.expect(steps[i].acquires()).is_true().named("a word's load acquires");
  story.step("the version again");
  story.expect(steps.back().object == steps.front().object)
      .is_true()
      .named("the last look is at the version");
}

// ---- readers-write-nothing ----

TEST(ReadersWriteNothing, AReaderLeavesNoTrace) {
  Story story("what a load does to the shared lines");
  story.notes("modules/02-lock-free/README.md#seqlock").think("why can a reader not hold up the writer?");
  Seqlock<Wide, InstrumentedAtomic> lock;
  story.expect(lock.try_store(wide(1))).is_true();
  Wide value;
  lln::testkit::reset_this_thread_atomics();
  const bool loaded = lock.try_load(value);
  const auto counts = lln::testkit::this_thread_atomics();
  story.expect(loaded).is_true();
  story.expect(counts.stores + counts.rmws).equals(0).named("writes of a load").units("writes");
  story.expect(counts.loads).equals(6).named("loads of a load of 4 words").units("loads");
}

// ---- threads ----

// ThreadSanitizer: before[] is plain, and only the seqlock orders its writing and reading.
TEST(Threads, WholeValuesAndWhatCameBeforeThem) {
  Story story("two writers and two readers");
  story.notes("modules/02-lock-free/README.md#seqlock").think("what may a reader assume about other memory?");
  constexpr std::uint64_t stores = 4'000;
  Seqlock<Wide> lock;
  story.expect(lock.try_store(wide(0))).is_true();
  if (!story.ok()) return;
  std::vector<std::uint64_t> before(2 * stores + 2, 0);
  std::atomic<int> writing{2};
  std::atomic<std::uint64_t> wrong{0};
  const auto write = [&](std::uint64_t odd_or_even) {
    Patience patience;
    for (std::uint64_t i = 1; i <= stores; ++i) {
      const std::uint64_t number = 2 * i + odd_or_even;
      before[number] = number;
      while (!lock.try_store(wide(number))) {
        if (!patience.step(false)) break;
      }
      patience.step(true);
      if (i % 16 == 0) std::this_thread::yield();
    }
    writing.fetch_sub(1, std::memory_order_relaxed);
  };
  const auto read = [&] {
    Wide value;
    while (writing.load(std::memory_order_relaxed) > 0) {
      if (!lock.try_load(value)) continue;
      wrong.fetch_add(!whole(value) || before[value[0]] != value[0], std::memory_order_relaxed);
    }
  };
  run_together({[&] { write(0); }, [&] { write(1); }, read, read});
  story.expect(wrong.load()).equals(0).named("values that were mixed, or seen before what came before them");
}

}  // namespace
