// Is one faster than the other? Both run in pairs, in random order, in one process, and the answer may be
// that nobody can tell.
//
//   PairedResult result = compare("cached index", [&] { return ns_per_item(cached); },
//                                 "plain ring", [&] { return ns_per_item(plain); });
//   result.verdict      // the first is faster | slower | inconclusive
//   std::cout << result.told();
//
// A contestant returns its own cost of one repetition (ns per item, say): a duration with the unit that it
// likes, less is better. Each round runs the first, the second and the first once more as its own twin. The
// ratio first/second of each round is one observation; the result is their median with a 95 % interval
// (bootstrap). The twins' ratios go the same way and give the noise floor: what this machine, now, shows as a
// difference where there is none. A verdict needs an interval that lies beyond the floor, and at least 15
// pairs. Inconclusive is a result: it says what to change.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace lln::testkit {

enum class Verdict { faster, slower, inconclusive };

struct Interval {
  double low = 0;
  double high = 0;
};

struct PairedResult {
  std::string name_a;
  std::string name_b;
  std::size_t pairs = 0;
  double ratio = 0;  // median of a/b; 0.5: a costs half of b
  Interval ci95;
  double noise_floor = 0;  // 0.03: ratios within 3 % of 1 mean nothing here
  Verdict verdict = Verdict::inconclusive;
  std::string reason;  // of an inconclusive verdict, with what to change

  std::string told() const;
};

struct PairedOptions {
  std::size_t pairs = 21;
  std::size_t warm_ups = 2;    // rounds that are not counted
  double least_effect = 0.02;  // the floor is never lower
  std::uint64_t seed = 0;      // of the order and the bootstrap; 0: testkit::random_seed()
};

PairedResult compare(std::string name_a, const std::function<double()>& a, std::string name_b,
                     const std::function<double()>& b, const PairedOptions& options = {});

// The statistics alone: ratios a/b, and ratios a/a of the twins.
PairedResult judge_pairs(std::span<const double> ratios, std::span<const double> twins, double least_effect,
                         std::uint64_t seed);

double median(std::span<const double> values);
Interval bootstrap_median(std::span<const double> values, std::uint64_t seed);  // 95 %

}  // namespace lln::testkit
