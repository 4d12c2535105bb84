#include <lln/testkit/patience.hpp>
#include <lln/testkit/scripted_atomic.hpp>
#include <lln/testkit/testkit.hpp>
#include <lln/testkit/threads.hpp>

#include <broadcast_ring.hpp>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace {

using lln::exercise::BroadcastRing;
using lln::exercise::ReadResult;
using lln::testkit::AtomicScript;
using lln::testkit::AtomicStep;
using lln::testkit::InstrumentedAtomic;
using lln::testkit::Patience;
using lln::testkit::run_together;
using lln::testkit::ScriptedAtomic;
using lln::testkit::Story;

// All words the same number: a mixed item shows.
using Wide = std::array<std::uint64_t, 3>;

Wide wide(std::uint64_t number) {
  Wide item;
  item.fill(number);
  return item;
}
bool whole(const Wide& item) { return item[1] == item[0] && item[2] == item[0]; }

std::string word(ReadResult result) {
  return result == ReadResult::item ? "item" : result == ReadResult::empty ? "empty" : "lapped";
}

// ---- in-order ----

TEST(InOrder, TwoReadersSeeEveryItem) {
  Story story("two readers, one always up to date, one four items behind");
  story.notes("modules/02-lock-free/README.md#broadcast")
      .think("what does a slot hold before its first item?");
  BroadcastRing<std::uint64_t> ring(4);
  auto prompt = ring.reader();
  auto late = ring.reader();
  std::uint64_t value = 77;
  story.expect(word(prompt.read(value))).equals("empty").named("a read of the empty ring");
  story.expect(value).equals(77).named("the untouched value");
  for (std::uint64_t lap = 0; lap < 5 && story.ok(); ++lap) {
    for (std::uint64_t i = 4 * lap; i < 4 * lap + 4; ++i) {
      ring.publish(i);
      story.expect(word(prompt.read(value))).equals("item").named("the prompt reader");
      story.expect(value).equals(i).named("its item");
      story.expect(word(prompt.read(value))).equals("empty").named("the prompt reader, once more");
    }
    story.step("the late reader reads four");
    for (std::uint64_t i = 4 * lap; i < 4 * lap + 4; ++i) {
      story.expect(word(late.read(value))).equals("item").named("the late reader");
      story.expect(value).equals(i).named("its item");
    }
    story.expect(word(late.read(value))).equals("empty").named("the late reader, once more");
  }
  story.expect(prompt.lost() + late.lost()).equals(0).named("items lost");
}

// ---- lapped ----

TEST(Lapped, IsToldExactlyHowManyItMissed) {
  Story story("a reader that comes after n items in a ring of 4");
  story.notes("modules/02-lock-free/README.md#broadcast")
      .think("which items are still there after n publishes?");
  for (const std::uint64_t n : {5U, 6U, 8U, 9U, 11U, 400U}) {
    BroadcastRing<std::uint64_t> ring(4);
    auto reader = ring.reader();
    for (std::uint64_t i = 0; i < n; ++i) ring.publish(i);
    story.step("n = " + std::to_string(n));
    std::uint64_t value = 77;
    story.expect(word(reader.read(value))).equals("lapped").named("the first read");
    story.expect(value).equals(77).named("the untouched value");
    story.expect(reader.lost()).equals(n - 4).named("lost()").units("items");
    for (std::uint64_t i = n - 4; i < n; ++i) {
      story.expect(word(reader.read(value))).equals("item").named("the next read");
      story.expect(value).equals(i).named("its item");
    }
    story.expect(word(reader.read(value))).equals("empty").named("the last read");
    if (!story.ok()) return;
  }
}

// ---- newest ----

TEST(Newest, SkipsWhatIsOld) {
  Story story("a reader that wants the latest only");
  story.notes("modules/02-lock-free/README.md#broadcast").think("what did it pass over?");
  BroadcastRing<std::uint64_t> ring(4);
  auto reader = ring.reader();
  std::uint64_t value = 77;
  story.expect(word(reader.read_newest(value))).equals("empty").named("of the empty ring");
  for (const std::uint64_t more : {1U, 3U, 4U, 10U}) {
    std::uint64_t last = 0;
    const std::uint64_t lost = reader.lost();
    for (std::uint64_t i = 0; i < more; ++i) ring.publish(last = 100 * more + i);
    story.step(std::to_string(more) + " more items");
    story.expect(word(reader.read_newest(value))).equals("item").named("read_newest");
    story.expect(value).equals(last).named("its item");
    story.expect(reader.lost() - lost).equals(more - 1).named("items passed over");
    story.expect(word(reader.read_newest(value))).equals("empty").named("read_newest, once more");
    if (!story.ok()) return;
  }
}

