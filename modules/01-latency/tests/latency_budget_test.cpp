#include <lln/latency/latency_budget.hpp>

#include <gtest/gtest.h>

#include <sstream>
#include <stdexcept>

namespace {

using lln::latency::Histogram;
using lln::latency::LatencyBudget;
using namespace std::chrono_literals;
using Verdict = LatencyBudget::Verdict;

LatencyBudget one_way() {
  LatencyBudget budget("order to wire", 10us);
  budget.add("decode", 500ns).add("decide", 2us).add("encode and send", 5us);
  return budget;
}

Histogram filled(std::uint64_t usual, std::uint64_t slow, int n, int slow_ones) {
  Histogram h;
  for (int i = 0; i < n; ++i) h.record(i < slow_ones ? slow : usual);
  return h;
}

TEST(LatencyBudget, SumsExactly) {
  const LatencyBudget budget = one_way();
  EXPECT_EQ(budget.allocated(), 7500ns);
  EXPECT_EQ(budget.reserve(), 2500ns);
  EXPECT_TRUE(budget.fits());
}

TEST(LatencyBudget, ExactlySpentFitsAndOneMoreDoesNot) {
  LatencyBudget budget = one_way();
  budget.add("network", 2500ns);
  EXPECT_TRUE(budget.fits());
  budget.add("one too many", 1ns);
  EXPECT_FALSE(budget.fits());
  EXPECT_EQ(budget.reserve(), -1ns);
}

TEST(LatencyBudget, RefusesNonsense) {
  EXPECT_THROW(LatencyBudget("x", 0ns), std::invalid_argument);
  LatencyBudget budget = one_way();
  EXPECT_THROW(budget.add("decode", 1ns), std::invalid_argument);
  EXPECT_THROW(budget.add("", 1ns), std::invalid_argument);
  EXPECT_THROW(budget.add("negative", -1ns), std::invalid_argument);
  const Histogram h = filled(1, 1, 1, 0);
  EXPECT_THROW(budget.check(h, {{"unheard of", h}}, 99), std::invalid_argument);
  EXPECT_THROW(budget.check(h, {{"decode", h}, {"decode", h}}, 99), std::invalid_argument);
  EXPECT_THROW(budget.check(h, {}, 101), std::invalid_argument);
}

TEST(LatencyBudget, JudgesPartsAtThePercentile) {
  const LatencyBudget budget = one_way();
  const Histogram whole = filled(6'000, 6'000, 10'000, 0);
  const Histogram decode = filled(400, 900, 10'000, 100);  // one in a hundred too slow: p99 is still 400
  const Histogram decide = filled(1'000, 3'000, 10'000, 101);
  const Histogram few = filled(1, 1, 999, 0);
  const auto check = budget.check(whole, {{"decide", decide}, {"decode", decode}}, 99);
  EXPECT_EQ(check.parts[0].verdict, Verdict::kept);
  EXPECT_EQ(check.parts[0].measured, 400ns);
  EXPECT_EQ(check.parts[1].verdict, Verdict::exceeded);
  EXPECT_EQ(check.parts[2].verdict, Verdict::not_measured);
  EXPECT_EQ(check.whole.verdict, Verdict::kept);
  EXPECT_EQ(budget.check(few, {}, 99).whole.verdict, Verdict::too_few_values) << "9.99 values beyond p99";
  EXPECT_EQ(budget.check(filled(1, 1, 1000, 0), {}, 99).whole.verdict, Verdict::kept) << "ten";
}

// Each of the three parts keeps its allowance for 99.5 % of the messages, but never the same ones.
TEST(LatencyBudget, PartsThatKeepTheirsDoNotProveThePath) {
  const LatencyBudget budget = one_way();
  Histogram whole;
  Histogram decode;
  Histogram decide;
  Histogram send;
  for (int i = 0; i < 10'000; ++i) {
    const auto slow_part = i % 200;
    const std::uint64_t a = slow_part == 0 ? 50'000 : 400;
    const std::uint64_t b = slow_part == 1 ? 50'000 : 1'000;
    const std::uint64_t c = slow_part == 2 ? 50'000 : 4'000;
    decode.record(a);
    decide.record(b);
    send.record(c);
    whole.record(a + b + c);
  }
  const auto check =
      budget.check(whole, {{"decode", decode}, {"decide", decide}, {"encode and send", send}}, 99);
  for (const auto& part : check.parts) EXPECT_EQ(part.verdict, Verdict::kept) << part.name;
  EXPECT_EQ(check.whole.verdict, Verdict::exceeded);
}

TEST(LatencyBudget, PrintsEveryPartAndWhatIsLeft) {
  std::ostringstream out;
  one_way().print(out);
  EXPECT_EQ(out.str(),
            "order to wire\n"
            "  decode                   500 ns    5.0 %\n"
            "  decide                  2000 ns   20.0 %\n"
            "  encode and send         5000 ns   50.0 %\n"
            "  reserve                 2500 ns   25.0 %\n"
            "  target                 10000 ns  100.0 %\n");
  std::ostringstream checked;
  print(checked, one_way().check(filled(11'000, 0, 1000, 0), {}, 99));
  EXPECT_NE(checked.str().find("EXCEEDED"), std::string::npos);
  EXPECT_NE(checked.str().find("not measured"), std::string::npos);
}

}  // namespace
