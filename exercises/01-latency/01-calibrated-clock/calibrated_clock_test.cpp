#include <lln/testkit/random.hpp>
#include <lln/testkit/testkit.hpp>

#include <calibrated_clock.hpp>

#include <cmath>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <vector>

namespace {

using lln::exercise::CalibratedClock;
using lln::exercise::Pair;
using lln::exercise::tightest_pair;
using lln::testkit::Story;

constexpr const char* notes = "modules/01-latency/README.md#clocks";

// A processor with a counter at `rate` ticks a ns that starts anywhere, and a reference clock.
struct World {
  double rate;
  std::uint64_t first_tick;
  std::int64_t first_ns;

  std::uint64_t ticks_at(double ns) const {
    return first_tick + static_cast<std::uint64_t>(std::llround(ns * rate));
  }
  // A pair as it is read at `ns` after the start, in a bracket of `width` ticks of which `before` passed
  // before the reference was read.
  Pair pair(double ns, std::uint64_t width, std::uint64_t before) const {
    return {ticks_at(ns) - before + width / 2, first_ns + static_cast<std::int64_t>(ns), width};
  }
};

template <class Call>
bool throws(Call&& call) {
  try {
    call();
  } catch (const std::invalid_argument&) {
    return true;
  }
  return false;
}

double ppm_between(double rate, double wanted) { return std::abs(rate / wanted - 1) * 1e6; }

// Plays back what the counter shows; the reference shows how many counter readings came before it.
struct Script {
  std::vector<std::uint64_t> counter;
  std::size_t next = 0;
  std::vector<char> order = {};

