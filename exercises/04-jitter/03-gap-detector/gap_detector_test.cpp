// Thresholds, timeline, sums and units of the gap detector, on a clock that follows a script.
#include <lln/testkit/allocations.hpp>
#include <lln/testkit/testkit.hpp>

#include <gap_detector.hpp>

#include <cmath>

namespace {

using lln::exercise::GapDetector;
using lln::testkit::Story;

constexpr const char* notes = "modules/04-jitter/README.md#measuring-gaps";
constexpr std::uint64_t billion = 1'000'000'000;

// Each reading is later than the one before by the next distance of the script, behind its end by `steady` ticks.
class ScriptedClock {
 public:
  ScriptedClock(std::uint64_t rate, std::uint64_t steady, std::vector<std::uint64_t> distances = {})
      : rate_(rate), steady_(steady), distances_(std::move(distances)) {}

  std::uint64_t now() noexcept {
    if (readings_ > 0) time_ += next();
    ++readings_;
    return time_;
  }
  std::uint64_t ticks_per_second() const noexcept { return rate_; }

  void pass(std::uint64_t ticks) { time_ += ticks; }
  std::uint64_t readings() const { return readings_; }

 private:
  std::uint64_t next() noexcept {
    if (readings_ > 1'000'000) return std::uint64_t{1} << 40;  // ends a loop that does not want to
    return readings_ <= distances_.size() ? distances_[readings_ - 1] : steady_;
  }