// ---- torn-is-refused ----

TEST(TornIsRefused, TheProducerRunsBetweenAnyTwoStepsOfARead) {
  Story story("k items are published before step n of a read, for every n and k");
  story.notes("modules/02-lock-free/README.md#broadcast").think("when is a copied item known to be whole?");
  int interfered = 0;
  for (int n = 1; n <= 8; ++n) {
    for (std::uint64_t k = 1; k <= 9 && story.ok(); ++k) {
      BroadcastRing<Wide, ScriptedAtomic> ring(4);
      auto reader = ring.reader();
      std::uint64_t published = 0;
      for (; published < 4; ++published) ring.publish(wide(published));
      std::uint64_t seen = 0;
      int steps = 0;
      const auto read = [&] {
        Wide item = wide(77);
        const ReadResult result = reader.read(item);
        story.expect(whole(item)).is_true().named("the item is whole");
        if (result != ReadResult::item) return result;
        story.expect(item[0]).equals(seen + reader.lost()).named("the item's number");
        ++seen;
        return result;
      };
      {
        const AtomicScript script([&](const AtomicStep& step) {
          if (step.when != AtomicStep::before || ++steps != n) return;
          for (std::uint64_t i = 0; i < k; ++i) ring.publish(wide(published++));
        });
        read();
      }
      interfered += steps >= n;
      story.step(std::to_string(k) + " items before step " + std::to_string(n));
      for (int reads = 0; reads < 20 && read() != ReadResult::empty;) ++reads;
      story.expect(seen + reader.lost()).equals(published).named("items read or counted as lost");
    }
  }
  story.expect(interfered).at_least(45).named("interferences (5 steps of a read of 3 words, 9 lengths each)");
}

TEST(TornIsRefused, AReaderLooksAfterEveryStepOfAPublish) {
  Story story("readers look after every step of the publish that overwrites their item");
  story.notes("modules/02-lock-free/README.md#broadcast")
      .think("whose item is in a slot that is being written?");
  BroadcastRing<Wide, ScriptedAtomic> ring(4);
  for (std::uint64_t i = 0; i < 4; ++i) ring.publish(wide(i));
  int looks = 0;
  {
    const AtomicScript script([&](const AtomicStep& step) {
      if (step.when != AtomicStep::after) return;
      ++looks;
      auto reader = ring.reader();  // wants item 0, which item 4 replaces
      std::uint64_t next = 0;
      for (int reads = 0; reads < 12; ++reads) {
        Wide item = wide(77);
        const ReadResult result = reader.read(item);
        story.expect(whole(item)).is_true().named("the item is whole");
        if (result == ReadResult::empty) break;
        if (result == ReadResult::lapped) continue;
        story.expect(item[0]).equals(next + reader.lost()).named("the item's number");
        ++next;
      }
      story.expect(next + reader.lost()).at_least(4).named("items read or counted as lost");
      story.expect(reader.lost()).at_most(1).named("items lost").units("items");
    });
    ring.publish(wide(4));
  }
  story.expect(looks).at_least(6).named("steps of a publish of 3 words");
}

// ---- orders ----

