#include <lln/testkit/random.hpp>
#include <lln/testkit/testkit.hpp>

#include <samples.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using lln::exercise::Samples;
using lln::testkit::Story;

constexpr const char* notes = "modules/01-latency/README.md#distributions";

Samples of(std::initializer_list<std::uint64_t> values) {
  Samples samples;
  for (const std::uint64_t v : values) samples.add(v);
  return samples;
}

// 1, 2, ..., n in an order that is not sorted: the value at rank r is r.
Samples ranks(std::uint64_t n) {
  Samples samples;
  for (std::uint64_t i = 0; i < n; ++i) samples.add(i % 2 == 0 ? n - i / 2 : i / 2 + 1);
  return samples;
}

std::optional<std::uint64_t> at(const Samples& samples, double p) { return samples.percentile(p); }

std::string called(double p) {
  char text[32];
  std::snprintf(text, sizeof text, "p%.10g", p);
  return text;
}

TEST(Samples, NearestRankByHand) {
  Story story("five latencies: 35, 15, 50, 20, 40 ns");
  story.notes(notes).think("how many of the five are at or below the answer?");
  const Samples samples = of({35, 15, 50, 20, 40});
  struct Row {
    double p;
    std::uint64_t wanted;
  };
  for (const Row row : {Row{0, 15},
                        {5, 15},
                        {20, 15},
                        {20.1, 20},
                        {30, 20},
                        {40, 20},
                        {50, 35},
                        {60, 35},
                        {60.000001, 40},
                        {80, 40},
                        {99, 50},
                        {100, 50}}) {
    story.step(called(row.p));
    story.expect(at(samples, row.p)).named(called(row.p)).equals(row.wanted).units("ns");
  }
}

TEST(Samples, NearestRankOfFew) {
  Story story("one value, two values, equal values");
  story.notes(notes);
  story.step("one value is every percentile");
  for (const double p : {0.0, 0.000001, 50.0, 99.9999, 100.0}) {
    story.expect(at(of({7}), p)).named(called(p)).equals(7);
  }
  story.step("of two, the median is the smaller");
  story.expect(at(of({9, 3}), 50)).named("p50").equals(3);
  story.expect(at(of({9, 3}), 50.000001)).named("p50.000001").equals(9);
  story.step("equal values");
  story.expect(at(of({4, 4, 4, 1}), 26)).named("p26").equals(4);
}

TEST(Samples, ExactRankWhereDoublesAreAHairOff) {
  Story story("1000 values; the value of rank r is r");
  story.notes(notes).think("is 99.9 / 100 * 1000 exactly 999?");
  const Samples samples = ranks(1000);
  for (int tenths = 0; tenths <= 1000; ++tenths) {
    const double p = tenths / 10.0;
    story.step(called(p));
    story.expect(at(samples, p))
        .named("the rank of " + called(p))
        .equals(static_cast<std::uint64_t>(std::max(tenths, 1)));
    if (!story.ok()) return;
  }
}

TEST(Samples, ExactRankForAnyNumberOfValues) {
  Story story("random percentiles of 1..n");
  story.notes(notes).think("whole numbers do not round");
  auto random = lln::testkit::random();
  for (const std::uint64_t n : {3ULL, 7ULL, 100ULL, 999ULL, 1001ULL, 4096ULL, 10'000ULL, 100'000ULL}) {
    const Samples samples = ranks(n);
    story.step(std::to_string(n) + " values");
    for (int i = 0; i < 2'000; ++i) {
      // Millionths of a percent: whole, so that the wanted rank is exact.
      const std::uint64_t decimals = i % 2 == 0 ? 1'000 : 1;
      const std::uint64_t p = random() % (100'000'000 / decimals + 1) * decimals;
      const std::uint64_t wanted = std::max<std::uint64_t>(1, (p * n + 99'999'999) / 100'000'000);
      const double percent = static_cast<double>(p) / 1e6;
      story.expect(at(samples, percent))
          .named("the rank of " + called(percent) + " of " + std::to_string(n))
          .equals(wanted);
      if (!story.ok()) return;
    }
  }
}

TEST(Samples, StaysRightBetweenAsking) {
  Story story("ask, add, ask again");
  story.notes(notes).think("what did asking do to the values, and what did adding do to that?");
  Samples samples = of({30, 10});
  story.step("10 and 30: ask");
  story.expect(at(samples, 100)).named("p100").equals(30);
  samples.add(20);
  story.step("add 20");
  story.expect(at(samples, 50)).named("p50").equals(20);
  story.expect(at(samples, 100)).named("p100").equals(30);
  samples.merge(of({5, 25}));
  story.step("merge 5 and 25");
  story.expect(at(samples, 0)).named("p0").equals(5);
  story.expect(at(samples, 50)).named("p50").equals(20);
  story.expect(at(samples, 100)).named("p100").equals(30);
  story.expect(samples.size()).equals(5U).units("values");
}

