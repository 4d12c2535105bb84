#include <lln/testkit/allocations.hpp>
#include <lln/testkit/instrumented_atomic.hpp>
#include <lln/testkit/testkit.hpp>
#include <lln/testkit/threads.hpp>

#include <metrics.hpp>

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace {

using lln::exercise::cell_of;
using lln::exercise::cells;
using lln::exercise::Metrics;
using lln::exercise::Snapshot;
using lln::testkit::AtomicCounts;
using lln::testkit::InstrumentedAtomic;
using lln::testkit::run_together;
using lln::testkit::Story;

constexpr const char* notes = "modules/01-latency/README.md#metrics-of-many-threads";

TEST(Metrics, TotalOfTwoRecorders) {
  Story story("two recorders, one sum");
  story.notes(notes).think("who adds up the counters of all threads?");
  Metrics<> metrics;
  story.expect(metrics.total().count()).named("the total of nobody").equals(0U);
  auto& a = metrics.attach();
  auto& b = metrics.attach();
  for (const std::uint64_t ns : {0U, 1U, 100U, 100U}) a.record(ns);
  for (const std::uint64_t ns : {100U, 5'000U}) b.record(ns);
  b.record(~std::uint64_t{0});
  story.step("one records 0, 1, 100, 100 ns; the other 100, 5000 and 2^64 - 1");
  const Snapshot all = metrics.total();
  story.expect(all.count()).named("records in total").equals(7U);
  story.expect(all.counts[0]).named("of 0 ns").equals(1U);
  story.expect(all.counts[1]).named("of 1 ns").equals(1U);
  story.expect(all.counts[cell_of(100)]).named("of 64..127 ns").equals(3U);
  story.expect(all.counts[cell_of(5'000)]).named("of 4096..8191 ns").equals(1U);
  story.expect(all.counts[64]).named("of 2^63 ns and more").equals(1U);
  story.step("ask again");
  story.expect(metrics.total().count()).named("records in total").equals(7U);
}

TEST(Metrics, TotalsOfTwoObjectsAreTheirOwn) {
  Story story("two sets of metrics");
  story.notes(notes);
  Metrics<> orders;
  Metrics<> quotes;
  orders.attach().record(1);
  quotes.attach().record(1);
  quotes.attach().record(1);
  story.expect(orders.total().count()).equals(1U);
  story.expect(quotes.total().count()).equals(2U);
}

TEST(Metrics, IntervalHasEachRecordOnce) {
  Story story("an interval is what is new");
  story.notes(notes).think("is that the sum since the start, or since the last time?");
  Metrics<> metrics;
  auto& a = metrics.attach();
  for (int i = 0; i < 10; ++i) a.record(100);
  story.step("10 records");
  story.expect(metrics.interval().count()).named("the first interval").equals(10U).units("records");
  story.expect(metrics.interval().count()).named("the next one").equals(0U).units("records");
  auto& b = metrics.attach();
  for (int i = 0; i < 3; ++i) a.record(100);
  for (int i = 0; i < 4; ++i) b.record(1'000);
  story.step("3 more, and 4 of a thread that came later");
  const Snapshot interval = metrics.interval();
  story.expect(interval.counts[cell_of(100)]).named("of 64..127 ns").equals(3U);
  story.expect(interval.counts[cell_of(1'000)]).named("of 512..1023 ns").equals(4U);
  story.step("the total does not notice");
  story.expect(metrics.total().count()).equals(17U).units("records");
}

TEST(Metrics, IntervalAndTotalInTurns) {
  Story story("100 rounds");
  story.notes(notes);
  Metrics<> metrics;
  auto& a = metrics.attach();
  std::uint64_t all = 0;
  for (std::uint64_t round = 0; round < 100 && story.ok(); ++round) {
    for (std::uint64_t i = 0; i < round; ++i) a.record(i);
    all += round;
    story.step("round " + std::to_string(round));
    if (round % 3 == 0) story.expect(metrics.total().count()).equals(all).units("records");
    story.expect(metrics.interval().count()).equals(round).units("records");
  }
}

TEST(Metrics, WhileOthersRecord) {
  constexpr std::uint64_t records = 50'000;
  Story story("two threads record, two look on");
  story.notes(notes).think("two threads touch one counter, one of them writes: what must the counter be?");
  Metrics<> metrics;
  std::atomic<int> running = 2;
  std::atomic<int> attached = 0;  // relaxed: it must not order what the test is about
  const auto both_attached = [&] {
    while (attached.load(std::memory_order_relaxed) < 2) std::this_thread::yield();
  };
  const auto recording = [&] {
    auto& mine = metrics.attach();
    attached.fetch_add(1, std::memory_order_relaxed);
    for (std::uint64_t i = 0; i < records; ++i) mine.record(i);
    --running;
  };
  std::uint64_t in_intervals = 0;
  bool went_back = false;
  run_together({recording, recording,
                [&] {
                  both_attached();
                  Snapshot last;
                  do {  // once at least, however late this thread begins
                    const Snapshot now = metrics.total();
                    for (std::size_t cell = 0; cell < cells; ++cell) {
                      went_back = went_back || now.counts[cell] < last.counts[cell];
                    }
                    last = now;
                  } while (running != 0);
                },
                [&] {
                  both_attached();
                  do {
                    in_intervals += metrics.interval().count();
                  } while (running != 0);
                }});
  in_intervals += metrics.interval().count();
  story.step("50000 records each; both have ended");
  story.expect(went_back).named("a count lower than in an earlier total").is_false();
  story.expect(metrics.total().count()).equals(2 * records).units("records");
  story.expect(in_intervals).named("the sum of all intervals").equals(2 * records).units("records");
}

TEST(Metrics, WhileOthersAttach) {
  Story story("four threads attach and record, one looks on");
  story.notes(notes).think("who else walks through the list of recorders while it grows?");
  Metrics<> metrics;
  const auto attaching = [&] {
    for (int i = 0; i < 100; ++i) metrics.attach().record(1);
  };
  run_together({attaching, attaching, attaching, attaching, [&] {
                  for (int i = 0; i < 200; ++i) (void)metrics.total();
                }});
  story.step("400 recorders, one record each");
  story.expect(metrics.total().count()).equals(400U).units("records");
}

TEST(Metrics, CheapRecordCounted) {
  Story story("what a record does, by the atomics that count");
  story.notes(notes).think("what does a locked instruction buy when nobody else writes?");
  Metrics<InstrumentedAtomic> metrics;
  auto& recorder = metrics.attach();
  auto& other = metrics.attach();
  recorder.record(100);
  std::thread([&] { other.record(100); }).join();
  (void)metrics.interval();
  (void)metrics.total();
  story.step("1000 records, after a look by the aggregator");
  lln::testkit::reset_this_thread_atomics();
  for (std::uint64_t i = 0; i < 1000; ++i) recorder.record(i);
  const AtomicCounts counts = lln::testkit::this_thread_atomics();
  story.expect(counts.rmws).named("read-modify-writes in 1000 records").equals(0U);
  story.expect(counts.stores).named("stores in 1000 records").at_least(1'000U).at_most(2'000U);
  story.expect(counts.loads).named("loads in 1000 records").at_most(2'000U);
  story.expect(counts.remote).named("accesses to what another thread wrote").equals(0U);
  story.expect(metrics.total().count()).named("records in total").equals(1'002U);
}

TEST(Metrics, CheapRecordAllocatesNothing) {
  Story story("what a record allocates");
  story.notes(notes);
  Metrics<> metrics;
  auto& recorder = metrics.attach();
  const lln::testkit::AllocationCounter count;
  for (std::uint64_t v = 1; v != 0; v *= 2) recorder.record(v);
  const std::uint64_t allocations = count.allocations();
  story.step("64 records of 64 sizes");
  story.expect(allocations).equals(0U).units("allocations");
  story.expect(metrics.total().count()).equals(64U).units("records");
}

TEST(Metrics, OwnLinesForEachRecorder) {
  Story story("recorders and cache lines");
  story.notes(notes).think("two recorders are 520 bytes apart: is there a line with counters of both?");
  using Recorder = Metrics<>::Recorder;
  story.expect(sizeof(Recorder))
      .named("sizeof(Recorder), with 65 counters in it")
      .at_least(65U * 8)
      .units("bytes");
  story.expect(alignof(Recorder) % 64).named("alignof(Recorder) modulo 64").equals(0U);
  story.expect(sizeof(Recorder) % 64).named("sizeof(Recorder) modulo 64").equals(0U);
  Metrics<> metrics;
  for (int i = 0; i < 16 && story.ok(); ++i) {
    const auto address = reinterpret_cast<std::uintptr_t>(&metrics.attach());
    story.expect(address % 64).named("the address of a recorder modulo 64").equals(0U);
  }
}

TEST(Metrics, OutlivesItsThread) {
  Story story("a thread that ended");
  story.notes(notes).think("whose are the counters: the thread's or the metrics'?");
  Metrics<> metrics;
  for (int i = 0; i < 3; ++i) {
    std::thread([&] {
      auto& mine = metrics.attach();
      mine.record(100);
      mine.record(200);
    }).join();
  }
  story.step("three threads record two values each and end");
  story.expect(metrics.total().count()).equals(6U).units("records");
  story.expect(metrics.interval().count()).named("the interval").equals(6U).units("records");
}

TEST(Metrics, OutlivesTheGrowthOfTheList) {
  Story story("a recorder stays where it is");
  story.notes(notes).think("what does a vector do with its elements when it grows?");
  Metrics<> metrics;
  auto& first = metrics.attach();
  first.record(100);
  for (int i = 0; i < 1'000; ++i) metrics.attach();
  first.record(100);
  story.step("record, attach 1000 others, record");
  story.expect(metrics.total().count()).equals(2U).units("records");
}

}  // namespace
