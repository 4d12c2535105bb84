// The parts of lln-jitter, and the program itself from outside.
#include "output.hpp"
#include "set_up.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <sstream>
#include <stdexcept>

namespace {

using namespace lln::jitter_program;
using namespace std::chrono_literals;

template <class F>
std::string refusal(F f) {
  try {
    f();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "accepted";
}

TEST(JitterProgram, ReadsSetUps) {
  const auto set_ups =
      parse_set_ups("plain,pinned+fifo=20,pinned+slack=5+locked,noidle+nothp,fifo+slack,plain");
  ASSERT_EQ(set_ups.size(), 6U);
  EXPECT_FALSE(set_ups[0].pinned);
  EXPECT_FALSE(set_ups[0].options.fifo_priority);
  EXPECT_TRUE(set_ups[1].pinned);
  EXPECT_EQ(set_ups[1].options.fifo_priority, 20);
  EXPECT_EQ(set_ups[2].options.timer_slack, 5ns);
  EXPECT_TRUE(set_ups[2].options.lock_memory);
  EXPECT_EQ(set_ups[3].options.idle_exit_latency, 0us);
  EXPECT_TRUE(set_ups[3].options.no_huge_pages);
  EXPECT_EQ(set_ups[4].options.fifo_priority, 10);
  EXPECT_EQ(set_ups[4].options.timer_slack, 1ns);
  EXPECT_EQ(set_ups[5].name, "plain-again");
}

TEST(JitterProgram, RefusesSetUpsInOneSentence) {
  EXPECT_EQ(
      refusal([] { parse_set_ups("pinned+fast"); }),
      "there is no set-up 'fast'; parts are plain, pinned, fifo, slack, locked, nothp, noidle, joined by +");
  EXPECT_EQ(refusal([] { parse_set_ups("fifo=100"); }), "fifo wants a number from 1 to 99, not '100'");
  EXPECT_EQ(refusal([] { parse_set_ups("fifo=2x"); }), "fifo wants a number from 1 to 99, not '2x'");
  EXPECT_EQ(refusal([] { parse_set_ups("pinned=1"); }), "'pinned' takes no value; only fifo and slack do");
  EXPECT_NE(refusal([] { parse_set_ups("plain,"); }), "accepted");
}

TEST(JitterProgram, ReadsCpus) {
  EXPECT_EQ(parse_cpus("3,0-1,1", {0, 1, 2, 3}), (std::vector<int>{0, 1, 3}));
  EXPECT_EQ(refusal([] { parse_cpus("4", {0, 1}); }), "CPU 4 is not one that this process may use");
  EXPECT_NE(refusal([] { parse_cpus("1-0", {0, 1}); }), "accepted");
  EXPECT_NE(refusal([] { parse_cpus("", {0, 1}); }), "accepted");
  EXPECT_NE(refusal([] { parse_cpus("-1", {0, 1}); }), "accepted");
}

Cell cell_with(const std::string& name, std::optional<int> cpu, std::vector<double> rounds) {
  Cell cell{
      parse_set_up(name), cpu, lln::latency::Histogram(60'000'000'000), 1e9, 0, std::move(rounds), {}, {}};
  for (std::uint64_t i = 1; i <= 1000; ++i) cell.values.record(i * 1000);
  cell.timeline.push_back({0.5, 12.5});
  return cell;
}

TEST(JitterProgram, ComparesRoundByRound) {
  const std::vector<Cell> cells{cell_with("plain", {}, {100, 200, 300}),
                                cell_with("pinned", 1, {50, 100, 150})};
  const auto json = result_json(Plan{}, cells, "lln-jitter", "rival");
  EXPECT_EQ(json["summary"]["ratio"]["pinned.cpu1"], 0.5);
  EXPECT_EQ(json["summary"]["lost_us_per_s"]["plain"], 200);
  EXPECT_EQ(json["series"].size(), 4U);
  EXPECT_EQ(json["series"][3]["quantiles"]["p99"], cells[1].values.value_at_percentile(99));
  EXPECT_FALSE(json["series"][3]["quantiles"].contains("p99_9")) << "one value of a thousand lies beyond";
  std::ostringstream table;
  print_table(table, Plan{}, cells);
  EXPECT_NE(table.str().find("0.50 [0.50 .. 0.50]"), std::string::npos) << table.str();
}

TEST(JitterProgram, SaysWhatWasNotMeasured) {
  std::vector<Cell> cells{cell_with("fifo", {}, {})};
  cells[0].refusal = "fifo_priority: needs CAP_SYS_NICE";
  std::ostringstream table;
  print_table(table, Plan{}, cells);
  EXPECT_NE(table.str().find("not measured: fifo_priority: needs CAP_SYS_NICE"), std::string::npos);
  EXPECT_EQ(result_json(Plan{}, cells, "", "")["notes"][0],
            "fifo was not measured: fifo_priority: needs CAP_SYS_NICE");
}

TEST(JitterProgram, DrawsCurveAndTimeline) {
  const std::string script = plot_script(Plan{}, {cell_with("pinned", 1, {1})}, "it's.svg");
  EXPECT_NE(script.find("set output 'it''s.svg'"), std::string::npos);
  EXPECT_NE(script.find("0.5 12.5\n"), std::string::npos);
  EXPECT_EQ(plot_script(Plan{}, {}, "x.svg"), "");
}

TEST(JitterProgram, MeasuresEachSetUpOnEachCpu) {
  Plan plan;
  plan.set_ups = parse_set_ups("plain,pinned");
  plan.cpus = lln::jitter::allowed_cpus();
  plan.rounds = 2;
  plan.turn = 2ms;
  const std::atomic<bool> stop{false};
  const auto cells = measure(plan, stop, [](int, int) {});
  ASSERT_EQ(cells.size(), 1 + plan.cpus.size());
  for (const Cell& cell : cells) {
    EXPECT_EQ(cell.rounds.size(), 2U) << cell.name() << cell.refusal;
    EXPECT_GE(cell.observed_ns, 3.9e6) << cell.name();
  }
  plan.sleep = 100us;
  EXPECT_GT(measure(plan, stop, [](int, int) {})[0].values.count(), 0U);
}

TEST(JitterProgram, EndsAtOnceWhenAsked) {
  Plan plan;
  plan.set_ups = parse_set_ups("plain");
  plan.cpus = {lln::jitter::allowed_cpus().back()};
  plan.turn = 1h;
  const std::atomic<bool> stop{true};
  EXPECT_TRUE(measure(plan, stop, [](int, int) {})[0].rounds.empty());
}

}  // namespace
