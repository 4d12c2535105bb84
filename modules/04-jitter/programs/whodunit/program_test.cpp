// What lln-whodunit writes, for findings that are made up. The pure part of it is in tests/attribution_test.cpp.
#include "kernel_symbols.hpp"
#include "monotonic_clock.hpp"
#include "output.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace lln::whodunit {
namespace {

Findings made_up() {
  Findings findings;
  findings.start_ns = 1'000'000;
  findings.observed_ns = 1e9;
  findings.traced_ns = 1.1e9;
  findings.lost_ns = 4000;
  findings.gaps = 2;
  findings.cost = {1000, 100'000};
  auto& found = findings.attribution;
  found.culprits = {{{jitter::CauseKind::softirq, "NET_RX"}, 1000, 1, 1000},
                    {{jitter::CauseKind::task, "a<b>&\"c"}, 3000, 2, 2000}};
  found.gaps = {{{2'000'000, 2'002'000}, {{2'000'000, 2'001'000, 0}, {2'001'000, 2'002'000, 1}}},
                {{3'000'000, 3'002'000}, {{3'000'000, 3'002'000, 1}}}};
  found.lost_ns = 4000;
  return findings;
}

TEST(WhodunitOutput, RanksInMicrosecondsPerSecond) {
  std::ostringstream out;
  print_ranking(out, Case{}, made_up(), 10);
  const std::string text = out.str();
  const auto task = text.find("         3.0   75.0%       2.0          2.0  task a<b>&\"c");
  const auto softirq = text.find("         1.0   25.0%       1.0          1.0  softirq NET_RX");
  EXPECT_NE(task, std::string::npos) << text;
  EXPECT_NE(softirq, std::string::npos) << text;
  EXPECT_LT(task, softirq);
  EXPECT_NE(text.find("100 ns each, 0.009 % of one CPU"), std::string::npos) << text;
  Findings unmeasured = made_up();
  unmeasured.cost = {};
  std::ostringstream without;
  print_ranking(without, Case{}, unmeasured, 10);
  EXPECT_NE(without.str().find("Cost of looking: not measured"), std::string::npos) << without.str();
  EXPECT_TRUE(result_json(Case{}, unmeasured, "", "")["summary"]["bpf"].is_null());
  std::ostringstream one;
  print_ranking(one, Case{}, made_up(), 1);
  EXPECT_EQ(one.str().find("NET_RX"), std::string::npos) << "--top 1";
}

TEST(WhodunitOutput, ListsTheLongestGapsInOrderOfTime) {
  std::ostringstream out;
  print_timeline(out, made_up(), 10);
  EXPECT_NE(out.str().find("       1.000          2.0  softirq NET_RX 1.0, task a<b>&\"c 1.0\n"),
            std::string::npos)
      << out.str();
}

TEST(WhodunitOutput, WritesAResultFile) {
  const auto json = result_json(Case{}, made_up(), "lln-whodunit --seconds 1", "network");
  EXPECT_EQ(json["summary"]["ranking"][0]["share"], 0.75);
  EXPECT_EQ(json["series"][1]["name"], "softirq.NET_RX");
  EXPECT_EQ(json["series"][1]["n"], 1);
  EXPECT_EQ(json["series"][0]["name"].get<std::string>().find_first_of("/<>&\""), std::string::npos);
  EXPECT_EQ(json["notes"][0], "disturbed on purpose: network");
}

TEST(WhodunitOutput, ThePageStandsAloneAndEscapesNames) {
  const std::string page = html_page(Case{}, made_up(), "lln-whodunit --html x");
  EXPECT_NE(page.find("task a&lt;b&gt;&amp;&quot;c"), std::string::npos);
  EXPECT_EQ(page.find("a<b>"), std::string::npos);
  EXPECT_NE(page.find("<svg"), std::string::npos);
  EXPECT_EQ(page.find("http"), std::string::npos) << "nothing is fetched from anywhere";
  EXPECT_NE(page.find("3 of 3 slices"), std::string::npos);
}

TEST(WhodunitOutput, ManySlicesAreCutToTheLongest) {
  Findings findings = made_up();
  for (std::uint64_t i = 0; i < 6000; ++i) {
    const std::uint64_t start = 5'000'000 + i * 1000;
    findings.attribution.gaps.push_back({{start, start + 100}, {{start, start + 100, 0}}});
  }
  EXPECT_NE(html_page(Case{}, findings, "").find("4000 of 6003 slices"), std::string::npos);
}

TEST(WhodunitOutput, UnknownSymbolsHaveNoName) { EXPECT_EQ(KernelSymbols().name_of(1), ""); }

TEST(MonotonicClock, GoesForward) {
  const MonotonicClock clock;
  const auto first = clock.now();
  EXPECT_LE(first, clock.now());
  EXPECT_EQ(clock.to_ticks(std::chrono::microseconds(2)), 2000U);
  EXPECT_EQ(clock.to_ticks(std::chrono::nanoseconds(-1)), 0U);
}

}  // namespace
}  // namespace lln::whodunit