  std::uint64_t rate_;
  std::uint64_t steady_;
  std::vector<std::uint64_t> distances_;
  std::uint64_t readings_ = 0;
  std::uint64_t time_ = 7'000'000'000;  // a clock does not begin at 0
};

using Detector = GapDetector<ScriptedClock>;

// ---- threshold ----

TEST(Threshold, ExactlyItIsNoGap) {
  Story story("distances of 99, 100 and 101 ns, threshold 100 ns, one tick a ns");
  story.notes(notes).think("longer than, or at least?");
  ScriptedClock clock(billion, 10, {99, 100, 101});
  Detector detector(clock, 100, 16);
  detector.run(1000);
  story.expect(detector.gaps()).equals(1U).named("gaps");
  story.expect(detector.longest_ns()).equals(101U).named("the longest gap").units("ns");
}

TEST(Threshold, IsComparedBeforeRounding) {
  Story story("2.5 ticks a ns: 2500 ticks are the threshold of 1000 ns, 2501 are 1000.4 ns");
  story.notes(notes).think("what is left of the 0.4 ns when you convert first and compare then?");
  ScriptedClock clock(2'500'000'000, 10, {2500, 2501});
  Detector detector(clock, 1000, 16);
  detector.run(10'000);
  story.expect(detector.gaps()).equals(1U).named("gaps");
}

TEST(Threshold, UnderOneTickIsRefused) {
  Story story("a threshold of 40 ns on a clock of 24 MHz, where a tick is 41.7 ns");
  story.notes(notes);
  ScriptedClock clock(24'000'000, 1);
  bool refused = false;
  try {
    const Detector detector(clock, 40, 16);
  } catch (const std::invalid_argument&) {
    refused = true;
  }
  story.expect(refused).is_true().named("std::invalid_argument was thrown");
  story.step("42 ns, which is one tick; each reading is one tick after the last");
  Detector detector(clock, 42, 16);
  detector.run(1000);
  story.expect(detector.gaps()).equals(0U).named("gaps");
}

// ---- neighbours ----

TEST(Neighbours, GapsBackToBackAreSeveral) {
  Story story("three long distances, one behind the other");
  story.notes(notes).think("which reading does the one after a gap have to be compared with?");
  ScriptedClock clock(billion, 10, {10, 500, 600, 700, 10});
  Detector detector(clock, 100, 16);
  detector.run(3000);
  story.expect(detector.gaps()).equals(3U).named("gaps");
  story.expect(detector.lost_ns()).equals(1800U).named("lost").units("ns");
}

TEST(Neighbours, TheLastReadingMayBeAGap) {
  Story story("a gap reaches over the end of the run");
  story.notes(notes);
  ScriptedClock clock(billion, 10, {10, 10, 5000, 400});
  Detector detector(clock, 100, 16);
  detector.run(1000);
  story.expect(detector.gaps()).equals(1U).named("gaps");
  story.expect(detector.observed_ns()).equals(5020U).named("observed").units("ns");
  story.expect(clock.readings()).equals(4U).named("readings of the clock");
}

TEST(Neighbours, TimeBetweenTwoRunsIsNoGap) {
  Story story("two runs of 1000 ns, one second apart");
  story.notes(notes).think("where does the last reading live: in the object, or in run()?");
  ScriptedClock clock(billion, 10);
  Detector detector(clock, 100, 16);
  detector.run(1000);
  clock.pass(billion);
  detector.run(1000);
  story.expect(detector.gaps()).equals(0U).named("gaps");
  story.expect(detector.observed_ns()).equals(2000U).named("observed").units("ns");
}

// ---- timeline ----

TEST(Timeline, SaysWhenAndHowLong) {
  Story story("gaps of 200 ns at 30 ns and of 300 ns at 270 ns");
  story.notes(notes).think("is a gap's time that of the reading before it or after it?");
  ScriptedClock clock(billion, 20, {30, 200, 20, 20, 300});
  Detector detector(clock, 100, 16);
  detector.run(1000);
  story.expect(detector.timeline().size()).equals(2U).named("gaps in the timeline");
  if (!story.ok()) return;
  story.expect(detector.timeline()[0].start_ns).equals(30U).named("the first gap's start").units("ns");
  story.expect(detector.timeline()[0].length_ns).equals(200U).named("its length").units("ns");
  story.expect(detector.timeline()[1].start_ns).equals(270U).named("the second gap's start").units("ns");
  story.expect(detector.timeline()[1].length_ns).equals(300U).named("its length").units("ns");
}

TEST(Timeline, IsFullAndTheCountGoesOn) {
  Story story("10 gaps, room for 4");
  story.notes(notes).think("a full timeline: what may not stop?");
  ScriptedClock clock(billion, 10, std::vector<std::uint64_t>(10, 1000));
  Detector detector(clock, 100, 4);
  detector.run(11'000);
  story.expect(detector.timeline().size()).equals(4U).named("gaps in the timeline");
  story.expect(detector.not_in_timeline()).equals(6U).named("gaps that found no room");
  story.expect(detector.gaps()).equals(10U).named("gaps");
  story.expect(detector.lost_ns()).equals(10'000U).named("lost").units("ns");
  if (!story.ok()) return;
  story.expect(detector.timeline()[0].start_ns)
      .equals(0U)
      .named("the start of the first gap kept")
      .units("ns");
  story.expect(detector.timeline()[3].start_ns)
      .equals(3000U)
      .named("the start of the last gap kept")
      .units("ns");
}

TEST(Timeline, WithoutRoomForAny) {
  Story story("3 gaps, room for none");
  story.notes(notes);
  ScriptedClock clock(billion, 10, {1000, 1000, 1000});
  Detector detector(clock, 100, 0);
  detector.run(4000);
  story.expect(detector.timeline().size()).equals(0U).named("gaps in the timeline");
  story.expect(detector.not_in_timeline()).equals(3U).named("gaps that found no room");
}

TEST(Timeline, IsCountedFromTheFirstRun) {
  Story story("a gap in the second run, which begins 5000 ns after the first one's end");
  story.notes(notes);
  ScriptedClock clock(billion, 10, {50, 50, 10, 700});
  Detector detector(clock, 100, 4);
  detector.run(100);
  clock.pass(5000);
  detector.run(1000);  // its first reading is 10 ns after the pause
  story.expect(detector.timeline().size()).equals(1U).named("gaps in the timeline");
  if (!story.ok()) return;
  story.expect(detector.timeline()[0].start_ns).equals(5110U).named("the gap's start").units("ns");
}

// ---- totals ----

TEST(Totals, NothingIsLostByRounding) {
  Story story("1000 gaps of 2501 ticks, which are 1000.4 ns each");
  story.notes(notes).think("what do a thousand roundings add up to?");
  ScriptedClock clock(2'500'000'000, 25, std::vector<std::uint64_t>(1000, 2501));
  Detector detector(clock, 1000, 8);
  detector.run(2'000'000);
  story.expect(detector.gaps()).equals(1000U).named("gaps");
  story.expect(detector.lost_ns()).equals(1'000'400U).named("lost").units("ns");
  story.expect(detector.longest_ns()).equals(1000U).named("the longest gap").units("ns");
}

TEST(Totals, TheShareOfTheRun) {
  Story story("gaps of 300 and 200 ns in 2000 ns");
  story.notes(notes);
  ScriptedClock clock(billion, 10, {10, 300, 200});
  Detector detector(clock, 100, 8);
  story.expect(detector.lost_share()).equals(0.0).named("the share before the first run");
  detector.run(2000);
  story.expect(detector.observed_ns()).equals(2000U).named("observed").units("ns");
  story.expect(detector.lost_ns()).equals(500U).named("lost").units("ns");
  story.expect(detector.longest_ns()).equals(300U).named("the longest gap").units("ns");
  story.expect(std::abs(detector.lost_share() - 0.25) < 1e-12).is_true().named("the share is a quarter");
}

// ---- units ----

TEST(Units, RoundDown) {
  Story story("ticks and nanoseconds of clocks of 24 MHz and 2.5 GHz");
  story.notes(notes);
  using lln::exercise::to_ns;
  using lln::exercise::to_ticks;
  story.expect(to_ns(24, 24'000'000)).equals(1000U).named("24 ticks of 24 MHz").units("ns");
  story.expect(to_ns(25, 24'000'000)).equals(1041U).named("25 ticks of 24 MHz").units("ns");
  story.expect(to_ticks(1041, 24'000'000)).equals(24U).named("1041 ns at 24 MHz").units("ticks");
  story.expect(to_ticks(1042, 24'000'000)).equals(25U).named("1042 ns at 24 MHz").units("ticks");
  story.expect(to_ns(2501, 2'500'000'000)).equals(1000U).named("2501 ticks of 2.5 GHz").units("ns");
  story.expect(to_ticks(3, 2'500'000'000)).equals(7U).named("3 ns at 2.5 GHz").units("ticks");
}

TEST(Units, AYearFits) {
  Story story("long times: the product of ticks and 1e9 has more than 64 bits");
  story.notes(notes).think("after how many seconds do ticks * 1000000000 leave 64 bits?");
  using lln::exercise::to_ns;
  using lln::exercise::to_ticks;
  constexpr std::uint64_t year = 365ULL * 24 * 3600;
  for (const std::uint64_t rate : {24'000'000ULL, 999'999'937ULL, 2'500'000'000ULL, 10'000'000'000ULL}) {
    story.step(std::to_string(rate) + " ticks a second");
    story.expect(to_ns(rate * 60, rate)).equals(60 * billion).named("a minute").units("ns");
    story.expect(to_ns(rate * year, rate)).equals(year * billion).named("a year").units("ns");
    story.expect(to_ticks(60 * billion, rate)).equals(60 * rate).named("a minute").units("ticks");
    story.expect(to_ticks(year * billion, rate)).equals(year * rate).named("a year").units("ticks");
  }
}

TEST(Units, ARunOfAnHour) {
  Story story("an hour at 2.5 GHz; a reading every 100 ms, one gap of 20 s");
  story.notes(notes);
  ScriptedClock clock(2'500'000'000, 250'000'000, {250'000'000, 50'000'000'000});
  Detector detector(clock, billion, 8);
  detector.run(3600 * billion);
  story.expect(detector.observed_ns()).equals(3600 * billion).named("observed").units("ns");
  story.expect(detector.gaps()).equals(1U).named("gaps");
  story.expect(detector.longest_ns()).equals(20 * billion).named("the longest gap").units("ns");
}

// ---- no-allocation ----

TEST(NoAllocation, InTheRun) {
  Story story("1000 gaps, the timeline has room for 512");
  story.notes(notes).think("what does the detector measure, when it allocates?");
  ScriptedClock clock(billion, 10, std::vector<std::uint64_t>(1000, 1000));
  Detector detector(clock, 100, 512);
  const lln::testkit::AllocationCounter counter;
  detector.run(1'100'000);
  const auto allocations = counter.allocations();
  story.expect(detector.gaps()).equals(1000U).named("gaps");
  story.expect(allocations).equals(0U).named("allocations in run()");
}

}  // namespace
