// Driven by a clock that plays a script, so that every gap is known beforehand.
#include <lln/jitter/gap_detector.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <new>

namespace {

// Of the whole test program: nothing else runs beside a test.
std::size_t allocations = 0;

}  // namespace

// Not inlined, or GCC takes the parts for mismatched.
[[gnu::noinline]] void* operator new(std::size_t bytes) {
  ++allocations;
  if (void* const memory = std::malloc(bytes)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(bytes);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace lln::jitter {
namespace {

using namespace std::chrono_literals;

// Two ticks a nanosecond; the n-th reading comes `step` ticks after the one before, unless the script says otherwise.
struct ScriptedClock {
  struct Script {
    std::uint64_t time = 1000;
    std::uint64_t reading = 0;
    std::uint64_t step = 20;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> jumps;  // (number of the reading, ticks before it)
    std::atomic<bool>* stop = nullptr;
    std::uint64_t stop_at = 0;
  };
  std::shared_ptr<Script> script = std::make_shared<Script>();

  std::uint64_t now() const noexcept {
    Script& s = *script;
    std::uint64_t distance = s.step;
    for (const auto& [number, ticks] : s.jumps) {
      if (number == s.reading) distance = ticks;
    }
    if (s.stop != nullptr && s.reading == s.stop_at) s.stop->store(true);
    ++s.reading;
    return s.time += distance;
  }
  double to_ns(std::uint64_t ticks) const noexcept { return static_cast<double>(ticks) / 2; }
  std::uint64_t to_ticks(std::chrono::nanoseconds time) const noexcept {
    return static_cast<std::uint64_t>(time.count()) * 2;
  }
};

TEST(GapDetector, FindsEachGapWithItsTimeAndLength) {
  ScriptedClock clock;
  clock.script->jumps = {{10, 5000}, {20, 2001}, {30, 400'000}};
  GapDetector detector(clock, {.threshold = 1us});
  detector.run(300us);
  ASSERT_EQ(detector.timeline().size(), 3U);
  // Reading 0 is the start, at 1020; the tenth after it would be at 1220.
  EXPECT_EQ(detector.timeline()[0].start, 1020U + 9 * 20) << "the last reading before the gap";
  EXPECT_EQ(detector.timeline()[0].length, 5000U);
  EXPECT_EQ(detector.timeline()[1].length, 2001U) << "one tick more than the threshold";
  EXPECT_EQ(detector.timeline()[2].length, 400'000U);
  EXPECT_EQ(detector.lengths().count(), 3U);
  EXPECT_EQ(detector.lengths().min(), 1000U) << "2001 ticks are 1000.5 ns; the histogram counts whole ones";
  EXPECT_EQ(detector.lengths().max(), 200'000U);
  EXPECT_DOUBLE_EQ(detector.lost_ns(), (5000 + 2001 + 400'000) / 2.0);
}

TEST(GapDetector, ADistanceOfExactlyTheThresholdIsNoGap) {
  ScriptedClock clock;
  clock.script->jumps = {{5, 2000}};
  GapDetector detector(clock, {.threshold = 1us});
  detector.run(10us);
  EXPECT_EQ(detector.lengths().count(), 0U);
  EXPECT_EQ(detector.lost_ns(), 0);
}

TEST(GapDetector, RunsAsLongAsAskedAndSaysHowLongThatWas) {
  ScriptedClock clock;
  GapDetector detector(clock, {.threshold = 1us});
  detector.run(100us);  // 200,000 ticks, 20 a reading
  EXPECT_EQ(detector.readings(), 10'000U);
  EXPECT_DOUBLE_EQ(detector.observed_ns(), 100'000);
  EXPECT_EQ(detector.lost_share(), 0);
}

TEST(GapDetector, AGapThatOutlivesTheRunBelongsToIt) {
  ScriptedClock clock;
  clock.script->jumps = {{3, 1'000'000}};
  GapDetector detector(clock, {.threshold = 1us});
  detector.run(100us);
  EXPECT_EQ(detector.readings(), 3U);
  EXPECT_DOUBLE_EQ(detector.observed_ns(), (1'000'000 + 40) / 2.0);
  EXPECT_GT(detector.lost_share(), 0.99);
}

TEST(GapDetector, TimeBetweenTwoRunsIsNoGap) {
  ScriptedClock clock;
  GapDetector detector(clock, {.threshold = 1us});
  detector.run(10us);
  clock.script->time += 1'000'000;
  detector.run(10us);
  EXPECT_EQ(detector.lengths().count(), 0U);
  EXPECT_DOUBLE_EQ(detector.observed_ns(), 20'000) << "results add up";
}

TEST(GapDetector, KeepsCountingWhenTheTimelineIsFull) {
  ScriptedClock clock;
  for (std::uint64_t i = 1; i <= 10; ++i) clock.script->jumps.push_back({i * 3, 3000 + i});
  GapDetector detector(clock, {.threshold = 1us, .timeline = 4});
  detector.run(100us);
  EXPECT_EQ(detector.timeline().size(), 4U);
  EXPECT_EQ(detector.timeline()[0].length, 3001U) << "the first ones are kept";
  EXPECT_EQ(detector.timeline()[3].length, 3004U);
  EXPECT_EQ(detector.lengths().count(), 10U);
  EXPECT_EQ(detector.not_in_timeline(), 6U);
}

TEST(GapDetector, StopsWhenAsked) {
  std::atomic<bool> stop{false};
  ScriptedClock clock;
  clock.script->stop = &stop;
  clock.script->stop_at = 7;
  GapDetector detector(clock, {.threshold = 1us});
  detector.run(1h, &stop);
  EXPECT_EQ(detector.readings(), 7U);
}

TEST(GapDetector, GapsAboveTheLongestAreCountedAndAddedUpInFull) {
  ScriptedClock clock;
  clock.script->jumps = {{2, 20'000'000}};
  GapDetector detector(clock, {.threshold = 1us, .longest = 1ms});
  detector.run(1ms);
  EXPECT_EQ(detector.lengths().overflow(), 1U);
  EXPECT_EQ(detector.lengths().max(), 10'000'000U) << "exact";
  EXPECT_DOUBLE_EQ(detector.lost_ns(), 10'000'000);
}

TEST(GapDetector, AllocatesNothingWhileItRuns) {
  ScriptedClock clock;
  for (std::uint64_t i = 1; i <= 50; ++i) clock.script->jumps.push_back({i * 3, 3000 + i * i});
  GapDetector detector(clock, {.threshold = 1us, .timeline = 8});
  const std::size_t before = allocations;
  detector.run(1ms);
  EXPECT_EQ(allocations, before);
  EXPECT_EQ(detector.lengths().count(), 50U);
}

TEST(GapDetector, RefusesAThresholdThatMakesNoSense) {
  EXPECT_THROW(GapDetector(ScriptedClock(), {.threshold = 0ns}), std::invalid_argument);
  EXPECT_THROW(GapDetector(ScriptedClock(), {.threshold = -1us}), std::invalid_argument);
  EXPECT_THROW(GapDetector(ScriptedClock(), {.threshold = 2s, .longest = 1s}), std::invalid_argument);
}

// A sleep inside the loop is a gap that the real clock must see.
struct SleepyClock {
  latency::TscClock clock = latency::TscClock::calibrate(5ms);
  int readings = 0;
  std::uint64_t now() noexcept {
    if (++readings == 100) {
      const timespec time{0, 3'000'000};
      ::nanosleep(&time, nullptr);
    }
    return clock.now();
  }
  double to_ns(std::uint64_t ticks) const noexcept { return clock.to_ns(ticks); }
  std::uint64_t to_ticks(std::chrono::nanoseconds time) const noexcept { return clock.to_ticks(time); }
};

TEST(GapDetector, SeesAPauseWithTheRealClock) {
  GapDetector detector(SleepyClock{}, {.threshold = 2ms});
  detector.run(1ms);
  ASSERT_GE(detector.lengths().count(), 1U);
  EXPECT_GE(detector.lost_ns(), 2.9e6);
}

}  // namespace
}  // namespace lln::jitter