TEST(Samples, MergeIsNotTheAverage) {
  Story story("a fast thread and a slow one");
  story.notes(notes).think("what is the average of two p99s the p99 of?");
  Samples fast;
  Samples slow;
  for (int i = 0; i < 9'900; ++i) fast.add(10);
  for (int i = 0; i < 100; ++i) slow.add(1'000);
  story.step("9900 values of 10 ns, 100 of 1000 ns");
  fast.merge(slow);
  story.expect(fast.size()).equals(10'000U).units("values");
  story.expect(at(fast, 50)).named("p50").equals(10).units("ns");
  story.expect(at(fast, 99)).named("p99").equals(10).units("ns");
  story.expect(at(fast, 99.01)).named("p99.01").equals(1'000).units("ns");
  story.step("the other is as it was");
  story.expect(slow.size()).equals(100U).units("values");
  story.expect(at(slow, 0)).named("its p0").equals(1'000).units("ns");
}

TEST(Samples, MergeEqualsAddingAll) {
  Story story("eight threads, merged one by one");
  story.notes(notes);
  auto random = lln::testkit::random();
  Samples merged;
  std::vector<std::uint64_t> all;
  for (int thread = 0; thread < 8; ++thread) {
    Samples part;
    const std::uint64_t n = random() % 500;
    for (std::uint64_t i = 0; i < n; ++i) {
      all.push_back(random() >> (random() % 64));
      part.add(all.back());
    }
    (void)part.percentile(50);  // sorted before it is merged, or not
    merged.merge(part);
    story.step("thread " + std::to_string(thread) + ": " + std::to_string(n) + " values");
  }
  all.push_back(3);
  merged.add(3);
  std::sort(all.begin(), all.end());
  for (std::uint64_t percent = 1; percent <= 100; ++percent) {
    const std::size_t rank = (percent * all.size() + 99) / 100;
    story.expect(at(merged, static_cast<double>(percent)))
        .named("p" + std::to_string(percent))
        .equals(all[rank - 1]);
  }
}

TEST(Samples, MergeWithItself) {
  Story story("merge with itself, and with nothing");
  story.notes(notes).think("what happens to a range when the vector that it lies in grows?");
  Samples samples;
  for (std::uint64_t i = 1; i <= 1000; ++i) samples.add(i);
  samples.merge(samples);
  story.step("1..1000, merged with itself");
  story.expect(samples.size()).equals(2'000U).units("values");
  for (std::uint64_t i = 1; i <= 2'000; ++i) {
    story.expect(at(samples, static_cast<double>(i) / 20.0))
        .named("the value of rank " + std::to_string(i))
        .equals((i + 1) / 2);
    if (!story.ok()) return;
  }
  samples.merge({});
  story.step("merge with no values");
  story.expect(samples.size()).equals(2'000U).units("values");
}

TEST(Samples, TenBeyondOrNothing) {
  Story story("a percentile needs ten values beyond it");
  story.notes(notes).think("how many values have a rank above that of the answer?");
  struct Row {
    std::uint64_t n;
    double p;
    bool supported;
  };
  for (const Row row : {Row{1000, 99, true},
                        {999, 99, false},
                        {1000, 99.1, false},
                        {10'000, 99.9, true},
                        {9'999, 99.9, false},
                        {20, 50, true},
                        {19, 50, false},
                        {11, 0, true},
                        {10, 0, false},
                        {100'000, 99.99, true},
                        {100'000, 100, false},
                        {0, 50, false}}) {
    const Samples samples = ranks(row.n);
    story.step(called(row.p) + " of " + std::to_string(row.n) + " values");
    const std::optional<std::uint64_t> answer = samples.supported_percentile(row.p);
    story.expect(answer.has_value()).named("supported").equals(row.supported);
    if (answer && row.supported) {
      story.expect(*answer).named(called(row.p)).equals(at(samples, row.p));
    }
    if (!story.ok()) return;
  }
}

TEST(Samples, RefusesNonsense) {
  Story story("no values, and percentiles that are none");
  story.notes(notes);
  const Samples samples = of({1, 2, 3});
  story.step("no values");
  story.expect(Samples{}.percentile(50).has_value()).named("an answer without values").is_false();
  for (const double p :
       {-0.000001, -1.0, 100.000001, 1e300, std::nan(""), std::numeric_limits<double>::infinity()}) {
    story.step(called(p));
    bool refused = false;
    try {
      (void)samples.percentile(p);
    } catch (const std::invalid_argument&) {
      refused = true;
    }
    story.expect(refused).named("std::invalid_argument from percentile(" + called(p) + ")").is_true();
    if (!story.ok()) return;
  }
}

}  // namespace