  Pair read(int attempts) {
    return tightest_pair(
        [&] {
          order.push_back('c');
          return counter.at(next++ % counter.size());
        },
        [&] {
          order.push_back('r');
          return static_cast<std::int64_t>(next);
        },
        attempts);
  }
};

TEST(CalibratedClock, BracketKeepsTheNarrowest) {
  Story story("an interrupt falls into some of the readings");
  story.notes(notes).think("which attempt says most about when the reference was read?");
  Script script{{100, 190, 300, 340, 400, 9'000, 9'100, 9'142}};
  story.step("four attempts: brackets of 90, 40, 8600 and 42 ticks");
  const Pair pair = script.read(4);
  story.expect(script.order == std::vector<char>{'c', 'r', 'c', 'c', 'r', 'c', 'c', 'r', 'c', 'c', 'r', 'c'})
      .named("each attempt reading counter, reference, counter")
      .is_true();
  story.expect(pair.width).equals(40).units("ticks");
  story.expect(pair.ticks).named("the middle of 300..340").equals(320).units("ticks");
  story.expect(pair.ns).named("the reference read in that bracket").equals(3);
}

TEST(CalibratedClock, BracketFirstOfEqualsAndOddWidths) {
  Story story("equally narrow brackets");
  story.notes(notes);
  Script script{{10, 21, 30, 41, 50, 61}};
  story.step("three attempts, each 11 ticks wide");
  const Pair pair = script.read(3);
  story.expect(pair.ns).named("the reference of the first").equals(1);
  story.expect(pair.ticks).equals(15).units("ticks");
}

TEST(CalibratedClock, BracketAcrossTheWrap) {
  Story story("the counter passes 2^64 inside the bracket");
  story.notes(notes).think("what is before + after when both are near 2^64?");
  Script script{{~0ULL - 9, 30}};
  story.step("read 2^64 - 10, the reference, 30");
  const Pair pair = script.read(1);
  story.expect(pair.width).equals(40).units("ticks");
  story.expect(pair.ticks).equals(10).units("ticks");
  Script high{{~0ULL - 100, ~0ULL - 60}};
  story.step("read 2^64 - 101, the reference, 2^64 - 61");
  story.expect(high.read(1).ticks).named("the middle").equals(~0ULL - 80).units("ticks");
}

TEST(CalibratedClock, RateOfAPerfectLine) {
  Story story("two clocks without noise, 100 ms apart");
  story.notes(notes).think("how many bits of a counter near 2^63 does a double keep?");
  for (const double rate : {0.024, 1.0, 2.1, 2.3, 3.6999}) {
    for (const std::uint64_t first : {0ULL, 1ULL << 63, ~0ULL - 1'000'000}) {
      const World world{rate, first, 1'700'000'000'000'000'000};
      const std::vector<Pair> pairs{world.pair(0, 2, 1), world.pair(5e7, 2, 1), world.pair(1e8, 2, 1)};
      story.step("a counter of " + std::to_string(rate) + " ticks a ns that starts at " +
                 std::to_string(first));
      const CalibratedClock clock = CalibratedClock::calibrate(pairs);
      // Ticks are whole: 100 ms at this rate end within half a tick.
      story.expect(ppm_between(clock.ticks_per_ns(), rate))
          .named("the rate's distance from the true one")
          .at_most(0.51 / (1e8 * rate) * 1e6 + 1e-6)
          .units("ppm");
      if (!story.ok()) return;
    }
  }
}

TEST(CalibratedClock, TornPairsAreLeftOut) {
  Story story("an interrupt tore brackets, at both ends too");
  story.notes(notes).think("is a wide bracket's middle worth anything?");
  const World world{2.3, 5'000, 0};
  std::vector<Pair> pairs;
  for (int i = 0; i <= 20; ++i) pairs.push_back(world.pair(i * 5e6, 60, 30));
  story.step("21 pairs over 100 ms, 60 ticks wide");
  for (const std::size_t torn : {0U, 7U, 20U}) {
    // The reference was read at the very beginning of a bracket of 40,000 ticks.
    pairs[torn] = world.pair(static_cast<double>(torn) * 5e6, 40'000, torn == 0 ? 40'000 : 0);
  }
  story.step("the first, the eighth and the last are 40,000 ticks wide");
  const CalibratedClock clock = CalibratedClock::calibrate(pairs);
  story.expect(ppm_between(clock.ticks_per_ns(), 2.3))
      .named("the rate's distance from the true one")
      .at_most(0.01)
      .units("ppm");
  story.expect(clock.error_ppm()).at_most(60 / (9e7 * 2.3) * 1e6 + 0.01).units("ppm");
}

TEST(CalibratedClock, TornExactlyTwiceTheMedianStays) {
  Story story("where the line is drawn");
  story.notes(notes);
  const World world{1.0, 0, 0};
  story.step("widths 100, 50, 50, 50, 100: the median is 50, and 100 is not wider than twice that");
  std::vector<Pair> pairs{world.pair(1e3, 100, 0), world.pair(2e3, 50, 25), world.pair(3e3, 50, 25),
                          world.pair(4e3, 50, 25), world.pair(5e3, 100, 100)};
  story.expect(CalibratedClock::calibrate(pairs).ticks_per_ns())
      .named("ticks per ns of a line through the first and the last pair")
      .equals((4'000.0 - 100) / 4'000);
  story.step("widths 101, 50, 50, 50, 101: both ends are left out");
  pairs.front().width = 101;
  pairs.back().width = 101;
  story.expect(CalibratedClock::calibrate(pairs).ticks_per_ns()).named("ticks per ns").equals(1.0);
}

CalibratedClock perfect(const World& world) {
  const std::vector<Pair> pairs{world.pair(0, 2, 1), world.pair(1e8, 2, 1), world.pair(2e8, 2, 1)};
  return CalibratedClock::calibrate(pairs);
}

TEST(CalibratedClock, ConvertLongAndBackwards) {
  Story story("differences of a nanosecond, of a month, and the wrong way round");
  story.notes(notes).think("two cores disagree by 10 ticks: is that 10 ticks, or 2^64 - 10?");
  const CalibratedClock clock = perfect({2.5, 1'000, 0});
  story.step("a counter of 2.5 ticks a ns");
  story.expect(clock.to_ns(25)).equals(10.0).units("ns");
  story.expect(clock.to_ns(1)).equals(0.4).units("ns");
  story.step("thirty days");
  const double month = 30 * 86'400e9;
  const double was = clock.to_ns(static_cast<std::uint64_t>(month * 2.5));
  story.expect(std::abs(was / month - 1)).named("relative error over 30 days").at_most(1e-12);
  story.step("the counter at 100, minus the counter at 110");
  story.expect(clock.to_ns(std::uint64_t{100} - std::uint64_t{110})).equals(-4.0).units("ns");
}

TEST(CalibratedClock, ConvertToTheReferenceClock) {
  Story story("when was that tick, by the reference clock?");
  story.notes(notes).think("what is the type of ticks - first_ticks when ticks is the earlier one?");
  const World world{2.0, ~0ULL - 999, 1'700'000'000'000'000'000};
  const CalibratedClock clock = perfect(world);
  story.step("a counter of 2 ticks a ns, 1000 ticks before its wrap at the first pair");
  for (const std::int64_t ns :
       {0LL, 1LL, 499LL, 501LL, 100'000'000LL, 3'600'000'000'000LL, -1LL, -250'000'000LL}) {
    story.expect(clock.ns_at(world.ticks_at(static_cast<double>(ns))) - world.first_ns)
        .named("ns_at(tick of " + std::to_string(ns) + " ns after the first pair), minus the first pair's ns")
        .equals(ns)
        .units("ns");
  }
  story.step("half ticks round to the nearest");
  const CalibratedClock slow = perfect({0.3, 0, 0});
  story.expect(slow.ns_at(1)).named("3.33 ns").equals(3).units("ns");
  story.expect(slow.ns_at(2)).named("6.67 ns").equals(7).units("ns");
}

TEST(CalibratedClock, ErrorBoundsTheWorstCase) {
  Story story("the reference is read at the worst place in both brackets");
  story.notes(notes).think("what does half a bracket at each end do to the span?");
  const World world{2.3, 77, 0};
  const std::vector<Pair> stretched{world.pair(1e6, 100, 100), world.pair(5e7, 100, 50),
                                    world.pair(9.9e7, 60, 0)};
  const std::vector<Pair> squeezed{world.pair(1e6, 100, 0), world.pair(5e7, 100, 50),
                                   world.pair(9.9e7, 60, 60)};
  for (const auto* pairs : {&stretched, &squeezed}) {
    story.step("98 ms, first bracket 100 ticks wide, last one 60");
    const CalibratedClock clock = CalibratedClock::calibrate(*pairs);
    const double off = ppm_between(world.rate, clock.ticks_per_ns());
    story.expect(clock.error_ppm()).named("the stated error").at_least(off * 0.9999).units("ppm");
    story.expect(clock.error_ppm()).named("the stated error").at_most(off * 1.01).units("ppm");
  }
}

TEST(CalibratedClock, ErrorHoldsForRandomWorlds) {
  Story story("a thousand worlds, brackets and places in them");
  story.notes(notes);
  auto random = lln::testkit::random();
  for (int round = 0; round < 1000; ++round) {
    const World world{0.5 + static_cast<double>(random() % 4'000) / 1000, random(), 0};
    std::vector<Pair> pairs;
    const double step = 1e6 * static_cast<double>(1 + random() % 100);
    for (int i = 0; i < 9; ++i) {
      const std::uint64_t width = 50 + random() % 50;
      pairs.push_back(world.pair(i * step, width, random() % (width + 1)));
    }
    const CalibratedClock clock = CalibratedClock::calibrate(pairs);
    const double span = 8 * step * world.rate;
    story.step("world " + std::to_string(round));
    // One tick more: middles and ticks are whole numbers.
    story.expect(ppm_between(world.rate, clock.ticks_per_ns()))
        .named("the rate's distance from the true one")
        .at_most(clock.error_ppm() + 1.5 / span * 1e6)
        .units("ppm");
    story.expect(clock.error_ppm()).named("the stated error").at_most(101 / span * 1e6).units("ppm");
    if (!story.ok()) return;
  }
}

TEST(CalibratedClock, RefusesWhatGivesNoRate) {
  Story story("pairs that say nothing about a rate");
  story.notes(notes);
  const World world{2.0, 0, 0};
  const Pair early = world.pair(1e6, 10, 5);
  const Pair late = world.pair(2e6, 10, 5);
  using Pairs = std::vector<Pair>;
  const auto refuses = [](const Pairs& pairs) { return throws([&] { CalibratedClock::calibrate(pairs); }); };
  story.step("no pair, and one");
  story.expect(refuses({})).named("std::invalid_argument for no pairs").is_true();
  story.expect(refuses({early})).named("std::invalid_argument for one pair").is_true();
  story.step("the same pair twice");
  story.expect(refuses({early, early})).named("std::invalid_argument for no time between").is_true();
  story.step("a reference clock that was set back");
  Pair back = late;
  back.ns = 0;
  story.expect(refuses({early, back})).named("std::invalid_argument").is_true();
  story.step("two good pairs");
  story.expect(refuses({early, late})).named("std::invalid_argument").is_false();
}

}  // namespace