TEST(Orders, OfAPublishAndARead) {
  Story story("the memory orders of a publish and a read of 3 words");
  story.notes("modules/02-lock-free/README.md#broadcast").think("what does each pair of orders carry over?");
  BroadcastRing<Wide, ScriptedAtomic> ring(4);
  std::vector<AtomicStep> writes;
  for (const AtomicStep& step : lln::testkit::atomic_steps([&] { ring.publish(wide(1)); })) {
    if (step.writes()) writes.push_back(step);
  }
  story.expect(writes.size()).equals(6).named("writes of a publish").units("writes");
  if (!story.ok()) return;
  story.step("version, three words, version, count of items");
  for (std::size_t i = 1; i < 4; ++i)
    story.expect(writes[i].releases()).is_true().named("a word's store releases");
  story.expect(writes[4].object == writes[0].object)
      .is_true()
      .named("the version comes before and after the words");
  story.expect(writes[4].releases()).is_true().named("the version's second store releases");
  story.expect(writes[5].releases()).is_true().named("the count's store releases");
  auto reader = ring.reader();
  Wide item;
  const auto reads = lln::testkit::atomic_steps([&] { reader.read(item); });
  story.expect(reads.size()).equals(5).named("operations of a read").units("loads");
  if (!story.ok()) return;
  story.step("version, three words, version");
  for (std::size_t i = 0; i < 4; ++i)
    story.expect(reads[i].acquires()).is_true().named("each load but the last acquires");
  for (const AtomicStep& step : reads) story.expect(step.writes()).is_false().named("a reader writes");
}

// ---- nobody-waits ----

TEST(NobodyWaits, TheProducerDoesNotKnowItsReaders) {
  Story story("what a publish touches while readers read");
  story.notes("modules/02-lock-free/README.md#broadcast")
      .think("what would the producer have to look at, to wait?");
  BroadcastRing<std::uint64_t, InstrumentedAtomic> ring(4);
  std::uint64_t remote = 99;
  std::uint64_t operations = 0;
  std::atomic<std::uint64_t> read = 0;
  for (int lap = 0; lap < 2; ++lap) {
    const auto consume = [&] {
      auto reader = ring.reader();
      std::uint64_t value = 0;
      for (int i = 0; i < 20; ++i) read += reader.read(value) == ReadResult::item;
    };
    const auto produce_and_let_read = [&] {
      for (std::uint64_t i = 0; i < 8; ++i) ring.publish(i);
      run_together({consume, consume});
      lln::testkit::reset_this_thread_atomics();
      for (std::uint64_t i = 0; i < 8; ++i) ring.publish(i);
      remote = lln::testkit::this_thread_atomics().remote;
      operations = lln::testkit::this_thread_atomics().stores;
    };
    run_together({produce_and_let_read});
  }
  story.expect(read.load())
      .at_least(16)
      .named("items read by four readers of the last four items")
      .units("items");
  story.expect(operations).equals(32).named("stores of 8 publishes of one word").units("stores");
  story.expect(remote).equals(0).named("accesses to what a reader has written").units("accesses");
}

// ---- threads ----

TEST(Threads, WholeItemsAndWhatCameBeforeThem) {
  Story story("one producer, two readers, 20000 items through a ring of 64");
  story.notes("modules/02-lock-free/README.md#broadcast")
      .think("what may a reader assume about other memory?");
  constexpr std::uint64_t items = 20'000;
  BroadcastRing<Wide> ring(64);
  std::vector<std::uint64_t> before(items + 1, 0);  // plain: only the ring orders writing and reading it
  std::array<std::uint64_t, 2> wrong{};
  std::array<std::uint64_t, 2> accounted{};
  const auto read = [&](std::size_t which) {
    auto reader = ring.reader();
    Patience patience;
    std::uint64_t seen = 0;
    while (seen + reader.lost() < items) {
      Wide item;
      const ReadResult result = reader.read(item);
      if (!patience.step(result != ReadResult::empty)) break;
      if (result != ReadResult::item) continue;
      wrong[which] += !whole(item) || item[0] != seen + reader.lost() || before[item[0]] != item[0];
      ++seen;
    }
    accounted[which] = seen + reader.lost();
  };
  const auto publish = [&] {
    for (std::uint64_t i = 0; i < items; ++i) {
      before[i] = i;
      ring.publish(wide(i));
      if (i % 32 == 0) std::this_thread::yield();
    }
  };
  BroadcastRing<std::uint64_t> first(2);
  auto reader = first.reader();
  first.publish(1);
  std::uint64_t value = 0;
  story.expect(word(reader.read(value))).equals("item");
  if (!story.ok()) return;
  run_together({publish, [&] { read(0); }, [&] { read(1); }});
  story.expect(wrong[0] + wrong[1])
      .equals(0)
      .named("items mixed, out of place, or seen before what came before them");
  story.expect(std::min(accounted[0], accounted[1])).equals(items).named("items read or counted as lost");
}

}  // namespace
