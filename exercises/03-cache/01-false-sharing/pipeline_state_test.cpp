// What is counted, which lines are touched by whom, and what that costs; never how long it takes.
#include <lln/cache/cache_aligned.hpp>
#include <lln/testkit/accesses.hpp>
#include <lln/testkit/scripted_atomic.hpp>
#include <lln/testkit/testkit.hpp>
#include <lln/testkit/threads.hpp>

#include <pipeline_state.hpp>

#include <memory>
#include <set>
#include <thread>

namespace {

using lln::cache::cache_line;
using lln::exercise::Look;
using lln::exercise::PipelineState;
using lln::testkit::Access;
using lln::testkit::AccessRecorder;
using lln::testkit::AtomicCounts;
using lln::testkit::AtomicScript;
using lln::testkit::AtomicStep;
using lln::testkit::InstrumentedAtomic;
using lln::testkit::RecordedAtomic;
using lln::testkit::ScriptedAtomic;
using lln::testkit::Story;

constexpr const char* notes = "modules/03-cache/README.md#false-sharing";
constexpr unsigned receiver = 0;
constexpr unsigned book = 1;
constexpr unsigned monitor = 2;

// ---- counts ----

TEST(Counts, EverythingIsSeen) {
  Story story("three packets are received, two of them applied");
  story.notes(notes);
  const auto state = std::make_unique<PipelineState<>>();
  story.expect(state->look().packets).equals(0U).named("packets of the new state");
  for (const std::uint64_t bytes : {100U, 1'400U, 60U}) state->received(bytes);
  state->applied(4);
  state->applied(31);
  story.step("look");
  const Look look = state->look();
  story.expect(look.packets).equals(3U).named("packets");
  story.expect(look.bytes).equals(1'560U).named("bytes");
  story.expect(look.applied).equals(2U).named("applied packets");
  story.expect(look.messages).equals(35U).named("messages");
  story.expect(look.waiting).equals(1U).named("waiting packets");
  story.step("stop");
  story.expect(state->stopped()).is_false();
  state->stop();
  story.expect(state->stopped()).is_true();
}

// ---- own-lines ----

struct Touched {
  std::set<std::uintptr_t> written;
  std::set<std::uintptr_t> all;
};

// The lines that one core has touched.
Touched touched_by(const AccessRecorder& recorder, unsigned core) {
  Touched touched;
  for (const Access& access : recorder.accesses()) {
    if (access.core != core) continue;
    const std::uintptr_t line = access.address / cache_line;
    touched.all.insert(line);
    if (access.kind == Access::write) touched.written.insert(line);
  }
  return touched;
}

std::size_t common(const std::set<std::uintptr_t>& a, const std::set<std::uintptr_t>& b) {
  std::size_t count = 0;
  for (const std::uintptr_t line : a) count += b.count(line);
  return count;
}

TEST(OwnLines, NobodyTouchesWhatTheOtherWrites) {
  Story story("the lines that each thread touches for one packet");
  story.notes(notes).think("who else reads or writes the line that you have just written?");
  const auto state = std::make_unique<PipelineState<RecordedAtomic>>();
  AccessRecorder recorder(cache_line);
  recorder.on_core(receiver);
  static_cast<void>(state->stopped());
  state->received(100);
  recorder.on_core(book);
  static_cast<void>(state->stopped());
  state->applied(3);
  const Touched by_receiver = touched_by(recorder, receiver);
  const Touched by_book = touched_by(recorder, book);
  story.expect(by_receiver.written.size()).equals(1U).named("written by the receiver").units("lines");
  story.expect(by_book.written.size()).equals(1U).named("written by the book").units("lines");
  story.step("compare");
  story.expect(common(by_receiver.written, by_book.all))
      .equals(0U)
      .named("written by the receiver and touched by the book")
      .units("lines");
  story.expect(common(by_book.written, by_receiver.all))
      .equals(0U)
      .named("written by the book and touched by the receiver")
      .units("lines");
}

TEST(OwnLines, NothingElseLiesInThem) {
  Story story("the neighbours of the object, and its size");
  story.notes(notes).think(
      "what lies before the first field, when the object begins in the middle of a line?");
  story.expect(alignof(PipelineState<>) % cache_line)
      .equals(0U)
      .named("alignof(PipelineState<>) modulo the line's size");
  story.expect(sizeof(PipelineState<>) % cache_line).equals(0U).named("sizeof modulo the line's size");
  story.expect(sizeof(PipelineState<>) / cache_line).at_most(4U).named("the whole object").units("lines");
}

// ---- transfers ----

TEST(Transfers, NoneBetweenTheTwoThreads) {
  Story story("100 packets, receiver and book in turns, nobody looks");
  story.notes(notes).think("which line has to travel for the next packet, and who has written to it?");
  const auto state = std::make_unique<PipelineState<RecordedAtomic>>();
  AccessRecorder recorder(cache_line);
  for (int packet = 0; packet < 100; ++packet) {
    recorder.on_core(receiver);
    if (!state->stopped()) state->received(100);
    recorder.on_core(book);
    if (!state->stopped()) state->applied(3);
  }
  story.expect(recorder.count(Access::write)).at_least(400U).named("writes in 100 packets");
  story.expect(recorder.transfers(receiver))
      .equals(0U)
      .named("lines that the receiver fetched")
      .units("lines");
  story.expect(recorder.transfers(book)).equals(0U).named("lines that the book fetched").units("lines");
}

TEST(Transfers, ALookCostsOneLineEach) {
  Story story("100 looks, one packet between two of them");
  story.notes(notes).think("how many lines does the monitor take from each thread?");
  const auto state = std::make_unique<PipelineState<RecordedAtomic>>();
  AccessRecorder recorder(cache_line);
  for (int packet = 0; packet < 100; ++packet) {
    recorder.on_core(receiver);
    state->received(100);
    recorder.on_core(book);
    state->applied(3);
    recorder.on_core(monitor);
    static_cast<void>(state->look());
  }
  story.expect(recorder.transfers(monitor))
      .at_least(100U)
      .named("lines that the monitor fetched")
      .units("lines");
  story.expect(recorder.transfers(monitor))
      .at_most(200U)
      .named("lines that the monitor fetched")
      .units("lines");
  story.expect(recorder.transfers(receiver))
      .at_most(100U)
      .named("lines that the receiver got back")
      .units("lines");
  story.expect(recorder.transfers(book)).at_most(100U).named("lines that the book got back").units("lines");
}

// ---- one-writer ----

TEST(OneWriter, NoSharedCounterAndNoLockedInstruction) {
  Story story("100 packets are received by one thread, then applied by another, twice");
  story.notes(notes).think(
      "padding keeps two fields apart; what helps when two threads write the same field?");
  const auto state = std::make_unique<PipelineState<InstrumentedAtomic>>();
  for (int round = 0; round < 2 && story.ok(); ++round) {
    AtomicCounts receiving;
    AtomicCounts applying;
    const auto count = [](AtomicCounts& counts, const auto& work) {
      lln::testkit::reset_this_thread_atomics();
      for (int i = 0; i < 100; ++i) work();
      counts = lln::testkit::this_thread_atomics();
    };
    lln::testkit::run_together({[&] { count(receiving, [&] { state->received(100); }); }});
    lln::testkit::run_together({[&] { count(applying, [&] { state->applied(3); }); }});
    story.step("round " + std::to_string(round + 1));
    story.expect(receiving.stores).at_least(200U).named("stores of the receiver");
    story.expect(applying.stores).at_least(200U).named("stores of the book");
    story.expect(receiving.rmws + applying.rmws).equals(0U).named("read-modify-write operations");
    // In round 2 each counter's first access is remote: the thread of round 1 has written it.
    story.expect(receiving.remote).at_most(4U).named("the receiver's accesses to what another thread wrote");
    story.expect(applying.remote).at_most(4U).named("the book's accesses to what another thread wrote");
  }
}

// ---- consistent-look ----

TEST(ConsistentLook, NothingIsAppliedThatIsNotReceived) {
  Story story("a packet is received and applied after each step of a look");
  story.notes(notes).think("which of the two counters may grow after you have read it?");
  const auto state = std::make_unique<PipelineState<ScriptedAtomic>>();
  state->received(100);
  state->applied(3);
  Look look;
  {
    const AtomicScript script([&](const AtomicStep& step) {
      if (step.when != AtomicStep::after) return;
      state->received(100);
      state->applied(3);
    });
    look = state->look();
  }
  story.expect(look.packets).at_least(1U).named("packets");
  story.expect(look.packets).at_least(look.applied).named("packets, beside those that are applied,");
  story.expect(look.waiting).equals(look.packets - look.applied).named("waiting packets");
}

TEST(ConsistentLook, TheOrderIsThatOfTheAtomics) {
  Story story("which loads of a look acquire, which stores of applied() release");
  story.notes(notes).think("what tells the monitor's core that the packets were counted before?");
  const auto state = std::make_unique<PipelineState<ScriptedAtomic>>();
  bool releases = false;
  bool acquires = false;
  for (const AtomicStep& step : lln::testkit::atomic_steps([&] { state->applied(3); })) {
    releases = releases || (step.writes() && step.releases());
  }
  for (const AtomicStep& step : lln::testkit::atomic_steps([&] { static_cast<void>(state->look()); })) {
    acquires = acquires || step.acquires();
  }
  story.expect(releases).is_true().named("a store of applied() releases");
  story.expect(acquires).is_true().named("a load of look() acquires");
}

// ---- two-threads ----

TEST(TwoThreads, CountWhileTheMonitorLooks) {
  constexpr std::uint64_t packets = 20'000;
  Story story("20000 packets by two threads, a third looks on");
  story.notes(notes).think("one thread writes the field, another reads it: what must the field be?");
  const auto state = std::make_unique<PipelineState<>>();
  std::atomic<std::uint64_t> handed_over{0};
  std::uint64_t wrong = 0;
  lln::testkit::run_together({[&] {
                                for (std::uint64_t i = 1; i <= packets; ++i) {
                                  state->received(100);
                                  handed_over.store(i, std::memory_order_release);
                                }
                              },
                              [&] {
                                for (std::uint64_t i = 0; i < packets; ++i) {
                                  while (handed_over.load(std::memory_order_acquire) <= i)
                                    std::this_thread::yield();
                                  state->applied(3);
                                }
                                state->stop();
                              },
                              [&] {
                                for (int looks = 0; looks < 100'000 && !state->stopped(); ++looks) {
                                  wrong += state->look().waiting > packets;
                                }
                              }});
  const Look look = state->look();
  story.expect(wrong).equals(0U).named("looks with more waiting than there are").units("looks");
  story.expect(look.packets).equals(packets).named("packets");
  story.expect(look.bytes).equals(packets * 100).named("bytes");
  story.expect(look.applied).equals(packets).named("applied packets");
  story.expect(look.messages).equals(packets * 3).named("messages");
  story.expect(look.waiting).equals(0U).named("waiting packets");
}

}  // namespace
