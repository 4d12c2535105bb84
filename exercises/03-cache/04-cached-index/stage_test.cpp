// Who may work on what; how often a stage looks, and how often it tells; three threads.
#include <lln/cache/cache_aligned.hpp>
#include <lln/testkit/accesses.hpp>
#include <lln/testkit/instrumented_atomic.hpp>
#include <lln/testkit/patience.hpp>
#include <lln/testkit/testkit.hpp>
#include <lln/testkit/threads.hpp>

#include <stage.hpp>

#include <vector>

namespace {

using lln::cache::cache_line;
using lln::exercise::Plain;
using lln::exercise::Stage;
using lln::testkit::AccessRecorder;
using lln::testkit::AtomicCounts;
using lln::testkit::InstrumentedAtomic;
using lln::testkit::Patience;
using lln::testkit::Recorded;
using lln::testkit::RecordedAtomic;
using lln::testkit::Story;

constexpr const char* notes = "modules/03-cache/README.md#the-cached-remote-index";
constexpr std::uint64_t just_below_2_64 = ~std::uint64_t{0} - 5;

template <class S>
struct Pipeline {
  Pipeline(std::size_t slots, std::size_t publish_every, std::uint64_t first = 0)
      : receiver(slots, publish_every, first),
        decoder(0, publish_every, first),
        book(0, publish_every, first) {
    receiver.follow(book);
    decoder.follow(receiver);
    book.follow(decoder);
  }
  S receiver;
  S decoder;
  S book;
};

// One item after the other, at most `most`; returns how many there were.
template <class S>
std::size_t work(S& stage, std::size_t most) {
  std::size_t items = 0;
  for (; items < most && stage.available() > 0; ++items) stage.done(1);
  return items;
}

// ---- in-turn ----

TEST(InTurn, NobodyOvertakes) {
  Story story("three stages on a ring of 4");
  story.notes(notes).think("how far may the receiver be ahead of the book, and the book of the decoder?");
  Pipeline<Stage<>> p(4, 1, 10);
  story.expect(p.receiver.position()).equals(10U).named("the receiver's position");
  story.expect(p.receiver.available()).equals(4U).named("for the receiver").units("items");
  story.expect(p.decoder.available()).equals(0U).named("for the decoder").units("items");
  story.step("the receiver fills 3 slots");
  p.receiver.done(3);
  story.expect(p.receiver.position()).equals(13U).named("the receiver's position");
  story.expect(p.receiver.published()).equals(13U).named("what the receiver has published");
  story.expect(p.receiver.available()).equals(1U).named("for the receiver").units("items");
  story.expect(p.decoder.available()).equals(3U).named("for the decoder").units("items");
  story.expect(p.book.available()).equals(0U).named("for the book").units("items");
  story.step("the decoder does 2, the book 1");
  p.decoder.done(2);
  story.expect(p.book.available()).equals(2U).named("for the book").units("items");
  p.book.done(1);
  story.expect(p.decoder.available()).equals(1U).named("for the decoder").units("items");
  story.step("the receiver fills the last slot");
  p.receiver.done(1);
  story.expect(p.receiver.available())
      .equals(1U)
      .named("for the receiver, where the book is done,")
      .units("items");
}

TEST(InTurn, PastTheEndOfTheNumbers) {
  Story story("40 items on a ring of 4, the indices passing 2^64 with the seventh");
  story.notes(notes).think("what is limit - position when limit has passed 2^64 and position has not?");
  Pipeline<Stage<>> p(4, 1, just_below_2_64);
  for (int round = 0; round < 10 && story.ok(); ++round) {
    story.step("four items");
    story.expect(work(p.receiver, 9)).equals(4U).named("for the receiver").units("items");
    story.expect(work(p.decoder, 9)).equals(4U).named("for the decoder").units("items");
    story.expect(work(p.book, 9)).equals(4U).named("for the book").units("items");
  }
}

// ---- one-look ----

TEST(OneLook, ALap) {
  Story story("64 items, one at a time, by three threads in turn; three laps");
  story.notes(notes).think("the copy says that 40 more are there: what would a look tell you?");
  Pipeline<Stage<InstrumentedAtomic>> p(64, 16);
  for (int lap = 0; lap < 3; ++lap) {
    story.step("lap " + std::to_string(lap + 1));
    for (auto* stage : {&p.receiver, &p.decoder, &p.book}) {
      AtomicCounts counts;
      std::size_t items = 0;
      lln::testkit::run_together({[&] {
        lln::testkit::reset_this_thread_atomics();
        items = work(*stage, 64);
        counts = lln::testkit::this_thread_atomics();
      }});
      story.expect(items).equals(64U).units("items");
      story.expect(counts.loads).at_most(1U).named("loads of indices in 64 items").units("loads");
      // One load of the other's, and one store to its own, which the thread of the lap before has written.
      story.expect(counts.remote).at_most(2U).named("remote accesses in 64 items").units("accesses");
      story.expect(counts.rmws).equals(0U).named("read-modify-write operations");
      if (!story.ok()) return;
    }
  }
}

TEST(OneLook, ForWhatIsThere) {
  Story story("the decoder finds 5 items, and the receiver goes on");
  story.notes(notes).think("must you know of the newest item while you still have work?");
  Pipeline<Stage<InstrumentedAtomic>> p(64, 1);
  p.receiver.done(5);
  lln::testkit::reset_this_thread_atomics();
  story.expect(p.decoder.available()).equals(5U).units("items");
  story.expect(lln::testkit::this_thread_atomics().loads).equals(1U).units("loads");
  p.receiver.done(3);
  lln::testkit::reset_this_thread_atomics();
  story.step("it asks again, with 5 items to do");
  story.expect(p.decoder.available()).equals(5U).units("items");
  story.expect(lln::testkit::this_thread_atomics().loads).equals(0U).units("loads");
  story.step("it asks again, with none to do");
  p.decoder.done(5);
  story.expect(p.decoder.available()).equals(3U).units("items");
}

// ---- publishes-in-batches ----

TEST(PublishesInBatches, OneStoreForSixteen) {
  Story story("64 items, published every 16");
  story.notes(notes).think("how often does the next stage lose its copy of your index?");
  Pipeline<Stage<InstrumentedAtomic>> p(64, 16);
  lln::testkit::reset_this_thread_atomics();
  for (int i = 0; i < 64; ++i) p.receiver.done(1);
  story.expect(lln::testkit::this_thread_atomics().stores)
      .equals(4U)
      .named("stores in 64 items")
      .units("stores");
  story.expect(p.receiver.published()).equals(64U).named("what is published");
  story.step("40 more at once");
  lln::testkit::reset_this_thread_atomics();
  p.receiver.done(40);
  story.expect(lln::testkit::this_thread_atomics().stores).equals(1U).units("stores");
  story.expect(p.receiver.published()).equals(104U).named("what is published");
  story.step("15 more: they are held back until flush()");
  p.receiver.done(15);
  story.expect(p.receiver.published()).equals(104U).named("what is published");
  p.receiver.flush();
  story.expect(p.receiver.published()).equals(119U).named("what is published");
}

TEST(PublishesInBatches, AndNeverStalls) {
  Story story("a ring of 4 slots, indices published every 16 items");
  story.notes(notes).think("who waits for whom, when all hold back what they have done?");
  Pipeline<Stage<>> p(4, 16);
  std::size_t arrived = 0;
  for (int turn = 0; turn < 100; ++turn) {
    work(p.receiver, 100);
    work(p.decoder, 100);
    arrived += work(p.book, 100);
  }
  story.step("100 turns of each stage");
  story.expect(arrived).at_least(200U).named("items that the book has done");
}

TEST(PublishesInBatches, WaitingIsQuiet) {
  Story story("a stage asks a hundred times and gets nothing");
  story.notes(notes).think("what does a store do to the line, even if the value is the same?");
  Pipeline<Stage<InstrumentedAtomic>> p(64, 16);
  story.expect(work(p.receiver, 3)).equals(3U).units("items");
  p.receiver.flush();
  story.expect(work(p.decoder, 3)).equals(3U).units("items");
  lln::testkit::reset_this_thread_atomics();
  std::size_t found = 0;
  for (int i = 0; i < 100; ++i) found += p.decoder.available();
  const AtomicCounts counts = lln::testkit::this_thread_atomics();
  story.step("ask 100 times");
  story.expect(found).equals(0U).units("items");
  story.expect(counts.stores).equals(1U).named("stores: what was held back, once,");
  story.expect(counts.loads).at_most(100U).named("loads");
}

// ---- own-lines ----

TEST(OwnLines, APollCostsTheOtherNothing) {
  Story story("the receiver does 64 items; after each of them the decoder asks");
  story.notes(notes).think("what else lies in the line that the decoder reads?");
  Pipeline<Stage<RecordedAtomic, Recorded>> p(64, 16);
  AccessRecorder recorder(cache_line);
  std::size_t decoded = 0;
  for (int i = 0; i < 64; ++i) {
    recorder.on_core(0);
    work(p.receiver, 1);
    recorder.on_core(1);
    decoded += work(p.decoder, 64);
  }
  story.expect(decoded).equals(64U).units("items");
  story.expect(recorder.bytes_written())
      .at_least(64 * 2 * 8U)
      .named("Field and Atomic written")
      .units("bytes");
  // Four publications: each takes the line from the decoder, which fetches it with its next look.
  story.expect(recorder.transfers(0))
      .at_most(4U)
      .named("lines that the receiver took or fetched")
      .units("lines");
  story.expect(recorder.transfers(1))
      .at_most(4U)
      .named("lines that the decoder took or fetched")
      .units("lines");
}

TEST(OwnLines, OfTheObject) {
  Story story("alignment and size of a stage");
  story.notes(notes);
  story.expect(alignof(Stage<>) % cache_line).equals(0U).named("alignof(Stage<>) modulo the line's size");
  story.expect(sizeof(Stage<>) / cache_line).at_least(2U).at_most(3U).named("its size").units("lines");
}

// ---- three-threads ----

void three_threads(Story& story, std::size_t slots, std::size_t publish_every) {
  constexpr std::uint64_t items = 20'000;
  story.step(std::to_string(slots) + " slots, published every " + std::to_string(publish_every));
  Pipeline<Stage<>> p(slots, publish_every);
  std::vector<std::uint64_t> ring(slots);
  std::uint64_t wrong = 0;
  std::uint64_t arrived = 0;
  std::atomic<bool> over{false};
  const auto run = [&](Stage<>& stage, auto process) {
    Patience patience;
    for (std::uint64_t next = 0; next < items && !over.load(std::memory_order_relaxed);) {
      const std::size_t count = stage.available();
      for (std::size_t i = 0; i < count && next < items; ++i, ++next) {
        process(ring[next % slots], next);
        stage.done(1);
      }
      if (!patience.step(count > 0)) over.store(true, std::memory_order_relaxed);
    }
    stage.flush();
  };
  lln::testkit::run_together(
      {[&] { run(p.receiver, [](std::uint64_t& slot, std::uint64_t i) { slot = i; }); },
       [&] { run(p.decoder, [](std::uint64_t& slot, std::uint64_t) { slot = 3 * slot; }); },
       [&] {
         run(p.book, [&](const std::uint64_t& slot, std::uint64_t i) {
           wrong += slot != 3 * i;
           ++arrived;
         });
       }});
  story.expect(arrived).equals(items).named("items that arrived");
  story.expect(wrong).equals(0U).named("items that were not decoded, or overwritten too early,");
}

TEST(ThreeThreads, OnOneRing) {
  Story story("20000 items, written, decoded and read in place by three threads");
  story.notes(notes).think("which store makes the item visible to the next stage, and which load sees it?");
  {
    Pipeline<Stage<>> p(4, 1);  // a pipeline in which nothing arrives would wait for seconds
    story.expect(work(p.receiver, 1) + work(p.decoder, 1) + work(p.book, 1))
        .equals(3U)
        .named("one item, done thrice");
  }
  for (const auto& [slots, publish_every] : {std::pair{64U, 16U}, {4U, 1U}, {8U, 64U}}) {
    if (story.ok()) three_threads(story, slots, publish_every);
  }
}

}  // namespace
